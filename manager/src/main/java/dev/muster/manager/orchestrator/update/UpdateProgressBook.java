package dev.muster.manager.orchestrator.update;

import dev.muster.api.Service;
import dev.muster.api.SlotUpdate;
import dev.muster.api.Timestamps;
import dev.muster.api.UpdateProgress;
import dev.muster.manager.state.Slot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which slots an update has begun and how they fared: the service's {@link UpdateProgress}, opened for writing. Slots
 * that ended well are forgotten once they no longer matter; those that failed stay, so that none is begun twice.
 * Mutable, one thread.
 */
final class UpdateProgressBook {
    private final String serviceId;
    private final UpdateProgress.Builder progress;
    private final Map<Slot, SlotUpdate> entries = new TreeMap<>();

    private UpdateProgressBook(String serviceId, UpdateProgress stored) {
        this.serviceId = serviceId;
        this.progress = stored.toBuilder();
        stored.getSlotsList().forEach(entry -> entries.put(slot(entry), entry));
    }

    /** As it is stored; empty of slots if what is stored is about another revision. */
    static UpdateProgressBook open(Service service) {
        var stored = service.getUpdateProgress();
        return new UpdateProgressBook(
                service.getId(),
                stored.getRevision() == service.getRevision()
                        ? stored
                        : UpdateProgress.newBuilder()
                                .setRevision(service.getRevision())
                                .build());
    }

    static boolean isAbout(Service service) {
        return service.hasUpdateProgress() && service.getUpdateProgress().getRevision() == service.getRevision();
    }

    /** Starts counting anew; slots that failed on the way to the same revision stay known. */
    void restart(int slotsTotal) {
        entries.values().removeIf(entry -> !entry.getFailed());
        progress.setSlotsTotal(slotsTotal).setSlotsDone(0).clearFailedTasks().clearMonitorUntil();
    }

    boolean has(Slot slot) {
        return entries.containsKey(slot);
    }

    Collection<SlotUpdate> entries() {
        return List.copyOf(entries.values());
    }

    Slot slot(SlotUpdate entry) {
        return new Slot(serviceId, entry.getSlot(), entry.getNodeId());
    }

    void begin(Slot slot, String taskId) {
        entries.put(
                slot,
                SlotUpdate.newBuilder()
                        .setSlot(slot.number())
                        .setNodeId(slot.nodeId())
                        .setTaskId(taskId)
                        .build());
    }

    /** Another task took the place of the one that was begun. */
    void follow(SlotUpdate entry, String taskId) {
        entries.put(slot(entry), entry.toBuilder().setTaskId(taskId).build());
    }

    /** The slot's task came to run; it is watched for a while. */
    void ran(SlotUpdate entry, Instant now, Duration monitor) {
        finish(entry.toBuilder().setRunningSince(Timestamps.of(now)), now, monitor);
    }

    /** The slot needs no more, and there is nothing to watch. */
    void left(SlotUpdate entry, Instant now) {
        finish(entry.toBuilder(), now, Duration.ZERO);
    }

    /** The slot's task failed, before it ran or while it was watched. */
    void failed(SlotUpdate entry, boolean counts, Instant now) {
        var failed = entry.toBuilder().setFailed(true);
        if (counts) {
            progress.addFailedTasks(entry.getTaskId());
        }
        if (entry.hasFinishedAt()) {
            entries.put(slot(entry), failed.build());
        } else {
            finish(failed, now, Duration.ZERO);
        }
    }

    void drop(SlotUpdate entry) {
        entries.remove(slot(entry));
        if (!entry.hasFinishedAt()) {
            progress.setSlotsDone(progress.getSlotsDone() + 1);
        }
    }

    /** Forgets slots that ended well this long ago. */
    void forget(Instant now, Duration age) {
        entries.values()
                .removeIf(entry -> !entry.getFailed()
                        && entry.hasFinishedAt()
                        && !now.isBefore(finishedAt(entry).plus(age)));
    }

    long failures() {
        return progress.getFailedTasksCount();
    }

    String lastFailure() {
        return progress.getFailedTasks(progress.getFailedTasksCount() - 1);
    }

    float failureRatio() {
        return (float) failures() / Math.max(progress.getSlotsTotal(), 1);
    }

    boolean anyUnfinished() {
        return entries.values().stream().anyMatch(entry -> !entry.hasFinishedAt());
    }

    /** Places that are taken: slots under way, and those that ended less than the delay ago. */
    long busy(Instant now, Duration delay) {
        return entries.values().stream()
                .filter(entry ->
                        !entry.hasFinishedAt() || now.isBefore(finishedAt(entry).plus(delay)))
                .count();
    }

    /** When the next place is free because its delay is over. */
    Optional<Instant> nextFree(Instant now, Duration delay) {
        return entries.values().stream()
                .filter(SlotUpdate::hasFinishedAt)
                .map(entry -> finishedAt(entry).plus(delay))
                .filter(free -> free.isAfter(now))
                .min(Instant::compareTo);
    }

    /** Until when what ran last is watched; empty if nothing ran. */
    Optional<Instant> monitorUntil() {
        return progress.hasMonitorUntil()
                ? Optional.of(Timestamps.instant(progress.getMonitorUntil()))
                : Optional.empty();
    }

    UpdateProgress toMessage() {
        return progress.clone()
                .clearSlots()
                .addAllSlots(new ArrayList<>(entries.values()))
                .build();
    }

    static Instant finishedAt(SlotUpdate entry) {
        return Timestamps.instant(entry.getFinishedAt());
    }

    private void finish(SlotUpdate.Builder entry, Instant now, Duration monitor) {
        var finished = entry.setFinishedAt(Timestamps.of(now)).build();
        entries.put(slot(finished), finished);
        progress.setSlotsDone(progress.getSlotsDone() + 1);
        var until = now.plus(monitor);
        if (monitorUntil().map(until::isAfter).orElse(true)) {
            progress.setMonitorUntil(Timestamps.of(until));
        }
    }
}
