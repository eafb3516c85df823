package dev.muster.worker.runtime;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Runs containers on this node. Boundary: containerd is one implementation, the tests' fake the other, and both pass
 * the same contract test.
 *
 * <p>Every method may be called from any thread and blocks, so call from a virtual thread; concurrency is bounded
 * inside. Containers outlive this object, the process that holds it, and a restart of the runtime itself. Every method
 * throws {@link RuntimeFailure} when the runtime fails.
 */
public interface ContainerRuntime extends AutoCloseable {

    /**
     * Prepares everything but the start: root file system, spec, and the process up to its exec, so that {@link #start}
     * is one quick step. What an earlier, interrupted attempt with the same id left behind is removed first; a
     * container of that id that already runs is refused with {@link RuntimeFailure.Kind#ALREADY_EXISTS}.
     */
    void create(ContainerPlan plan);

    /**
     * Starts a created container and returns the process id of its first process. Already running: returns the same.
     */
    int start(String containerId);

    /**
     * Sends a signal to the first process, or with {@code everyProcess} to all processes of the container. False if
     * nothing is left to signal: the container has ended, or is gone.
     */
    boolean kill(String containerId, int signal, boolean everyProcess);

    /**
     * Waits until the container has ended, for at most {@code atMost}; empty when the time is over. Works for
     * containers that ended before the call, and across restarts of the runtime. A container whose end nobody saw (the
     * host was restarted) ends with {@link ContainerExit#LOST}.
     *
     * @throws RuntimeFailure NOT_FOUND if there is no such container
     */
    Optional<ContainerExit> await(String containerId, Duration atMost) throws InterruptedException;

    /** Removes the container and its root file system, killing what still runs. No such container is success. */
    void delete(String containerId);

    /**
     * Runs a command inside a running container, waits for its end and returns its code and the first part of its
     * output. The command is killed when its time is over or the calling thread is interrupted.
     */
    ExecResult exec(String containerId, ExecPlan plan) throws InterruptedException;

    /** All containers of this node's runtime that this product made, running or not. */
    List<ContainerSummary> list();

    Optional<ContainerSummary> find(String containerId);

    /** What the container uses now; empty unless it runs. */
    Optional<ContainerStats> stats(String containerId);

    /** Freezes all processes of a running container. */
    void pause(String containerId);

    /** Undoes {@link #pause}. */
    void resume(String containerId);

    /** Closes the connection. Containers live on. */
    @Override
    void close();
}
