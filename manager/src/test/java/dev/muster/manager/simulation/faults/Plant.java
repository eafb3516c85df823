package dev.muster.manager.simulation.faults;

import dev.muster.api.LogEntry;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.state.ClusterReducer;
import dev.muster.manager.state.ClusterState;
import java.util.List;

/** Where a bug can be planted, to see that it is found. Each method by itself does what the product does. */
interface Plant {
    /** No bug. */
    Plant NONE = new Plant() {};

    default List<ControlLoop> loops(List<ControlLoop> loops) {
        return loops;
    }

    default ClusterReducer.Applied reduce(ClusterState state, LogEntry entry, long term) {
        return ClusterReducer.apply(state, entry, term);
    }

    /** How many members have to have an entry. */
    default int majority(int members) {
        return members / 2 + 1;
    }

    /** Whether proposals are said to be accepted when the leader alone has them. */
    default boolean acknowledgesEarly() {
        return false;
    }

    /** Whether reads are answered without asking whether this manager is behind. */
    default boolean readsLocally() {
        return false;
    }

    /** The term that agents are told. */
    default long toldTerm(long term) {
        return term;
    }
}
