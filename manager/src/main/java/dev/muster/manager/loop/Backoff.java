package dev.muster.manager.loop;

import java.time.Duration;

/** Growing pauses after failures in a row. Immutable. */
record Backoff(int failures) {
    static final Backoff NONE = new Backoff(0);

    /** Short, as most failures are a leadership or an object that has just moved on. */
    private static final Duration FIRST = Duration.ofMillis(50);

    /** Long enough to cost nothing, short enough for an operator who has just repaired the cause. */
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private static final int DOUBLINGS = 8;

    Backoff after() {
        return new Backoff(failures + 1);
    }

    /** The pause before the next try. */
    Duration pause() {
        if (failures == 0) {
            return Duration.ZERO;
        }
        var pause = FIRST.multipliedBy(1L << Math.min(failures - 1, DOUBLINGS));
        return pause.compareTo(LONGEST) < 0 ? pause : LONGEST;
    }
}
