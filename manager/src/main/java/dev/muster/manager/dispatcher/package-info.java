/**
 * Talks to agents: sessions and heartbeats, what each node is to do, and what it reports. Decides when a node is down and
 * in which order a stop reaches the nodes; everything else that it tells agents is a pure function of the state.
 *
 * <p>May depend on {@code state}, {@code loop} and {@code settings}. Start reading at {@link
 * dev.muster.manager.dispatcher.Dispatcher}, which is one leadership's; {@link
 * dev.muster.manager.dispatcher.AssignmentSets} is what a node is told, {@link
 * dev.muster.manager.dispatcher.AssignmentFeed} how it is told by differences, {@link
 * dev.muster.manager.dispatcher.StopOrder} why a stop may wait.
 */
@NullMarked
package dev.muster.manager.dispatcher;

import org.jspecify.annotations.NullMarked;
