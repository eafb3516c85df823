package dev.muster.manager.orchestrator.update;

import dev.muster.api.Service;
import dev.muster.api.SlotUpdate;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.Timestamps;
import dev.muster.api.UpdateConfig;
import dev.muster.api.UpdateStatus;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.loop.Reason;
import dev.muster.manager.orchestrator.slot.Mode;
import dev.muster.manager.orchestrator.slot.NewTasks;
import dev.muster.manager.orchestrator.slot.RestartRule;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import dev.muster.manager.revision.SpecChange;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ObjectKey;
import dev.muster.manager.state.Slot;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * One step of one service's update, from one look at the state. An update takes outdated slots one after the other, as
 * many at a time as its parallelism; a slot is done when its new task runs or has ended, and its place is free again
 * after the delay. A task that fails before it ran, or soon after, counts; too many pause the update or roll it back.
 * A task that cannot be placed is waited for without limit. Used once, one thread.
 */
final class UpdateRun {
    private static final String ORIGIN = "update";

    /** Slots begun in one change set, which keeps it well below the size of a log entry. */
    private static final int MAX_BEGUN = 200;

    private final ClusterState state;
    private final Service service;
    private final Instant now;
    private final RandomGenerator random;
    private final boolean rollback;
    private final UpdateSettings settings;
    private final UpdateProgressBook book;
    private final ChangeSetBuilder changes;
    private final UpdateStatus.Builder status;
    private Decision decision = Decision.NOTHING;

    UpdateRun(ClusterState state, Service service, Instant now, RandomGenerator random) {
        this.state = state;
        this.service = service;
        this.now = now;
        this.random = random;
        this.rollback = service.getUpdateStatus().getState() == UpdateStatus.State.ROLLBACK_STARTED;
        this.settings = UpdateSettings.of(service, rollback);
        this.book = UpdateProgressBook.open(service);
        this.changes = new ChangeSetBuilder(now, ORIGIN);
        this.status = service.getUpdateStatus().toBuilder();
    }

    Decision advance() {
        var found = UpdatableSlots.of(state, service);
        if (found.isEmpty()) {
            return Decision.NOTHING;
        }
        var slots = found.get();
        var dirty = UpdatableSlots.dirty(state, service, slots);
        switch (status.getState()) {
            case PAUSED, ROLLBACK_PAUSED -> {
                // What is under way still comes to its end.
                settle(slots);
                return decided();
            }
            case UPDATING, ROLLBACK_STARTED -> {
                if (!UpdateProgressBook.isAbout(service)) {
                    book.restart(dirty.size());
                }
            }
            case UNKNOWN, COMPLETED, ROLLBACK_COMPLETED, UNRECOGNIZED -> {
                long open =
                        dirty.stream().filter(slot -> !book.has(slot.slot())).count();
                if (open == 0) {
                    return Decision.NOTHING;
                }
                begin((int) open);
            }
        }
        settle(slots);
        if (settings.watchesFailures() && book.failures() > 0 && book.failureRatio() > settings.maxFailureRatio()) {
            return giveUp();
        }
        var later = settings.delay().compareTo(settings.monitor()) > 0 ? settings.delay() : settings.monitor();
        book.forget(now, later);
        boolean more = beginSlots(dirty);
        if (!more && !book.anyUnfinished()) {
            complete();
        }
        return decided();
    }

    private void begin(int open) {
        book.restart(open);
        status.clear()
                .setState(UpdateStatus.State.UPDATING)
                .setStartedAt(Timestamps.of(now))
                .setMessage("update in progress");
    }

    /** Notes what became of the slots that were begun, and ends the old tasks of those where the new one runs. */
    private void settle(Map<Slot, SlotTasks> slots) {
        for (var entry : book.entries()) {
            var slot = slots.get(book.slot(entry));
            var task = state.task(entry.getTaskId());
            if (slot == null) {
                // Scaled away, or its node no longer takes part.
                if (!entry.getFailed()) {
                    book.drop(entry);
                }
                continue;
            }
            if (!entry.hasFinishedAt()) {
                settleUnfinished(entry, slot, task);
            } else if (!entry.getFailed()
                    && task.filter(ended -> failedWhileWatched(entry, ended)).isPresent()) {
                book.failed(entry, settings.watchesFailures(), now);
            }
            if (!isPaused() || !entry.getFailed()) {
                retireOld(slot);
            }
        }
    }

    private boolean isPaused() {
        return status.getState() == UpdateStatus.State.PAUSED
                || status.getState() == UpdateStatus.State.ROLLBACK_PAUSED;
    }

    private void settleUnfinished(SlotUpdate entry, SlotTasks slot, Optional<Task> task) {
        if (task.isPresent() && task.get().getStatus().getState() == TaskState.TASK_RUNNING) {
            book.ran(entry, now, settings.monitor());
        } else if (task.isPresent() && !TaskStates.ended(task.get()) && SlotTasks.alive(task.get())) {
            decision = decision.with(new Reason(
                    ObjectKey.service(service.getId()), "the update waits for task " + entry.getTaskId() + " to run"));
        } else if (task.isPresent() && SlotTasks.endedByItself(task.get())) {
            book.failed(entry, settings.watchesFailures(), now);
        } else {
            // Stopped or moved by others: no failure of the new version. What took its place is waited for instead.
            clean(slot).ifPresentOrElse(next -> book.follow(entry, next.getId()), () -> book.left(entry, now));
        }
    }

    private boolean failedWhileWatched(SlotUpdate entry, Task task) {
        return SlotTasks.endedByItself(task)
                && entry.hasRunningSince()
                && !RestartRule.ended(task)
                        .isAfter(UpdateProgressBook.finishedAt(entry).plus(settings.monitor()));
    }

    private void retireOld(SlotTasks slot) {
        clean(slot)
                .filter(task -> task.getStatus().getState() == TaskState.TASK_RUNNING)
                .ifPresent(runs -> stopOthers(slot, runs));
    }

    /** Begins outdated slots while there is room. Answers whether some are left. */
    private boolean beginSlots(List<SlotTasks> dirty) {
        var open = dirty.stream().filter(slot -> !book.has(slot.slot())).toList();
        long busy = book.busy(now, settings.delay());
        int begun = 0;
        while (begun < open.size() && begun < MAX_BEGUN && settings.hasRoom(busy)) {
            beginSlot(open.get(begun));
            begun++;
            busy++;
        }
        boolean more = begun < open.size();
        if (more) {
            book.nextFree(now, settings.delay()).ifPresent(free -> decision = decision.orWakeAt(free));
        }
        return more;
    }

    private void beginSlot(SlotTasks slot) {
        var reusable = clean(slot);
        if (reusable.isPresent()) {
            book.begin(slot.slot(), reusable.get().getId());
            if (!settings.startsFirst() || reusable.get().getStatus().getState() == TaskState.TASK_RUNNING) {
                stopOthers(slot, reusable.get());
            }
            return;
        }
        var task = NewTasks.of(service, random, now).setSlot(slot.slot().number());
        if (Mode.of(service).perNode()) {
            task.setNodeId(slot.slot().nodeId());
        }
        var stopping = slot.furthest();
        if (settings.startsFirst()) {
            keepFurthest(slot);
        } else {
            slot.living().forEach(old -> changes.update(NewTasks.desire(old, TaskState.TASK_SHUTDOWN)));
            stopping.ifPresent(old -> task.setReplaces(old.getId())
                    .setStartNotBefore(Timestamps.of(now))
                    .setDesiredState(TaskState.TASK_READY));
        }
        changes.create(task.build());
        book.begin(slot.slot(), task.getId());
    }

    /** Of the old tasks, only the one that serves, or is closest to it, is kept until the new one runs. */
    private void keepFurthest(SlotTasks slot) {
        var kept = new SlotTasks(slot.slot(), slot.living()).furthest();
        kept.ifPresent(changes::require);
        slot.living().stream()
                .filter(task -> !kept.equals(Optional.of(task)))
                .forEach(old -> changes.update(NewTasks.desire(old, TaskState.TASK_SHUTDOWN)));
    }

    /** The living task of the slot that is up to date; of several, the one furthest on, then the newest. */
    private Optional<Task> clean(SlotTasks slot) {
        return slot.living().stream()
                .filter(task -> !TaskStates.ended(task) && !SlotTasks.isDirty(state, service, task))
                .max(Comparator.comparingInt((Task task) -> TaskStates.order(task.getDesiredState()))
                        .thenComparingInt(
                                task -> TaskStates.order(task.getStatus().getState()))
                        .thenComparing(task -> Timestamps.instant(task.getMeta().getCreatedAt()))
                        .thenComparing(Task::getId));
    }

    private void stopOthers(SlotTasks slot, Task kept) {
        slot.living().stream()
                .filter(task -> !task.getId().equals(kept.getId()))
                .forEach(old -> changes.update(NewTasks.desire(old, TaskState.TASK_SHUTDOWN)));
    }

    private Decision giveUp() {
        var task = book.lastFailure();
        var cause = " due to failure or early termination of task " + task;
        if (settings.action() == UpdateConfig.FailureAction.ROLLBACK && rollback) {
            pause("rollback paused" + cause);
        } else if (settings.action() == UpdateConfig.FailureAction.ROLLBACK) {
            var obstacle = RollbackObstacle.of(state, service);
            if (obstacle.isEmpty()) {
                var back = SpecChange.abandoned(service, "update rolled back" + cause)
                        .orElseThrow();
                changes.update(back.service());
                return decision.and(Decision.propose(changes));
            }
            pause("update paused" + cause + ": cannot roll back service because " + obstacle.get());
        } else {
            pause("update paused" + cause);
        }
        return decided();
    }

    private void pause(String message) {
        status.setState(rollback ? UpdateStatus.State.ROLLBACK_PAUSED : UpdateStatus.State.PAUSED)
                .setMessage(message);
    }

    /** Ends the update once nothing of it needs to be watched any more. */
    private void complete() {
        var until = book.monitorUntil();
        if (until.isPresent() && now.isBefore(until.get())) {
            decision = decision.orWakeAt(until.get());
            return;
        }
        book.forget(now, Duration.ZERO);
        status.setState(rollback ? UpdateStatus.State.ROLLBACK_COMPLETED : UpdateStatus.State.COMPLETED)
                .setCompletedAt(Timestamps.of(now))
                .setMessage(rollback ? "rollback completed" : "update completed");
    }

    private Decision decided() {
        var updated = service.toBuilder()
                .setUpdateStatus(status)
                .setUpdateProgress(book.toMessage())
                .build();
        if (!updated.equals(service)) {
            changes.update(updated);
        }
        return decision.and(Decision.propose(changes));
    }
}
