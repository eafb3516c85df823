package dev.muster.faults;

import java.util.List;

/** What a check found out about a history. */
sealed interface Linearization<O> {
    /** There is an order that explains every answer; pending operations that are not in it had no effect. */
    record Found<O>(List<Interval<O>> order) implements Linearization<O> {
        public Found {
            order = List.copyOf(order);
        }
    }

    /**
     * There is none.
     *
     * @param explained the longest order that explains answers, up to where it got stuck
     * @param stuck the operation that returned by then and fits nowhere
     */
    record Impossible<O>(List<Interval<O>> explained, Interval<O> stuck) implements Linearization<O> {
        public Impossible {
            explained = List.copyOf(explained);
        }
    }

    /** The search was given up: nothing is known. */
    record Undecided<O>(long steps) implements Linearization<O> {}
}
