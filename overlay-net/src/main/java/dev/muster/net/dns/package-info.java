/**
 * The resolver at 127.0.0.11 inside each container. Names of the networks that the container is on are answered from
 * the managers' tables, others by the host's resolvers. Depends on {@code plan} (the tables) and {@code link}
 * (namespaces).
 *
 * <p>Pure: {@link dev.muster.net.dns.DnsMessage} reads and writes messages, {@link dev.muster.net.dns.NetworkNames} are
 * the names of one network, {@link dev.muster.net.dns.Resolution} decides what a container is told. Around them, one
 * thread for all sandboxes: start at {@link dev.muster.net.dns.DnsServer}.
 */
@NullMarked
package dev.muster.net.dns;

import org.jspecify.annotations.NullMarked;
