package dev.muster.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What clients did and were told, by config. What failed is not in it, as it has not happened: if its effect is seen nevertheless,
 * no order explains that. Any thread.
 */
final class History {
    private final Map<String, List<Interval<ConfigOperation>>> byName = new TreeMap<>();
    private final Map<String, Long> counts = new TreeMap<>();
    private long lastWritten = Long.MIN_VALUE;
    private long longestStall;

    /** What is to be recorded of one call. */
    synchronized void add(String name, ConfigOperation operation, long invokedNanos, long returnedNanos) {
        var answer = operation.answer();
        counts.merge(
                operation.call().getClass().getSimpleName() + " "
                        + answer.getClass().getSimpleName(),
                1L,
                Long::sum);
        if (answer instanceof Answer.Written) {
            longestStall = lastWritten == Long.MIN_VALUE ? 0 : Math.max(longestStall, returnedNanos - lastWritten);
            lastWritten = Math.max(lastWritten, returnedNanos);
        }
        boolean unknown = answer instanceof Answer.Unknown;
        if (answer instanceof Answer.Failed || (unknown && operation.call() instanceof ConfigCall.Read)) {
            return;
        }
        byName.computeIfAbsent(name, _ -> new ArrayList<>())
                .add(new Interval<>(operation, invokedNanos, unknown ? Interval.FOREVER : returnedNanos));
    }

    /** A copy. */
    synchronized Map<String, List<Interval<ConfigOperation>>> byName() {
        Map<String, List<Interval<ConfigOperation>>> copy = new TreeMap<>();
        byName.forEach((name, operations) -> copy.put(name, List.copyOf(operations)));
        return copy;
    }

    /** How often each call got each answer: {@code Create Written}. */
    synchronized Map<String, Long> counts() {
        return new TreeMap<>(counts);
    }

    /** Creates and updates that were acknowledged. */
    synchronized long written() {
        return counts.getOrDefault("Create Written", 0L) + counts.getOrDefault("Update Written", 0L);
    }

    /** The longest time between two acknowledged writes. */
    synchronized Duration longestStall() {
        return Duration.ofNanos(longestStall);
    }
}
