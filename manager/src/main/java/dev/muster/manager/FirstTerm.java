package dev.muster.manager;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whether this manager has led. Any thread. */
final class FirstTerm {
    /** A group of one elects itself within a second; longer means that something is broken. */
    private static final Duration BOUND = Duration.ofSeconds(30);

    private final CountDownLatch begun = new CountDownLatch(1);

    void begun() {
        begun.countDown();
    }

    /** Waits until it has; throws {@link ManagerFailure} if it does not. */
    void await() {
        try {
            if (!begun.await(BOUND.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ManagerFailure("the first manager did not become leader within " + BOUND);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ManagerFailure("interrupted while making the cluster", e);
        }
    }
}
