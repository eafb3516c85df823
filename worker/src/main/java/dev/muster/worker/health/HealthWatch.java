package dev.muster.worker.health;

import dev.muster.worker.runtime.ExecPlan;
import dev.muster.worker.runtime.ExecResult;
import dev.muster.worker.runtime.RuntimeFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The checks of one container, until closed. Its fields are guarded by its monitor's lock. */
public final class HealthWatch implements AutoCloseable {
    /** As many as Docker shows. */
    private static final int KEPT_PROBES = 5;

    private final HealthMonitor monitor;
    final HealthCheck check;
    private final Prober prober;
    private final HealthListener listener;

    /** On the monotonic clock. */
    final long startedNanos;

    private final Deque<ProbeRecord> recent = new ArrayDeque<>();
    HealthState state;
    long dueNanos;

    /** A probe has been ordered and is not over; its thread, once it runs. */
    boolean underWay;

    @Nullable
    Thread probing;

    boolean closed;

    HealthWatch(
            HealthMonitor monitor,
            HealthCheck check,
            Prober prober,
            HealthListener listener,
            long startedNanos,
            HealthState state) {
        this.monitor = monitor;
        this.check = check;
        this.prober = prober;
        this.listener = listener;
        this.startedNanos = startedNanos;
        this.state = state;
    }

    /** Ends the checks; one that is under way is broken off, and nothing is heard of it. */
    @Override
    public void close() {
        monitor.forget(this);
    }

    public HealthState state() {
        return monitor.locked(() -> state);
    }

    /** The last probes, oldest first. */
    public List<ProbeRecord> recent() {
        return monitor.locked(() -> List.copyOf(recent));
    }

    /** What came of a probe. */
    record Outcome(boolean success, int exitCode, String output) {}

    Outcome probe() throws InterruptedException {
        ExecResult result;
        try {
            result = prober.probe(ExecPlan.of(check.command(), check.timeout()));
        } catch (RuntimeFailure e) {
            // The container may just be ending: that is for others to see.
            return new Outcome(false, -1, e.getMessage());
        }
        return switch (result) {
            case ExecResult.Ended(var code, var output) -> new Outcome(code == 0, code, output);
            case ExecResult.TimedOut timedOut ->
                new Outcome(
                        false,
                        -1,
                        "Health check exceeded timeout (" + text(check.timeout()) + "): " + timedOut.output());
            case ExecResult.NotStarted(var reason) -> new Outcome(false, -1, reason);
        };
    }

    /** Under the monitor's lock. True if the state is another one than before. */
    boolean finished(Outcome outcome, Instant start, Instant end, Duration startedAfter) {
        if (recent.size() == KEPT_PROBES) {
            recent.removeFirst();
        }
        recent.addLast(new ProbeRecord(start, end, outcome.exitCode(), outcome.output()));
        var before = state;
        state = state.after(outcome.success(), startedAfter, check);
        return state.phase() != before.phase();
    }

    void tell(HealthState changed) {
        listener.changed(changed);
    }

    private static String text(Duration duration) {
        return duration.toString().substring(2).toLowerCase(java.util.Locale.ROOT);
    }
}
