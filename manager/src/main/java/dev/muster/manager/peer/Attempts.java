package dev.muster.manager.peer;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which proposals of other managers are on their way into the log of one leadership, and which of them must not be taken
 * any more. Any thread.
 */
final class Attempts {
    /** Withdrawals are rare: after that many in one term something is wrong, and outcomes are better left open. */
    static final int MOST_WITHDRAWN = 10_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition through = lock.newCondition();
    private final Set<String> onTheWay = new HashSet<>();
    private final Set<String> withdrawn = new HashSet<>();
    private long term;

    /** Whether the attempt may be made; if so, {@link #end} must follow. */
    boolean begin(long ofTerm, String attempt) {
        lock.lock();
        try {
            enter(ofTerm);
            return ofTerm == term && !withdrawn.contains(attempt) && onTheWay.add(attempt);
        } finally {
            lock.unlock();
        }
    }

    void end(String attempt) {
        lock.lock();
        try {
            onTheWay.remove(attempt);
            through.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Bars the attempt if it has not come yet, and waits for its end if it has.
     *
     * @return false if it is still on its way after the time, or too many are barred
     */
    boolean withdraw(long ofTerm, String attempt, Duration time) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            enter(ofTerm);
            if (ofTerm == term && !withdrawn.contains(attempt)) {
                if (withdrawn.size() >= MOST_WITHDRAWN) {
                    return false;
                }
                withdrawn.add(attempt);
            }
            long nanos = time.toNanos();
            while (onTheWay.contains(attempt) && nanos > 0) {
                nanos = through.awaitNanos(nanos);
            }
            return !onTheWay.contains(attempt);
        } finally {
            lock.unlock();
        }
    }

    /** What was barred in an earlier term is refused for its term. Under the lock. */
    private void enter(long ofTerm) {
        if (ofTerm > term) {
            term = ofTerm;
            withdrawn.clear();
        }
    }
}
