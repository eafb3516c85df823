package dev.muster.manager.simulation.faults;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A machine with one process of ours: what that process has asked for happens while it lives, late if it is suspended,
 * and never once it has died. Its wall clock may be set; its monotonic clock only goes on.
 */
final class Host {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    /** The monotonic clocks of hosts have nothing to do with each other. */
    private static final long CLOCK_SPREAD = Duration.ofDays(100).toNanos();

    private final String name;
    private final Timeline timeline;
    private final Fibers fibers;
    private final SplittableRandom random;
    private final long clockBegin;
    private final List<Fibers.Fiber> running = new ArrayList<>();
    private final Deque<Runnable> late = new ArrayDeque<>();
    private Duration clockError = Duration.ZERO;
    private boolean up = true;
    private boolean suspended;
    private long life;
    private @Nullable Runnable onDeath;

    Host(String name, Timeline timeline, Fibers fibers, SplittableRandom random) {
        this.name = name;
        this.timeline = timeline;
        this.fibers = fibers;
        this.random = random;
        this.clockBegin = random.nextLong(CLOCK_SPREAD);
    }

    String name() {
        return name;
    }

    SplittableRandom random() {
        return random;
    }

    Fibers fibers() {
        return fibers;
    }

    boolean up() {
        return up;
    }

    boolean suspended() {
        return suspended;
    }

    /** Whether it can do something at this moment. */
    boolean awake() {
        return up && !suspended;
    }

    Instant wallClock() {
        return START.plusNanos(timeline.nanos()).plus(clockError);
    }

    long nanoTime() {
        return clockBegin + timeline.nanos();
    }

    void setClock(Duration error) {
        clockError = error;
    }

    void after(Duration delay, Runnable action) {
        long asked = life;
        timeline.after(delay, () -> run(asked, action));
    }

    /** Between nothing and this, at random. */
    void afterAtMost(Duration delay, Runnable action) {
        after(Duration.ofNanos(random.nextLong(delay.toNanos() + 1)), action);
    }

    void every(Duration period, Runnable action) {
        after(period, () -> {
            action.run();
            every(period, action);
        });
    }

    /** Runs something that may wait. */
    void fork(String what, Runnable body) {
        after(Duration.ZERO, () -> {
            running.removeIf(Fibers.Fiber::ended);
            running.add(fibers.start(name + " " + what, body));
        });
    }

    private void run(long asked, Runnable action) {
        if (asked != life || !up) {
            return;
        }
        if (suspended) {
            late.add(() -> run(asked, action));
        } else {
            action.run();
        }
    }

    /** Called when the process is killed, by nobody who belongs to it. */
    void onDeath(Runnable action) {
        onDeath = action;
    }

    /** Kills the process; what it had on disk is there when it is started again. */
    void kill() {
        up = false;
        suspended = false;
        life++;
        late.clear();
        running.forEach(Fibers.Fiber::kill);
        running.clear();
        if (onDeath != null) {
            onDeath.run();
        }
    }

    void start() {
        up = true;
    }

    void suspend() {
        suspended = true;
    }

    void resume() {
        suspended = false;
        while (!late.isEmpty()) {
            timeline.soon(late.removeFirst());
        }
    }
}
