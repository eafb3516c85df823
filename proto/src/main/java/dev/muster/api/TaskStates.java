package dev.muster.api;

import java.util.Locale;
import java.util.Set;

/**
 * The order of task states and which moves are legal. Observed states only grow and end in a terminal one; desired
 * states only grow. Pure.
 */
public final class TaskStates {
    private static final Set<TaskState> DESIRED = Set.of(
            TaskState.TASK_READY,
            TaskState.TASK_RUNNING,
            TaskState.TASK_COMPLETE,
            TaskState.TASK_SHUTDOWN,
            TaskState.TASK_REMOVE);

    private TaskStates() {}

    /** The rank of a state: a later state has a greater one. */
    public static int order(TaskState state) {
        return state.getNumber();
    }

    /** Whether {@code left} comes before {@code right}. */
    public static boolean before(TaskState left, TaskState right) {
        return order(left) < order(right);
    }

    /** Whether a task in this observed state has ended for good. */
    public static boolean terminal(TaskState state) {
        return order(state) >= order(TaskState.TASK_COMPLETE);
    }

    /** Whether a task may be observed in this state at all: every state but the one that is only desired. */
    public static boolean observable(TaskState state) {
        return state != TaskState.TASK_REMOVE && state != TaskState.UNRECOGNIZED;
    }

    /** Whether managers may desire this state. */
    public static boolean desirable(TaskState state) {
        return DESIRED.contains(state);
    }

    /** Whether observed state may move so: forward or not at all; out of a terminal state only to ORPHANED. */
    public static boolean mayObserve(TaskState from, TaskState to) {
        if (!observable(to)) {
            return false;
        }
        if (from == to) {
            return true;
        }
        if (terminal(from)) {
            return to == TaskState.TASK_ORPHANED;
        }
        return before(from, to);
    }

    /** Whether desired state may move so: up or not at all. */
    public static boolean mayDesire(TaskState from, TaskState to) {
        return desirable(to) && order(from) <= order(to);
    }

    /** Whether the task takes, or is to take, resources of its node: not ended, and not told to stop. */
    public static boolean active(Task task) {
        return order(task.getDesiredState()) <= order(TaskState.TASK_COMPLETE)
                && order(task.getStatus().getState()) <= order(TaskState.TASK_RUNNING);
    }

    /** Whether the task's observed state is terminal. */
    public static boolean ended(Task task) {
        return terminal(task.getStatus().getState());
    }

    /** The state as users read it: {@code running}. */
    public static String display(TaskState state) {
        return state.name().substring("TASK_".length()).toLowerCase(Locale.ROOT);
    }
}
