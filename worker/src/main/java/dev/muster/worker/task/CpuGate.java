package dev.muster.worker.task;

import java.util.concurrent.Semaphore;

/**
 * Bounds how many steps that mostly compute (creating namespaces, starting containers) run at once. More at once make
 * each slower and none earlier, and the first tasks of many would wait for the last.
 */
public final class CpuGate {
    /** Two per core: such a step waits for the kernel about half of its time. */
    private static final int PER_CORE = 2;

    private final Semaphore permits;

    public CpuGate(int cores) {
        this.permits = new Semaphore(PER_CORE * cores, true);
    }

    /** Something to be computed. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws InterruptedException;
    }

    <T> T pass(Work<T> work) throws InterruptedException {
        permits.acquire();
        try {
            return work.run();
        } finally {
            permits.release();
        }
    }
}
