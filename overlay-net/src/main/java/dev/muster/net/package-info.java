/**
 * Overlay networks on one node. Start at {@link dev.muster.net.Overlay}: the managers' tables go in with {@code
 * program}, containers get their networks with {@code attach}.
 *
 * <p>{@code plan} decides what the kernel should hold, as pure functions; {@code link} speaks netlink and keeps network
 * namespaces; {@code lb} speaks nftables: virtual addresses, the routing mesh, egress; {@code dns} answers the
 * containers' queries. This package composes them; none of them knows it. Why it is as it is: {@code docs} of this
 * module. Depends on the messages of {@code proto}.
 */
@NullMarked
package dev.muster.net;

import org.jspecify.annotations.NullMarked;
