package dev.muster.worker.task;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Runs parts that do not depend on each other at once, each on a virtual thread. */
final class Branches {
    private Branches() {}

    /** One part. */
    @FunctionalInterface
    interface Branch {
        void run() throws InterruptedException;
    }

    /**
     * Returns when all have ended. The first failure interrupts the others and is thrown; so does an interruption of
     * the caller.
     */
    static void run(List<Branch> parts) throws InterruptedException {
        var first = new AtomicReference<Throwable>();
        var threads = new ArrayList<Thread>();
        for (var part : parts) {
            threads.add(Thread.ofVirtual().unstarted(() -> {
                try {
                    part.run();
                } catch (InterruptedException | RuntimeException | Error e) {
                    if (first.compareAndSet(null, e)) {
                        threads.forEach(Thread::interrupt);
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        boolean interrupted = false;
        for (var thread : threads) {
            while (true) {
                try {
                    thread.join();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                    threads.forEach(Thread::interrupt);
                }
            }
        }
        if (interrupted) {
            throw new InterruptedException();
        }
        switch (first.get()) {
            case null -> {}
            case InterruptedException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }
}
