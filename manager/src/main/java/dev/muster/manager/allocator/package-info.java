/**
 * Dispenses what must be unique in the cluster: subnets and VNIs to networks, virtual addresses and published ports to
 * services, addresses to tasks, and to nodes one in each network they take part in. Nothing is kept beside the state: an
 * address is free if no object in the state has it, so none can leak; cursors only make reuse come late.
 *
 * <p>May depend on {@code dev.muster.manager.state} and loop; never on orchestrators or the scheduler. Start reading at
 * {@link dev.muster.manager.allocator.AllocatorReconciler}.
 */
@NullMarked
package dev.muster.manager.allocator;

import org.jspecify.annotations.NullMarked;
