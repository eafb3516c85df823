package dev.muster.manager.simulation.faults;

import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.TaskStatus;
import dev.muster.api.Timestamps;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;

/** One task on a worker, as its journal keeps it: what it is to be and how far it has come. Decides what comes next. */
final class SimulatedTask {
    /** Fails instead of running. */
    static final String BAD = "bad";

    /** Runs for some seconds, then fails. */
    static final String SHAKY = "shaky";

    private static final Duration LONGEST_STEP = Duration.ofMillis(900);
    private static final Duration SHAKY_LIFE = Duration.ofSeconds(8);

    private Task task;
    private ServiceRevision revision;
    private TaskStatus status;
    private boolean wanted = true;

    SimulatedTask(Task task, ServiceRevision revision) {
        this.task = task;
        this.revision = revision;
        this.status = task.getStatus();
    }

    /** The next thing to do with it. */
    record Step(Duration after, TaskState state) {}

    Task task() {
        return task;
    }

    TaskStatus status() {
        return status;
    }

    TaskState state() {
        return status.getState();
    }

    void assign(Task assigned, ServiceRevision ofTask) {
        task = assigned;
        revision = ofTask;
        wanted = true;
    }

    /** It is not among the node's tasks any more: it ends, and is forgotten then. */
    void unassign() {
        wanted = false;
    }

    boolean wanted() {
        return wanted;
    }

    boolean ended() {
        return TaskStates.terminal(status.getState());
    }

    void reach(TaskState state, Host host) {
        status = TaskStatus.newBuilder()
                .setState(state)
                .setTimestamp(Timestamps.of(host.wallClock()))
                .build();
    }

    boolean stopping() {
        return !wanted || !TaskStates.before(task.getDesiredState(), TaskState.TASK_SHUTDOWN);
    }

    /** Empty while there is nothing to do. */
    Optional<Step> next(SplittableRandom random) {
        if (ended()) {
            return Optional.empty();
        }
        if (stopping()) {
            return Optional.of(new Step(soon(random), TaskState.TASK_SHUTDOWN));
        }
        var image = revision.getTask().getContainer().getImage();
        return switch (status.getState()) {
            case TASK_READY ->
                TaskStates.before(task.getDesiredState(), TaskState.TASK_RUNNING)
                        ? Optional.empty()
                        : Optional.of(new Step(Duration.ZERO, TaskState.TASK_STARTING));
            case TASK_STARTING ->
                Optional.of(new Step(soon(random), image.equals(BAD) ? TaskState.TASK_FAILED : TaskState.TASK_RUNNING));
            case TASK_RUNNING ->
                image.equals(SHAKY)
                        ? Optional.of(new Step(upTo(SHAKY_LIFE, random), TaskState.TASK_FAILED))
                        : Optional.empty();
            default -> Optional.of(new Step(soon(random), TaskState.TASK_READY));
        };
    }

    private static Duration soon(SplittableRandom random) {
        return upTo(LONGEST_STEP, random);
    }

    private static Duration upTo(Duration most, SplittableRandom random) {
        return Duration.ofNanos(random.nextLong(most.toNanos()));
    }
}
