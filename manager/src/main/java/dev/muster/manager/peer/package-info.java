/**
 * How a manager that does not lead serves users all the same: what it proposes goes to the leader and comes back with
 * the outcome ({@link dev.muster.manager.peer.LeaderProposer}, answered by
 * {@link dev.muster.manager.peer.ProposalsEndpoint}); logs are read where agents send them
 * ({@link dev.muster.manager.peer.LeaderLogs}). A change of leader is waited for, so that users see a stall and no
 * error.
 *
 * <p>May depend on {@code state}, {@code dev.muster.api}, {@code dev.muster.pki} and gRPC. Start reading at
 * {@link dev.muster.manager.peer.LeaderProposer}.
 */
@NullMarked
package dev.muster.manager.peer;

import org.jspecify.annotations.NullMarked;
