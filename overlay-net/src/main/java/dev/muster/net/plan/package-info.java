/**
 * What the kernel should hold for this node's networks, and the steps from what it holds to that: values and pure
 * functions, no clock, no I/O. Depends on the messages of {@code proto} only.
 *
 * <p>Start at {@link dev.muster.net.plan.NetworkTables}: the managers' tables of one network, checked and indexed. From
 * it come {@link dev.muster.net.plan.ForwardingState} (which address is behind which host) and, by
 * {@link dev.muster.net.plan.ServicePlan}, two {@link dev.muster.net.plan.Balance}s: which address, and which port of
 * every host, stands for which tasks. Each compares itself with what is in force and yields the steps between the two.
 */
@NullMarked
package dev.muster.net.plan;

import org.jspecify.annotations.NullMarked;
