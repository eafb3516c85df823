package dev.muster.worker.runtime;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A command to run inside a running container, with the container's own environment, user and working directory unless
 * said otherwise.
 *
 * @param args not empty; no shell is added
 * @param environment added to the container's, "KEY=value"
 * @param user as in a spec; empty: the container's
 * @param timeout killed after that
 * @param outputLimitBytes of both streams together; what comes later is read and dropped
 */
public record ExecPlan(
        List<String> args, List<String> environment, Optional<String> user, Duration timeout, int outputLimitBytes) {

    /** As much as Docker keeps of a health check's output. */
    public static final int DEFAULT_OUTPUT_LIMIT_BYTES = 4096;

    public ExecPlan {
        if (args.isEmpty()) {
            throw new IllegalArgumentException("nothing to run");
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout must be positive, not " + timeout);
        }
        args = List.copyOf(args);
        environment = List.copyOf(environment);
    }

    /** With the container's own environment and user. */
    public static ExecPlan of(List<String> args, Duration timeout) {
        return new ExecPlan(args, List.of(), Optional.empty(), timeout, DEFAULT_OUTPUT_LIMIT_BYTES);
    }
}
