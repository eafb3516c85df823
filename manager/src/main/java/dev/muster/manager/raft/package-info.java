/**
 * The replicated log, by Apache Ratis. {@link dev.muster.manager.raft.RaftNode} is this manager's member of the group;
 * {@link dev.muster.manager.raft.ProposalQueue} groups what is proposed into entries;
 * {@link dev.muster.manager.raft.ClusterStateMachine} applies entries through the reducer and writes snapshots. What
 * reaches the disk is sealed under the keys of {@link dev.muster.manager.raft.KeyRing}.
 *
 * <p>May depend on {@code dev.muster.manager.state}, {@code dev.muster.api}, {@code dev.muster.pki} and Ratis. Only the composition root sees this
 * package. Start reading at {@link dev.muster.manager.raft.RaftNode}.
 */
@NullMarked
package dev.muster.manager.raft;

import org.jspecify.annotations.NullMarked;
