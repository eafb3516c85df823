package dev.muster.manager.scheduler;

import dev.muster.api.ChangeSet;
import dev.muster.api.Ids;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Touched;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Gives the tasks that wait a node, or the reason why there is none. A pass looks at all that wait, so what could not be
 * placed is tried again whenever anything relevant was touched. Each placement relies on its node being as it was seen:
 * one that was drained in between rejects it, and the next pass places it elsewhere. Nothing is moved later: nodes that
 * join stay empty until something new is placed.
 */
public final class SchedulerReconciler implements ControlLoop {
    /** Placements in one pass: more would only delay the first ones. */
    private static final int MAX_PLACEMENTS = 4000;

    @Override
    public String name() {
        return "scheduler";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        var groups = waiting(state, touched);
        if (groups.isEmpty()) {
            return Decision.NOTHING;
        }
        var pass = new PlacementPass(state, now, name());
        var changeSets = new ArrayList<ChangeSet>();
        for (var group : groups) {
            if (pass.placements() >= MAX_PLACEMENTS) {
                break;
            }
            changeSets.addAll(pass.place(group, MAX_PLACEMENTS - pass.placements()));
        }
        return new Decision(changeSets, Optional.empty(), List.of());
    }

    private static List<TaskGroup> waiting(ClusterState state, Touched touched) {
        var groups = new TreeMap<String, List<Task>>();
        for (var task : state.tasksObserved(TaskState.TASK_PENDING)) {
            if (TaskStates.order(task.getDesiredState()) <= TaskStates.order(TaskState.TASK_COMPLETE)
                    && mayBeNews(touched, task)) {
                groups.computeIfAbsent(Ids.revision(task), _ -> new ArrayList<>())
                        .add(task);
            }
        }
        return groups.values().stream()
                .map(tasks -> new TaskGroup(state.revision(tasks.getFirst()), tasks))
                .toList();
    }

    /** A task that was found no node for is worth another look only if its service or any node changed. */
    private static boolean mayBeNews(Touched touched, Task task) {
        return touched.everything()
                || !touched.nodes().isEmpty()
                || touched.services().contains(task.getServiceId());
    }
}
