package dev.muster.faults;

/**
 * An operation and the time within which it took effect, of one monotonic clock.
 *
 * @param invokedNanos before its caller sent anything
 * @param returnedNanos after its caller had the answer; {@link #FOREVER} if it never got one, so that the operation may take
 *     effect at any time after its call, or never
 */
record Interval<O>(O operation, long invokedNanos, long returnedNanos) {
    static final long FOREVER = Long.MAX_VALUE;

    Interval {
        if (returnedNanos < invokedNanos) {
            throw new IllegalArgumentException("returned at " + returnedNanos + ", before the call at " + invokedNanos);
        }
    }

    boolean pending() {
        return returnedNanos == FOREVER;
    }
}
