package dev.muster.worker.task;

import dev.muster.api.ContainerSpec;
import dev.muster.api.Durations;
import dev.muster.worker.runtime.ContainerExit;
import dev.muster.worker.runtime.ContainerSummary;
import dev.muster.worker.runtime.RuntimeFailure;
import java.time.Duration;
import java.util.Optional;

/** Takes a task down. Each part can be repeated; what is gone already is success. */
final class Teardown {
    static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);

    /** A killed container ends at once, unless its processes hang in the kernel. */
    private static final Duration KILL_PATIENCE = Duration.ofSeconds(10);

    private final NodeServices node;
    private final String taskId;
    private final String containerId;

    Teardown(NodeServices node, String taskId) {
        this.node = node;
        this.taskId = taskId;
        this.containerId = TaskNames.containerId(taskId);
    }

    /**
     * Stops the container: signal, grace period, kill.
     *
     * @param spec as it was made
     * @return how it ended; empty if it is gone
     */
    Optional<ContainerExit> stop(ContainerSpec spec) throws InterruptedException {
        var grace = Durations.duration(spec.hasStopGracePeriod(), spec.getStopGracePeriod(), DEFAULT_GRACE);
        var runtime = node.runtime();
        try {
            runtime.kill(containerId, Signals.number(spec.getStopSignal()), false);
            if (runtime.find(containerId)
                    .filter(found -> found.phase() == ContainerSummary.Phase.PAUSED)
                    .isPresent()) {
                runtime.resume(containerId);
            }
            var exit = runtime.await(containerId, grace.isNegative() ? Duration.ZERO : grace);
            if (exit.isPresent()) {
                return exit;
            }
            return kill();
        } catch (RuntimeFailure e) {
            if (e.kind() == RuntimeFailure.Kind.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private Optional<ContainerExit> kill() throws InterruptedException {
        node.runtime().kill(containerId, Signals.SIGKILL, true);
        var exit = node.runtime().await(containerId, KILL_PATIENCE);
        if (exit.isEmpty()) {
            throw TaskFailure.temporary("container " + TaskNames.shortId(containerId) + " does not end within "
                    + KILL_PATIENCE.toSeconds() + " s of SIGKILL: a process of it may hang in the kernel");
        }
        return exit;
    }

    /** Container, network, secrets and mounts go; the log, named volumes and anonymous ones with data stay. */
    void release() throws InterruptedException {
        node.gate().pass(() -> {
            node.runtime().delete(containerId);
            return containerId;
        });
        node.networks().detach(taskId);
        node.secrets().unmount(taskId);
        node.volumes().release(taskId, false);
    }

    /** Everything goes; named volumes stay. */
    void erase(ContainerSpec spec) throws InterruptedException {
        // Said again, for a process that has not prepared the task itself: else its anonymous volumes would stay.
        TaskMounts.volumeNames(taskId, spec).forEach(name -> node.volumes().adopt(taskId, name));
        node.gate().pass(() -> {
            node.runtime().delete(containerId);
            return containerId;
        });
        node.networks().detach(taskId);
        node.secrets().unmount(taskId);
        node.volumes().release(taskId, true);
        node.logs().remove(containerId);
        node.directories().delete(taskId);
        node.journal().deleteStatus(taskId);
    }
}
