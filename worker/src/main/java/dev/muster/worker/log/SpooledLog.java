package dev.muster.worker.log;

import dev.muster.api.LogStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One container's way from spool to log. One thread pumps; any thread may ask how far it is, and wait for more. Exact
 * across the end of this process at any point: see {@link LogPosition}.
 */
final class SpooledLog implements AutoCloseable {

    private static final byte[] GAP =
            "[muster: output was dropped here: more than the spool holds was written while musterd was away]\n"
                    .getBytes(StandardCharsets.UTF_8);

    private final Path directory;
    private final InstantSource clock;
    private final SpoolStream out;
    private final SpoolStream err;
    private final JsonLog log;
    private final LogPosition.Store positions;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Instant lastStamp;
    private LogPosition safe;
    private boolean closed;

    SpooledLog(Path directory, JsonFileOptions options, InstantSource clock) throws IOException {
        this.directory = directory;
        this.clock = clock;
        this.positions = new LogPosition.Store(directory.resolve("position"));
        this.safe = positions.load();
        Path spool = spoolOf(directory);
        this.out = new SpoolStream(spool, "out", safe.outSegment(), safe.outOffset());
        this.err = new SpoolStream(spool, "err", safe.errSegment(), safe.errOffset());
        this.log = new JsonLog(directory, options, safe);
        this.lastStamp = nanosToInstant(safe.lastStampNanos());
    }

    static Path spoolOf(Path directory) {
        return directory.resolve("spool");
    }

    Path directory() {
        return directory;
    }

    /** Takes what the spool holds, up to a bound. True if there may be more at once. */
    boolean pump(int budgetBytes) throws IOException {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            boolean endedBefore = ended();
            boolean more = out.pump(
                    budgetBytes,
                    (bytes, from, to, written) -> append(LogStream.LOG_STDOUT, bytes, from, to, written),
                    () -> gap(LogStream.LOG_STDOUT));
            more |= err.pump(
                    budgetBytes,
                    (bytes, from, to, written) -> append(LogStream.LOG_STDERR, bytes, from, to, written),
                    () -> gap(LogStream.LOG_STDERR));
            log.flush();
            LogPosition now = new LogPosition(
                    log.generation(),
                    log.length(),
                    out.segment(),
                    out.offset(),
                    err.segment(),
                    err.offset(),
                    instantToNanos(lastStamp));
            if (!now.equals(safe) || ended() != endedBefore) {
                positions.save(now);
                boolean moved = now.outSegment() != safe.outSegment() || now.errSegment() != safe.errSegment();
                safe = now;
                if (moved || ended()) {
                    out.free();
                    err.free();
                }
                changed.signalAll();
            }
            return more;
        } finally {
            lock.unlock();
        }
    }

    private void gap(LogStream stream) throws IOException {
        append(stream, GAP, 0, GAP.length, Instant.MAX);
    }

    /** Stamped with when it was written as near as is known, never in the future, never backwards. */
    private void append(LogStream stream, byte[] bytes, int from, int to, Instant written) throws IOException {
        Instant now = clock.instant();
        Instant stamp = written.isBefore(now) ? written : now;
        if (stamp.isBefore(lastStamp)) {
            stamp = lastStamp;
        }
        lastStamp = stamp;
        log.append(stamp, stream, bytes, from, to);
    }

    private static long instantToNanos(Instant instant) {
        return TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
    }

    private static Instant nanosToInstant(long nanos) {
        return Instant.ofEpochSecond(0, nanos);
    }

    /** Up to where the log may be read. */
    record Extent(long generation, long length, boolean complete) {}

    Extent extent() {
        lock.lock();
        try {
            return new Extent(safe.generation(), safe.length(), closed || ended());
        } finally {
            lock.unlock();
        }
    }

    /** Returns when the log reaches beyond {@code known}, or is complete, or the time is over. */
    void awaitBeyond(Extent known, long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (left > 0 && extent().equals(known) && !known.complete()) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean ended() {
        return out.ended() && err.ended();
    }

    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                changed.signalAll();
                log.close();
                positions.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
