package dev.muster.worker.task;

import dev.muster.api.ContainerStatus;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.api.Timestamps;
import dev.muster.worker.runtime.ContainerExit;
import java.time.Instant;

/** Statuses as tasks move on, fail and end, in swarm's words. Pure. */
final class TaskEnding {
    /** As Docker reports a container that was ended for its health, whatever code its signal handler chose. */
    private static final int UNHEALTHY_CODE = 137;

    private TaskEnding() {}

    static TaskStatus advanced(TaskStatus before, TaskState state, String message, Instant now) {
        return before.toBuilder()
                .setState(state)
                .setMessage(message)
                .clearErr()
                .setTimestamp(Timestamps.of(now))
                .build();
    }

    /** The same state, and what keeps it from going on. */
    static TaskStatus hindered(TaskStatus before, String error, Instant now) {
        return before.toBuilder().setErr(error).setTimestamp(Timestamps.of(now)).build();
    }

    /** Rejected if nothing was started, else failed; the message still says how far it came. */
    static TaskStatus failed(TaskStatus before, String error, Instant now) {
        return hindered(before, error, now).toBuilder()
                .setState(TaskPlan.failed(before.getState()))
                .build();
    }

    /**
     * After the container ended.
     *
     * @param unhealthy it was stopped for its health
     */
    static TaskStatus ended(TaskStatus before, ContainerExit exit, boolean unhealthy, Instant now) {
        int code = unhealthy && exit.exitCode() == 0 ? UNHEALTHY_CODE : exit.exitCode();
        boolean lost = exit.equals(ContainerExit.lost());
        var container = container(before, exit).setExitCode(code).build();
        if (code == 0) {
            return advanced(before, TaskState.TASK_COMPLETE, "finished", now).toBuilder()
                    .setContainer(container)
                    .build();
        }
        var cause = unhealthy
                ? ": dockerexec: unhealthy container"
                : lost
                        ? ": nobody saw the container end, its host or container runtime was restarted"
                        : exit.oomKilled() ? ": out of memory" : "";
        return before.toBuilder()
                .setState(TaskState.TASK_FAILED)
                .setErr("task: non-zero exit (" + code + ")" + cause)
                .setTimestamp(Timestamps.of(now))
                .setContainer(container)
                .build();
    }

    static ContainerStatus.Builder container(TaskStatus before, ContainerExit exit) {
        return before.getContainer().toBuilder()
                .setPid(0)
                .setExitCode(exit.exitCode())
                .setOomKilled(exit.oomKilled());
    }
}
