package dev.muster.manager.orchestrator.restart;

import dev.muster.api.ChangeSet;
import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.Timestamps;
import dev.muster.api.UpdateConfig;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.loop.Reason;
import dev.muster.manager.orchestrator.slot.Mode;
import dev.muster.manager.orchestrator.slot.NewTasks;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import dev.muster.manager.placement.NodeStanding;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ObjectKey;
import dev.muster.manager.state.Slot;
import dev.muster.manager.state.Touched;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Lets a task that waits, desired READY, start: once its delay is over and the task that it replaces has stopped, and
 * with it, unless the service starts first, all others that are leaving the slot: there may be several after updates and
 * lost nodes in a row. One counts as stopped when nothing will be heard of it, and is waited for a minute at most. Looks
 * at waiting tasks only, whatever was touched.
 */
public final class StartReconciler implements ControlLoop {
    /** Swarm's bound: a task that does not stop must not keep its slot down for ever. */
    private static final Duration STOP_BOUND = Duration.ofMinutes(1);

    @Override
    public String name() {
        return "start";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        var changeSets = new ArrayList<ChangeSet>();
        var reasons = new ArrayList<Reason>();
        @Nullable Instant wakeup = null;
        for (var task : state.tasksDesired(TaskState.TASK_READY)) {
            var service = state.service(task.getServiceId());
            if (TaskStates.ended(task) || service.isEmpty() || service.get().getPendingDelete()) {
                continue;
            }
            var due = due(state, service.get(), task);
            if (due.isAfter(now)) {
                wakeup = wakeup == null || due.isBefore(wakeup) ? due : wakeup;
                reasons.add(new Reason(
                        ObjectKey.service(task.getServiceId()),
                        "task " + task.getId() + " starts at " + due + " or before"));
                continue;
            }
            var running = Mode.of(service.get()).job() ? TaskState.TASK_COMPLETE : TaskState.TASK_RUNNING;
            changeSets.add(new ChangeSetBuilder(now, name())
                    .update(NewTasks.desire(task, running))
                    .build());
        }
        return new Decision(changeSets, Optional.ofNullable(wakeup), reasons);
    }

    /** When it may start at the latest, as things are. */
    private static Instant due(ClusterState state, Service service, Task task) {
        var delayed = Timestamps.instant(task.getStartNotBefore());
        if (task.getReplaces().isEmpty() || slotIsFree(state, service, task)) {
            return delayed;
        }
        var bound = Timestamps.instant(task.getMeta().getCreatedAt()).plus(STOP_BOUND);
        return bound.isBefore(delayed) ? delayed : bound;
    }

    private static boolean slotIsFree(ClusterState state, Service service, Task task) {
        boolean alone = service.getSpec().getUpdate().getOrder() == UpdateConfig.Order.STOP_FIRST;
        return state.tasksBySlot(Slot.of(task)).stream()
                .filter(other -> other.getId().equals(task.getReplaces()) || (alone && !SlotTasks.alive(other)))
                .allMatch(other -> hasStopped(state, other));
    }

    private static boolean hasStopped(ClusterState state, Task replaced) {
        return TaskStates.ended(replaced)
                || TaskStates.before(replaced.getStatus().getState(), TaskState.TASK_ASSIGNED)
                || NodeStanding.unreachable(state.node(replaced.getNodeId()));
    }
}
