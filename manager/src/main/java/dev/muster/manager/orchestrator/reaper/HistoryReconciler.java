package dev.muster.manager.orchestrator.reaper;

import dev.muster.api.ChangeSet;
import dev.muster.api.Cluster;
import dev.muster.api.Kind;
import dev.muster.api.Service;
import dev.muster.api.SlotUpdate;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.orchestrator.slot.Mode;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Touched;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Keeps each slot's history short: tasks that ended, and those that will never run, are deleted oldest first until the
 * slot has no more tasks than the limit, the live one counted. Jobs keep theirs. What others still read stays: the last
 * task of a slot in which nothing lives (it says that the slot is spent) and the tasks that an update is watching.
 */
public final class HistoryReconciler implements ControlLoop {
    /** Swarm's history, where the cluster says nothing. */
    private static final long DEFAULT_LIMIT = 5;

    /** Deletions in one change set, and change sets in one pass. */
    private static final int CHUNK = 500;

    @Override
    public String name() {
        return "history";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        long clusterLimit = state.cluster()
                .map(Cluster::getSpec)
                .filter(spec -> spec.hasTaskHistoryLimit())
                .map(spec -> spec.getTaskHistoryLimit())
                .orElse(DEFAULT_LIMIT);
        var changeSets = new ArrayList<ChangeSet>();
        var changes = new ChangeSetBuilder(now, name());
        // The cluster's object has the limit of all.
        var concerned = touched.touches(Kind.KIND_CLUSTER) ? Touched.EVERYTHING : touched;
        var services = new ArrayList<>(Mode.touched(state, concerned, Mode.REPLICATED));
        services.addAll(Mode.touched(state, concerned, Mode.GLOBAL));
        for (var service : services) {
            long limit = limit(service, clusterLimit);
            if (limit < 0) {
                continue;
            }
            var watched = watched(service);
            for (var slot : SlotTasks.all(state, service.getId())) {
                surplus(slot, limit, watched).forEach(changes::delete);
                if (changes.size() >= CHUNK) {
                    changeSets.add(changes.build());
                    changes = new ChangeSetBuilder(now, name());
                }
            }
        }
        changeSets.add(changes.build());
        return new Decision(changeSets, Optional.empty(), List.of());
    }

    private static long limit(Service service, long clusterLimit) {
        // A task that may be tried several times keeps all its tries to show.
        long attempts = service.getSpec().getTask().getRestart().getMaxAttempts();
        return attempts > 0 && clusterLimit >= 0 ? attempts + 1 : clusterLimit;
    }

    private static Set<String> watched(Service service) {
        return service.getUpdateProgress().getSlotsList().stream()
                .filter(slot -> !slot.getFailed())
                .map(SlotUpdate::getTaskId)
                .collect(Collectors.toSet());
    }

    private static List<Task> surplus(SlotTasks slot, long limit, Set<String> watched) {
        if (slot.tasks().size() <= limit) {
            return List.of();
        }
        var last = slot.isAlive() ? "" : slot.tasks().getLast().getId();
        var deletable = slot.tasks().stream()
                .filter(task -> isOver(task) && !task.getId().equals(last) && !watched.contains(task.getId()))
                .toList();
        return deletable.subList(
                0, (int) Math.min(deletable.size(), slot.tasks().size() - limit));
    }

    private static boolean isOver(Task task) {
        boolean wanted = TaskStates.order(task.getDesiredState()) <= TaskStates.order(TaskState.TASK_COMPLETE);
        return !wanted
                && (TaskStates.ended(task) || TaskStates.before(task.getStatus().getState(), TaskState.TASK_ASSIGNED));
    }
}
