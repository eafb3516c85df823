package dev.muster.worker.agent;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Pauses between attempts to reach a manager: 100 ms, doubling to 8 s, each shortened at random. Not thread-safe. */
final class Backoff {
    static final Duration FIRST = Duration.ofMillis(100);
    static final Duration LONGEST = Duration.ofSeconds(8);

    /** While managers answer, but none of them leads: an election is over soon. */
    static final Duration ELECTION = Duration.ofSeconds(1);

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
        return pause(LONGEST);
    }

    /** Likewise, but no longer than that, and what follows begins from there. */
    Duration pause(Duration longest) {
        var full = Math.min(next.toNanos(), longest.toNanos());
        next = Duration.ofNanos(Math.min(2 * full, longest.toNanos()));
        return Duration.ofNanos(full / 2 + random.nextLong(full / 2 + 1));
    }

    /** The longest pause from now on, until reset. */
    void slowDown() {
        next = LONGEST;
    }
}
