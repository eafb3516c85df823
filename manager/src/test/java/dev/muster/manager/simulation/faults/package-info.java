/**
 * Whole clusters under faults, in simulated time: several managers with a replicated log, the real reducer, loops,
 * dispatcher and control service, workers that keep a journal, and a network, clocks and hosts that fail. Exactly one
 * thing runs at a time and everything random comes from one seed, so a failing seed fails again in the same way.
 *
 * <p>Start reading at {@link dev.muster.manager.simulation.faults.World}, which puts it together;
 * {@link dev.muster.manager.simulation.faults.Mishaps} is what goes wrong, {@link
 * dev.muster.manager.simulation.faults.Rule} names what must hold nevertheless.
 */
@NullMarked
package dev.muster.manager.simulation.faults;

import org.jspecify.annotations.NullMarked;
