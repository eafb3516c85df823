/**
 * Who answers for an address or a port that stands for many: nftables. Depends on {@code plan}.
 *
 * <p>Three tables, each with a class that writes its text and keeps what is in force: {@link
 * dev.muster.net.lb.VipTable} in an overlay network's hidden namespace, {@link dev.muster.net.lb.HostTable} in the
 * host's (routing mesh, host ports, egress), {@link dev.muster.net.lb.SandboxTable} in a container's (DNS, the way
 * back of the mesh). Changes are written as elements of maps, in one transaction; a whole table is written only when
 * what is in force is unknown. {@link dev.muster.net.lb.Nftables} is the only class that calls libnftables.
 */
@NullMarked
package dev.muster.net.lb;

import org.jspecify.annotations.NullMarked;
