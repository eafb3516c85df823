/**
 * A small cluster on one thread for tests of the loops: the real loops, reducer and drivers, a log in memory, a clock that
 * jumps from event to event, and toy agents. Everything random comes from one seed. Start reading at
 * {@link dev.muster.manager.simulation.Simulation}. Whole clusters under faults are in {@code faults}.
 */
@NullMarked
package dev.muster.manager.simulation;

import org.jspecify.annotations.NullMarked;
