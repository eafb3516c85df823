package dev.muster.manager.simulation.faults;

import java.time.Duration;
import java.util.PriorityQueue;

/** What is to happen, in the order of time, and at one instant in the order in which it was asked for. */
final class Timeline {
    private record Event(long at, long number, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long now;
    private long numbers;

    /** Nanoseconds since the beginning. */
    long nanos() {
        return now;
    }

    void after(Duration delay, Runnable action) {
        events.add(new Event(now + Math.max(0, delay.toNanos()), numbers++, action));
    }

    /** Now, but not before what runs at this moment has ended. */
    void soon(Runnable action) {
        after(Duration.ZERO, action);
    }

    /** Lets the next thing happen; there is always one, as hosts have timers. */
    void step() {
        var event = events.remove();
        now = event.at();
        event.action().run();
    }

    /** Whether the next thing happens before then. */
    boolean hasEventBefore(long nanos) {
        var next = events.peek();
        return next != null && next.at() < nanos;
    }

    void advanceTo(long nanos) {
        now = Math.max(now, nanos);
    }
}
