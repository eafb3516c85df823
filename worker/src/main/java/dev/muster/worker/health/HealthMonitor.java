package dev.muster.worker.health;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Runs the health checks of all containers of a node: one thread keeps the time, each probe has a thread of its own. At
 * most one probe per container at a time. Thread-safe.
 *
 * <p>{@link #pass} is one bounded step that takes the time as an argument; the thread only calls it.
 */
public final class HealthMonitor implements AutoCloseable {
    private static final Logger LOG = System.getLogger(HealthMonitor.class.getName());
    private static final long IDLE_NANOS = Duration.ofHours(1).toNanos();

    private final LongSupplier nanoClock;
    private final InstantSource clock;
    private final Executor probes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<HealthWatch> watches = new HashSet<>();
    private boolean closed;

    HealthMonitor(LongSupplier nanoClock, InstantSource clock, Executor probes) {
        this.nanoClock = nanoClock;
        this.clock = clock;
        this.probes = probes;
    }

    /** With its own thread, until closed. */
    public static HealthMonitor start(LongSupplier nanoClock, InstantSource clock) {
        var monitor = new HealthMonitor(
                nanoClock,
                clock,
                probe -> Thread.ofVirtual().name("health-probe").start(probe));
        Thread.ofVirtual().name("health-monitor").start(monitor::run);
        return monitor;
    }

    /**
     * Begins to check a container.
     *
     * @param runningFor how long it has been running
     * @param healthy it is known to be healthy, as a container that was running before this process did
     */
    public HealthWatch watch(
            HealthCheck check, Duration runningFor, boolean healthy, Prober prober, HealthListener listener) {
        lock.lock();
        try {
            long now = nanoClock.getAsLong();
            var state = healthy ? HealthState.HEALTHY : HealthState.STARTING;
            var watch = new HealthWatch(this, check, prober, listener, now - runningFor.toNanos(), state);
            watch.dueNanos = now + state.delay(runningFor, check).toNanos();
            watches.add(watch);
            changed.signal();
            return watch;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        lock.lock();
        try {
            while (!closed) {
                long wait = pass(nanoClock.getAsLong());
                changed.awaitNanos(wait);
            }
        } catch (InterruptedException e) {
            // Nobody interrupts this thread but the end of the process.
            LOG.log(Level.DEBUG, "health monitor interrupted");
        } finally {
            lock.unlock();
        }
    }

    /** Starts the probes that are due; returns after how many nanoseconds to call again. */
    long pass(long nowNanos) {
        lock.lock();
        try {
            for (var watch : Set.copyOf(watches)) {
                if (!watch.underWay && watch.dueNanos - nowNanos <= 0) {
                    watch.underWay = true;
                    probes.execute(() -> probe(watch));
                }
            }
            long wait = IDLE_NANOS;
            for (var watch : watches) {
                if (!watch.underWay) {
                    wait = Math.min(wait, watch.dueNanos - nowNanos);
                }
            }
            return Math.max(wait, 0);
        } finally {
            lock.unlock();
        }
    }

    private void probe(HealthWatch watch) {
        long startNanos;
        lock.lock();
        try {
            if (watch.closed) {
                return;
            }
            watch.probing = Thread.currentThread();
            startNanos = nanoClock.getAsLong();
        } finally {
            lock.unlock();
        }
        var start = clock.instant();
        try {
            var outcome = watch.probe();
            finished(watch, outcome, start, startNanos);
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "a probe was broken off: its watch has been closed");
        }
    }

    private void finished(HealthWatch watch, HealthWatch.Outcome outcome, java.time.Instant start, long startNanos) {
        HealthState state;
        boolean tell;
        lock.lock();
        try {
            watch.underWay = false;
            watch.probing = null;
            if (watch.closed) {
                return;
            }
            long now = nanoClock.getAsLong();
            tell = watch.finished(outcome, start, clock.instant(), Duration.ofNanos(startNanos - watch.startedNanos));
            state = watch.state;
            watch.dueNanos = now
                    + state.delay(Duration.ofNanos(now - watch.startedNanos), watch.check)
                            .toNanos();
            changed.signal();
        } finally {
            lock.unlock();
        }
        if (tell) {
            watch.tell(state);
        }
    }

    void forget(HealthWatch watch) {
        lock.lock();
        try {
            watch.closed = true;
            watches.remove(watch);
            var thread = watch.probing;
            if (thread != null && thread != Thread.currentThread()) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    <T> T locked(Supplier<T> read) {
        lock.lock();
        try {
            return read.get();
        } finally {
            lock.unlock();
        }
    }

    /** Ends all checks. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            Set.copyOf(watches).forEach(this::forget);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
