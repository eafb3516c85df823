/**
 * The kernel's links, addresses, routes and namespaces, by rtnetlink and a few system calls. Decides nothing: whoever
 * calls it knows what should be.
 *
 * <p>{@link dev.muster.net.link.Libc} is the only class that calls the C library.
 * {@link dev.muster.net.link.NetworkNamespace} makes, pins and enters namespaces;
 * {@link dev.muster.net.link.NetlinkSocket} carries requests that {@code Links}, {@code Addresses}, {@code Neighbours}
 * and {@code Routes} write. A netlink socket stays in the namespace it was opened in, whichever thread uses it: so one
 * socket per hidden namespace is kept open, and no thread needs to go there again. On top of these,
 * {@link dev.muster.net.link.OverlayBridge} is one network on this node, {@link dev.muster.net.link.HostLinks} what the
 * host's own namespace holds, and {@link dev.muster.net.link.SandboxLinks} a container's end.
 *
 * <p>Depends on {@code plan} only. Start reading at {@link dev.muster.net.link.OverlayBridge}.
 */
@NullMarked
package dev.muster.net.link;

import org.jspecify.annotations.NullMarked;
