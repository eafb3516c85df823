/**
 * Who the managers are. A node whose certificate says manager asks for its place
 * ({@link dev.muster.manager.membership.MembershipEndpoint}): that is written into its node object, and the leader makes
 * the Raft group what the nodes say, one member at a time ({@link dev.muster.manager.membership.MembershipPlan} decides,
 * {@link dev.muster.manager.membership.MembershipDuty} does it); a demoted manager leaves the group before it loses its
 * role. The leader also keeps in the state whom it hears of ({@link dev.muster.manager.membership.ManagerStatuses}).
 *
 * <p>May depend on {@code state}, {@code loop}, {@code write}, {@code dev.muster.api}, {@code dev.muster.pki} and gRPC; Raft
 * itself is behind {@link dev.muster.manager.membership.RaftGroup}. Start reading at
 * {@link dev.muster.manager.membership.MembershipPlan}.
 */
@NullMarked
package dev.muster.manager.membership;

import org.jspecify.annotations.NullMarked;
