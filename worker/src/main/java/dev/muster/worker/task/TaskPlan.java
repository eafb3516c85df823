package dev.muster.worker.task;

import static dev.muster.api.TaskState.TASK_ACCEPTED;
import static dev.muster.api.TaskState.TASK_PREPARING;
import static dev.muster.api.TaskState.TASK_READY;
import static dev.muster.api.TaskState.TASK_RUNNING;
import static dev.muster.api.TaskState.TASK_SHUTDOWN;
import static dev.muster.api.TaskState.TASK_STARTING;

import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.worker.health.HealthState;
import dev.muster.worker.task.TaskSituation.Container;

/**
 * The task's state machine: from what is wanted and what is there to the next step. Pure. Looks only at the present, so
 * it does not matter which process took the steps before.
 */
public final class TaskPlan {
    private TaskPlan() {}

    public static TaskStep decide(TaskSituation now) {
        if (now.withdrawn()) {
            return now.container() == Container.RUNNING ? new TaskStep.Stop(false) : new TaskStep.Erase();
        }
        if (TaskStates.terminal(now.observed())) {
            if (now.released()) {
                return new TaskStep.Await();
            }
            return now.container() == Container.RUNNING ? new TaskStep.Stop(false) : new TaskStep.Release();
        }
        if (!TaskStates.before(now.desired(), TASK_SHUTDOWN)) {
            return shutDown(now);
        }
        return switch (now.observed()) {
            case TASK_NEW, TASK_PENDING, TASK_ASSIGNED -> new TaskStep.Advance(TASK_ACCEPTED, "accepted");
            case TASK_ACCEPTED -> new TaskStep.Advance(TASK_PREPARING, "preparing");
            case TASK_PREPARING -> prepare(now);
            case TASK_READY -> ready(now);
            case TASK_STARTING -> starting(now);
            case TASK_RUNNING -> running(now);
            case TASK_COMPLETE, TASK_SHUTDOWN, TASK_FAILED, TASK_REJECTED, TASK_REMOVE, TASK_ORPHANED, UNRECOGNIZED ->
                throw new IllegalStateException("not a state that goes on: " + now.observed());
        };
    }

    private static TaskStep shutDown(TaskSituation now) {
        if (now.container() == Container.RUNNING) {
            return new TaskStep.Stop(false);
        }
        boolean endedByItself = now.container() == Container.ENDED
                && !now.stopping()
                && !TaskStates.before(now.observed(), TASK_STARTING);
        return endedByItself ? new TaskStep.Conclude() : new TaskStep.Advance(TASK_SHUTDOWN, "shutdown");
    }

    private static TaskStep prepare(TaskSituation now) {
        return switch (now.container()) {
            case ABSENT, EMPTY -> now.complete() ? new TaskStep.Prepare() : new TaskStep.Await();
            // Creating the container is the last part of preparing: all else is there.
            case CREATED, RUNNING, ENDED -> new TaskStep.Advance(TASK_READY, "prepared");
        };
    }

    private static TaskStep ready(TaskSituation now) {
        return switch (now.container()) {
            case ABSENT, EMPTY -> now.complete() ? new TaskStep.Prepare() : new TaskStep.Await();
            case CREATED ->
                TaskStates.before(now.desired(), TASK_RUNNING)
                        ? new TaskStep.Await()
                        : new TaskStep.Advance(TASK_STARTING, "starting");
            case RUNNING, ENDED -> new TaskStep.Advance(TASK_STARTING, "starting");
        };
    }

    private static TaskStep starting(TaskSituation now) {
        return switch (now.container()) {
            case ABSENT, EMPTY -> new TaskStep.Lose();
            case CREATED -> new TaskStep.Start();
            case RUNNING ->
                switch (now.health()) {
                    case HEALTHY -> new TaskStep.Advance(TASK_RUNNING, "started");
                    case STARTING -> new TaskStep.Await();
                    case UNHEALTHY -> new TaskStep.Stop(true);
                };
            case ENDED -> new TaskStep.Conclude();
        };
    }

    private static TaskStep running(TaskSituation now) {
        return switch (now.container()) {
            case ABSENT, EMPTY, CREATED -> new TaskStep.Lose();
            case RUNNING ->
                now.health() == HealthState.Phase.UNHEALTHY ? new TaskStep.Stop(true) : new TaskStep.Await();
            case ENDED -> new TaskStep.Conclude();
        };
    }

    /** Where a failure that cannot be mended leads to. */
    static TaskState failed(TaskState observed) {
        return TaskStates.before(observed, TASK_STARTING) ? TaskState.TASK_REJECTED : TaskState.TASK_FAILED;
    }
}
