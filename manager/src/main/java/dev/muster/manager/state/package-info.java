/**
 * The cluster's state and the rules by which it changes. {@link dev.muster.manager.state.ClusterState} is one immutable
 * value; a {@code ChangeSet} made with {@link dev.muster.manager.state.ChangeSetBuilder} is accepted or rejected by the
 * pure {@link dev.muster.manager.state.ClusterReducer}, the same on every manager;
 * {@link dev.muster.manager.state.ClusterStates} holds the current value and tells who waits for it;
 * {@link dev.muster.manager.state.Proposer} is the boundary to the replicated log.
 *
 * <p>May depend on {@code dev.muster.api} and persistent collections, on nothing else of the manager. No clock, no
 * randomness, no host. Start reading at {@link dev.muster.manager.state.ClusterReducer}.
 */
@NullMarked
package dev.muster.manager.state;

import org.jspecify.annotations.NullMarked;
