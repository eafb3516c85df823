package dev.muster.cluster;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Waits for a condition with a bound. */
public final class Eventually {
    private static final Duration STEP = Duration.ofMillis(250);

    /** Assertions that may fail for a while. */
    @FunctionalInterface
    public interface Assertions {
        void check() throws Exception;
    }

    private Eventually() {}

    /**
     * Returns when the assertions pass; throws their last failure when they have not within about the given time. The time
     * that the assertions take themselves comes on top.
     */
    public static void within(Duration bound, Assertions assertions) {
        long attempts = Math.max(1, bound.dividedBy(STEP));
        @Nullable AssertionError last = null;
        for (long attempt = 0; attempt < attempts; attempt++) {
            try {
                assertions.check();
                return;
            } catch (AssertionError e) {
                last = e;
            } catch (Exception e) {
                last = new AssertionError(e.getMessage(), e);
            }
            LockSupport.parkNanos(STEP.toNanos());
        }
        throw new AssertionError(
                "still so after " + bound.toSeconds() + " s: " + (last == null ? "" : last.getMessage()), last);
    }
}
