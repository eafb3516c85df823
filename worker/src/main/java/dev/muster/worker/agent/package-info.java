/**
 * The node's side of the managers' dispatcher: a session with one manager at a time, from which assignments come and to
 * which statuses and logs go. {@link dev.muster.worker.agent.Agent} is the whole; {@code AgentSession} one connection's
 * life; {@code AssignmentSet} what the managers want, as a value; {@code AssignmentApplier} makes it so: journal, tasks,
 * networks, acknowledgement, in this order.
 *
 * <p>Without managers everything goes on as it was last told. May depend on {@code task}, {@code journal}, {@code log} and
 * on {@code dev.muster.pki} for channels. Start reading at {@code Agent}, then {@code AssignmentSet}.
 */
@NullMarked
package dev.muster.worker.agent;

import org.jspecify.annotations.NullMarked;
