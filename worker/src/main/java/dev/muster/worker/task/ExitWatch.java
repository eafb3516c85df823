package dev.muster.worker.task;

import dev.muster.worker.runtime.ContainerExit;
import dev.muster.worker.runtime.ContainerRuntime;
import dev.muster.worker.runtime.RuntimeFailure;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Waits on a thread of its own until a container has ended. Started at most once; closing ends the waiting. */
final class ExitWatch implements AutoCloseable {
    /** Asked again after that: a bound for an answer that got lost. */
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);

    private final ContainerRuntime runtime;
    private final String containerId;
    private final Consumer<Optional<ContainerExit>> ended;

    @Nullable
    private Thread thread;

    /**
     * @param ended gets how it ended; empty if the container is gone
     */
    ExitWatch(ContainerRuntime runtime, String containerId, Consumer<Optional<ContainerExit>> ended) {
        this.runtime = runtime;
        this.containerId = containerId;
        this.ended = ended;
    }

    void start() {
        if (thread == null) {
            thread = Thread.ofVirtual()
                    .name("exit-" + TaskNames.shortId(containerId))
                    .start(this::run);
        }
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                var exit = runtime.await(containerId, LONGEST_WAIT);
                if (exit.isPresent()) {
                    ended.accept(exit);
                    return;
                }
            } catch (RuntimeFailure e) {
                if (e.kind() == RuntimeFailure.Kind.NOT_FOUND) {
                    ended.accept(Optional.empty());
                    return;
                }
                LockSupport.parkNanos(this, RETRY_PAUSE.toNanos());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @Override
    public void close() {
        var started = thread;
        if (started != null) {
            started.interrupt();
        }
    }
}
