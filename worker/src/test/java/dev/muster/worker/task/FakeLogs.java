package dev.muster.worker.task;

import dev.muster.api.Driver;
import dev.muster.api.LogStream;
import dev.muster.worker.log.ContainerLogs;
import dev.muster.worker.log.LogFailure;
import dev.muster.worker.log.LogLine;
import dev.muster.worker.log.LogQuery;
import dev.muster.worker.log.LogSink;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Logs in memory: a test writes lines, and ends them. */
public final class FakeLogs implements ContainerLogs {
    private static final class Log {
        final List<LogLine> lines = new ArrayList<>();
        boolean ended;
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Log> logs = new HashMap<>();
    final Map<String, Driver> drivers = new HashMap<>();

    public void write(String containerId, LogStream stream, String text) {
        lock.lock();
        try {
            logs.get(containerId).lines.add(new LogLine(Instant.ofEpochSecond(1), stream, text));
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public void end(String containerId) {
        lock.lock();
        try {
            logs.get(containerId).ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public boolean has(String containerId) {
        lock.lock();
        try {
            return logs.containsKey(containerId);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<String> prepare(String containerId, Driver driver) {
        lock.lock();
        try {
            drivers.put(containerId, driver);
            logs.put(containerId, new Log());
            return Optional.of("file:///log/" + containerId);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void remove(String containerId) {
        lock.lock();
        try {
            logs.remove(containerId);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void read(String containerId, LogQuery query, LogSink sink) throws InterruptedException {
        int next = 0;
        while (true) {
            LogLine line;
            lock.lockInterruptibly();
            try {
                var log = logs.get(containerId);
                if (log == null) {
                    throw new LogFailure(LogFailure.Kind.NOT_FOUND, "no log of container " + containerId);
                }
                while (query.follow() && !log.ended && next >= log.lines.size()) {
                    changed.await();
                }
                if (next >= log.lines.size()) {
                    return;
                }
                line = log.lines.get(next++);
            } finally {
                lock.unlock();
            }
            boolean wanted = line.stream() == LogStream.LOG_STDERR ? query.stderr() : query.stdout();
            if (wanted && !sink.accept(line)) {
                return;
            }
        }
    }

    @Override
    public void close() {}
}
