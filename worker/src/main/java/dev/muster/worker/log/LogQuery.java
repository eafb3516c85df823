package dev.muster.worker.log;

import dev.muster.api.LogStream;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which lines to read.
 *
 * @param tail only the last so many of those present when reading begins; empty: all
 * @param since only those stamped at or after it
 * @param until only those stamped before it
 */
public record LogQuery(
        boolean stdout,
        boolean stderr,
        boolean follow,
        OptionalLong tail,
        Optional<Instant> since,
        Optional<Instant> until) {

    public LogQuery {
        if (tail.isPresent() && tail.getAsLong() < 0) {
            throw new IllegalArgumentException("tail must not be negative");
        }
    }

    /** Everything that is there now. */
    public static LogQuery everything() {
        return new LogQuery(true, true, false, OptionalLong.empty(), Optional.empty(), Optional.empty());
    }

    public LogQuery following() {
        return new LogQuery(stdout, stderr, true, tail, since, until);
    }

    boolean wants(LogLine line) {
        boolean streamWanted = line.stream() == LogStream.LOG_STDERR ? stderr : stdout;
        return streamWanted
                && (since.isEmpty() || !line.time().isBefore(since.get()))
                && (until.isEmpty() || line.time().isBefore(until.get()));
    }
}
