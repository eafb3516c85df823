package dev.muster.manager.simulation.faults;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs code that blocks, such as a loop that waits for its proposal, one piece at a time: a fiber has a virtual thread of
 * its own, but runs only while the simulation waits for it, until it ends or awaits a {@link Promise}. So there is no
 * moment at which two of them run.
 */
final class Fibers {
    /** Real time: a fiber that does not come back waits for something that nobody gives it, such as a lock. */
    private static final long STUCK_SECONDS = 60;

    private final Timeline timeline;
    private final Semaphore back = new Semaphore(0);
    private @Nullable Fiber running;

    Fibers(Timeline timeline) {
        this.timeline = timeline;
    }

    /** Thrown where a fiber waits when its host dies: as an error it passes all that handles failures. */
    static final class HostDied extends Error {
        private static final long serialVersionUID = 1L;

        HostDied() {
            super("the host has died", null, false, false);
        }
    }

    /** One piece of code that runs, waits or has ended. */
    final class Fiber {
        private final String name;
        private final Semaphore turn = new Semaphore(0);
        private @Nullable Promise<?> awaited;
        private @Nullable Throwable failure;
        private boolean killed;
        private boolean ended;

        private Fiber(String name) {
            this.name = name;
        }

        boolean ended() {
            return ended;
        }

        /** Ends it where it waits. Not from inside a fiber. */
        void kill() {
            killed = true;
            while (!ended) {
                resume(this);
            }
        }
    }

    /** A value that a fiber waits for; the first one given counts. */
    final class Promise<T> {
        private @Nullable T value;
        private @Nullable Fiber waiter;

        void complete(T given) {
            if (value != null) {
                return;
            }
            value = given;
            var fiber = waiter;
            if (fiber != null) {
                timeline.soon(() -> {
                    if (!fiber.ended && fiber.awaited == this) {
                        resume(fiber);
                    }
                });
            }
        }

        boolean completed() {
            return value != null;
        }

        /** Inside a fiber only. */
        T await() {
            var fiber = running;
            if (fiber == null) {
                throw new IllegalStateException("only a fiber can wait");
            }
            waiter = fiber;
            fiber.awaited = this;
            while (value == null) {
                handBack(fiber);
            }
            fiber.awaited = null;
            return value;
        }
    }

    <T> Promise<T> promise() {
        return new Promise<>();
    }

    /** A promise that is given this value if nothing else comes in time. */
    <T> Promise<T> promise(Duration patience, T otherwise) {
        var promise = new Promise<T>();
        timeline.after(patience, () -> promise.complete(otherwise));
        return promise;
    }

    boolean inFiber() {
        return running != null;
    }

    /** Starts and runs it until it waits for the first time. Not from inside a fiber. */
    Fiber start(String name, Runnable body) {
        var fiber = new Fiber(name);
        Thread.ofVirtual().name(name).start(() -> {
            fiber.turn.acquireUninterruptibly();
            try {
                body.run();
            } catch (HostDied e) {
                // As if the process had been killed.
            } catch (Throwable e) {
                fiber.failure = e;
            } finally {
                fiber.ended = true;
                back.release();
            }
        });
        resume(fiber);
        return fiber;
    }

    private void resume(Fiber fiber) {
        if (running != null) {
            throw new IllegalStateException(fiber.name + " cannot run while " + running.name + " does");
        }
        running = fiber;
        fiber.turn.release();
        try {
            if (!back.tryAcquire(STUCK_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException(fiber.name + " is stuck");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        running = null;
        switch (fiber.failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(fiber.failure);
        }
    }

    private void handBack(Fiber fiber) {
        if (fiber.killed) {
            throw new HostDied();
        }
        back.release();
        fiber.turn.acquireUninterruptibly();
        if (fiber.killed) {
            throw new HostDied();
        }
    }
}
