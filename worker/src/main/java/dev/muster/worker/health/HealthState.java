package dev.muster.worker.health;

import java.time.Duration;

/**
 * How a container stands with its health check; immutable, and the rule that moves it.
 *
 * @param failingStreak failures in a row that count
 */
public record HealthState(Phase phase, int failingStreak) {

    /** Docker's three. */
    public enum Phase {
        /** No probe has succeeded yet, and not too many have failed. */
        STARTING,
        /** The last successes and failures leave it usable. */
        HEALTHY,
        /** Too many failures in a row. */
        UNHEALTHY
    }

    public static final HealthState STARTING = new HealthState(Phase.STARTING, 0);
    public static final HealthState HEALTHY = new HealthState(Phase.HEALTHY, 0);

    /**
     * The state after a probe.
     *
     * @param startedAfter how long the container had run when the probe began
     */
    public HealthState after(boolean success, Duration startedAfter, HealthCheck check) {
        if (success) {
            return HEALTHY;
        }
        if (phase == Phase.STARTING && startedAfter.compareTo(check.startPeriod()) < 0) {
            return this;
        }
        int streak = failingStreak + 1;
        return new HealthState(streak >= check.retries() ? Phase.UNHEALTHY : phase, streak);
    }

    /**
     * How long to wait for the next probe.
     *
     * @param runningFor how long the container has run by now
     */
    public Duration delay(Duration runningFor, HealthCheck check) {
        return phase == Phase.STARTING && runningFor.compareTo(check.startPeriod()) < 0
                ? check.startInterval()
                : check.interval();
    }
}
