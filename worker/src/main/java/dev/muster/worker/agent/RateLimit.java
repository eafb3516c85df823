package dev.muster.worker.agent;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/** Lets so many bytes pass per second, and at once as many as in one second after a rest. Thread-safe. */
final class RateLimit {
    private static final double NANOS_PER_SECOND = 1e9;

    private final long bytesPerSecond;
    private final LongSupplier nanoClock;
    private final ReentrantLock lock = new ReentrantLock(true);
    private double allowance;
    private long lastNanos;

    RateLimit(long bytesPerSecond, LongSupplier nanoClock) {
        this.bytesPerSecond = bytesPerSecond;
        this.nanoClock = nanoClock;
        this.allowance = bytesPerSecond;
        this.lastNanos = nanoClock.getAsLong();
    }

    /** Waits until the bytes may pass. Those who come later wait behind. */
    void pass(int bytes) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long wait = nanosUntil(bytes);
            while (wait > 0) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                LockSupport.parkNanos(this, wait);
                wait = nanosUntil(bytes);
            }
            allowance -= bytes;
        } finally {
            lock.unlock();
        }
    }

    /** How long until so many bytes may pass; zero: now. More than a second's worth may pass when that is saved up. */
    long nanosUntil(int bytes) {
        long now = nanoClock.getAsLong();
        allowance =
                Math.min((double) bytesPerSecond, allowance + (now - lastNanos) * (bytesPerSecond / NANOS_PER_SECOND));
        lastNanos = now;
        double missing = Math.min(bytes, bytesPerSecond) - allowance;
        return missing <= 0 ? 0 : (long) Math.ceil(missing / bytesPerSecond * NANOS_PER_SECOND);
    }
}
