package dev.muster.worker.health;

import dev.muster.api.Durations;
import dev.muster.api.HealthConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A health check with everything filled in.
 *
 * @param command with its arguments
 * @param interval between the end of a probe and the next
 * @param timeout a probe that takes longer has failed
 * @param startPeriod failures within it do not count, unless a probe has succeeded
 * @param startInterval instead of {@code interval} while starting within the start period
 * @param retries so many failures in a row make a container unhealthy
 */
public record HealthCheck(
        List<String> command,
        Duration interval,
        Duration timeout,
        Duration startPeriod,
        Duration startInterval,
        int retries) {
    /** Docker's defaults. */
    static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(30);

    static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);
    static final Duration DEFAULT_START_INTERVAL = Duration.ofSeconds(5);
    static final int DEFAULT_RETRIES = 3;

    public HealthCheck {
        if (command.isEmpty()) {
            throw new IllegalArgumentException("a health check needs a command");
        }
        command = List.copyOf(command);
    }

    /**
     * What the service says, and where it says nothing, what the image says, part by part. The result says NONE if the
     * service switches the image's check off.
     */
    public static HealthConfig merge(HealthConfig service, Optional<HealthConfig> image) {
        if (image.isEmpty()) {
            return service;
        }
        var merged = image.get().toBuilder();
        if (service.getTestCount() > 0) {
            merged.clearTest().addAllTest(service.getTestList());
        }
        if (service.hasInterval() && !Durations.duration(service.getInterval()).isZero()) {
            merged.setInterval(service.getInterval());
        }
        if (service.hasTimeout() && !Durations.duration(service.getTimeout()).isZero()) {
            merged.setTimeout(service.getTimeout());
        }
        if (service.hasStartPeriod()
                && !Durations.duration(service.getStartPeriod()).isZero()) {
            merged.setStartPeriod(service.getStartPeriod());
        }
        if (service.hasStartInterval()
                && !Durations.duration(service.getStartInterval()).isZero()) {
            merged.setStartInterval(service.getStartInterval());
        }
        if (service.getRetries() > 0) {
            merged.setRetries(service.getRetries());
        }
        return merged.build();
    }

    /**
     * Reads a merged configuration; empty if there is no check.
     *
     * @throws IllegalArgumentException if the test begins with an unknown word, or lacks its command
     */
    public static Optional<HealthCheck> of(HealthConfig config) {
        if (config.getTestCount() == 0) {
            return Optional.empty();
        }
        var rest = config.getTestList().subList(1, config.getTestCount());
        var command = switch (config.getTest(0)) {
            case "NONE", "" -> List.<String>of();
            case "CMD" -> words(rest, "CMD");
            case "CMD-SHELL" -> List.of("/bin/sh", "-c", String.join(" ", words(rest, "CMD-SHELL")));
            default ->
                throw new IllegalArgumentException("invalid health check: its test begins with \"" + config.getTest(0)
                        + "\", it must be NONE, CMD or CMD-SHELL");
        };
        if (command.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new HealthCheck(
                command,
                Durations.positive(config.getInterval(), DEFAULT_INTERVAL),
                Durations.positive(config.getTimeout(), DEFAULT_TIMEOUT),
                Durations.duration(config.getStartPeriod()),
                Durations.positive(config.getStartInterval(), DEFAULT_START_INTERVAL),
                config.getRetries() > 0 ? config.getRetries() : DEFAULT_RETRIES));
    }

    private static List<String> words(List<String> rest, String form) {
        if (rest.isEmpty()) {
            throw new IllegalArgumentException("invalid health check: " + form + " names no command");
        }
        return rest;
    }
}
