package dev.muster.manager.orchestrator.job;

import dev.muster.api.ChangeSet;
import dev.muster.api.ReplicatedJobMode;
import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.orchestrator.slot.Mode;
import dev.muster.manager.orchestrator.slot.NewTasks;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Slot;
import dev.muster.manager.state.Touched;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Brings as many tasks of a job to completion as it asks for, never more at a time than it allows. Slots count from 0;
 * a slot whose task failed for good is not tried again, so the job then ends short.
 */
public final class ReplicatedJobReconciler implements ControlLoop {
    /** Changes of one service in one pass; the rest follows when they are accepted. */
    private static final int MAX_CHANGES = 500;

    @Override
    public String name() {
        return "replicated-job";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        var changeSets = new ArrayList<ChangeSet>();
        for (var service : Mode.touched(state, touched, Mode.REPLICATED_JOB)) {
            var tasks = state.tasksByService(service.getId());
            var changes = new ChangeSetBuilder(now, name()).require(service);
            JobSlot.removeOthers(service, tasks, changes);
            create(state, service, JobSlot.ofIteration(service, tasks), changes, now, random);
            changeSets.add(changes.build());
        }
        return new Decision(changeSets, Optional.empty(), List.of());
    }

    private static void create(
            ClusterState state,
            Service service,
            List<Task> tasks,
            ChangeSetBuilder changes,
            Instant now,
            RandomGenerator random) {
        long active = 0;
        Set<Long> taken = new HashSet<>();
        for (var slot : byNumber(service, tasks).values()) {
            var progress = JobSlot.of(state, service, slot);
            if (progress != JobSlot.OPEN) {
                taken.add(slot.slot().number());
            }
            if (progress == JobSlot.ACTIVE) {
                active++;
            }
        }
        var mode = service.getSpec().getReplicatedJob();
        long missing = Math.min(total(mode) - taken.size(), concurrent(mode) - active);
        for (long number = 0; missing > 0 && changes.size() < MAX_CHANGES; number++) {
            if (!taken.contains(number)) {
                changes.create(
                        NewTasks.ofJob(service, random, now).setSlot(number).build());
                missing--;
            }
        }
    }

    /** By the tasks' own numbers: slot 0 is a number here, not the mark of a global service. */
    private static Map<Long, SlotTasks> byNumber(Service service, List<Task> tasks) {
        Map<Long, List<Task>> grouped = new TreeMap<>();
        tasks.forEach(task ->
                grouped.computeIfAbsent(task.getSlot(), _ -> new ArrayList<>()).add(task));
        Map<Long, SlotTasks> slots = new TreeMap<>();
        grouped.forEach((number, members) ->
                slots.put(number, SlotTasks.of(Slot.replica(service.getId(), number), members)));
        return slots;
    }

    private static long concurrent(ReplicatedJobMode mode) {
        return mode.hasMaxConcurrent() ? mode.getMaxConcurrent() : 1;
    }

    private static long total(ReplicatedJobMode mode) {
        return mode.hasTotalCompletions() ? mode.getTotalCompletions() : concurrent(mode);
    }
}
