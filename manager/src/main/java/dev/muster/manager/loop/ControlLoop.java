package dev.muster.manager.loop;

import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Touched;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * One concern of the managers, as a pure function from state to changes. It keeps no memory of its own: what it has to
 * remember (restarts, progress, delays) it writes into the state, so that the next leader goes on where this one
 * stopped. Level-triggered: it compares what is with what should be, and a pass over a state that needs nothing changes
 * nothing.
 */
public interface ControlLoop {
    /** A short name for logs, metrics and the origin of change sets: {@code replicated}. */
    String name();

    /**
     * Decides what to change. Called by one thread at a time; never blocks, reads no clock.
     *
     * @param state what is
     * @param now the time to stamp on changes and to compare delays with
     * @param random for choices that may fall either way
     * @param touched what may differ from the state of the last pass: a hint for skipping the rest. It says everything
     *     on the first pass of a leadership, when a wakeup is due, and after an error; it is repeated until what was
     *     decided on it is accepted
     */
    Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched);
}
