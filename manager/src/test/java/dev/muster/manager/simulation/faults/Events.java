package dev.muster.manager.simulation.faults;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The last things that happened, for people who look into a failure. */
final class Events {
    private static final int KEPT = 100;

    private final Timeline timeline;
    private final Deque<Line> last = new ArrayDeque<>();
    private long digest;

    private record Line(long nanos, String text) {}

    Events(Timeline timeline) {
        this.timeline = timeline;
    }

    void add(String text) {
        last.addLast(new Line(timeline.nanos(), text));
        if (last.size() > KEPT) {
            last.removeFirst();
        }
        digest = digest * 31 + text.hashCode() + timeline.nanos();
    }

    /** Of everything that was ever added: equal for equal runs. */
    long digest() {
        return digest;
    }

    List<String> last() {
        return last.stream()
                .map(line -> "%9.3f s  %s".formatted(line.nanos() / 1e9, line.text()))
                .toList();
    }
}
