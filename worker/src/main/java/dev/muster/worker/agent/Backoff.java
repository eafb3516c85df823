package dev.muster.worker.agent;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Pauses between attempts to reach a manager: 100 ms, doubling to 8 s, each shortened at random. Not thread-safe. */
final class Backoff {
    static final Duration FIRST = Duration.ofMillis(100);
    static final Duration LONGEST = Duration.ofSeconds(8);

    private final RandomGenerator random;
    private Duration next = FIRST;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    void reset() {
        next = FIRST;
    }

    /** Between half of the current pause and all of it, so that nodes which lost a manager together do not come together. */
    Duration pause() {
        var full = next.toNanos();
        var doubled = next.multipliedBy(2);
        next = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
        return Duration.ofNanos(full / 2 + random.nextLong(full / 2 + 1));
    }

    /** The longest pause from now on, until reset. */
    void slowDown() {
        next = LONGEST;
    }
}
