package dev.muster.manager.orchestrator.slot;

import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.Timestamps;
import dev.muster.api.UpdateStatus;
import dev.muster.manager.revision.Dirtiness;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Slot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A slot with its tasks, oldest first: those that live, those on their way out, and those that ended. A slot is alive
 * while managers want one of its tasks to run; it is spent if its last task ended and must not be started again, which
 * keeps anyone from filling it. Pure.
 */
public record SlotTasks(Slot slot, List<Task> tasks) {
    private static final Comparator<Task> BY_AGE = Comparator.<Task, Instant>comparing(
                    task -> Timestamps.instant(task.getMeta().getCreatedAt()))
            .thenComparing(Task::getId);

    public SlotTasks {
        tasks = List.copyOf(tasks);
    }

    public static SlotTasks of(Slot slot, Collection<Task> tasks) {
        return new SlotTasks(slot, tasks.stream().sorted(BY_AGE).toList());
    }

    /** All slots of the service that have a task, in order. */
    public static List<SlotTasks> all(ClusterState state, String serviceId) {
        var slots = new ArrayList<SlotTasks>();
        state.slots(serviceId).forEach((slot, tasks) -> slots.add(of(slot, tasks.values())));
        return slots;
    }

    /** Whether managers want the task to run now or soon. */
    public static boolean alive(Task task) {
        return TaskStates.order(task.getDesiredState()) <= TaskStates.order(TaskState.TASK_RUNNING);
    }

    /** The tasks that are to run, oldest first. */
    public List<Task> living() {
        return tasks.stream().filter(SlotTasks::alive).toList();
    }

    public boolean isAlive() {
        return tasks.stream().anyMatch(SlotTasks::alive);
    }

    public Optional<Task> newest() {
        return tasks.isEmpty() ? Optional.empty() : Optional.of(tasks.getLast());
    }

    /** Nothing lives in it, and its last task must not be started again. */
    public boolean isSpent(ClusterState state, Service service) {
        var newest = newest();
        if (newest.isEmpty() || isAlive() || newest.get().getDesiredState() == TaskState.TASK_REMOVE) {
            return false;
        }
        var mode = Mode.of(service);
        if (mode.perNode() && !endedByItself(newest.get())) {
            return false;
        }
        var policy = state.revision(newest.get()).getTask().getRestart();
        return !RestartRule.again(policy, mode, newest.get());
    }

    /**
     * Whether the slot counts as one of the service's replicas. A rollback takes the service to where everything runs,
     * so spent slots do not count while it is under way.
     */
    public boolean isHeld(ClusterState state, Service service) {
        return isAlive() || (!rollingBack(service) && isSpent(state, service));
    }

    /** Whether an update has work here: what lives is outdated, or there is more of it than one. */
    public boolean isDirty(ClusterState state, Service service) {
        var living = living();
        if (living.size() > 1) {
            return true;
        }
        var decisive = living.isEmpty() ? newest() : Optional.of(living.getFirst());
        return decisive.map(task -> isDirty(state, service, task)).orElse(false);
    }

    public static boolean isDirty(ClusterState state, Service service, Task task) {
        return Dirtiness.dirty(service, task, state.revision(task), state.node(task.getNodeId()));
    }

    /** A living task that still takes part in running: the one furthest on, whether wanted or on its way out. */
    public Optional<Task> furthest() {
        return tasks.stream()
                .filter(task -> !TaskStates.ended(task))
                .filter(task -> !TaskStates.before(task.getStatus().getState(), TaskState.TASK_ASSIGNED))
                .max(Comparator.comparingInt(
                        task -> TaskStates.order(task.getStatus().getState())));
    }

    private static boolean rollingBack(Service service) {
        return service.getUpdateStatus().getState() == UpdateStatus.State.ROLLBACK_STARTED;
    }

    /** It completed, failed or was rejected, other than being stopped or lost with its node. */
    public static boolean endedByItself(Task task) {
        return switch (task.getStatus().getState()) {
            case TASK_COMPLETE, TASK_FAILED, TASK_REJECTED -> true;
            case TASK_NEW,
                    TASK_PENDING,
                    TASK_ASSIGNED,
                    TASK_ACCEPTED,
                    TASK_PREPARING,
                    TASK_READY,
                    TASK_STARTING,
                    TASK_RUNNING,
                    TASK_SHUTDOWN,
                    TASK_REMOVE,
                    TASK_ORPHANED,
                    UNRECOGNIZED -> false;
        };
    }
}
