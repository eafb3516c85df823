package dev.muster.net.lb;

import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.Mac;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.Collectors;

/**
 * The tables in a container's namespace. DNS queries to 127.0.0.11:53 go to the ports that the daemon listens on. And,
 * with a link on the ingress network, replies go back to the host that let the connection in, whatever the client's
 * address is: the frame that came in has the hardware address of that host's ingress link; the connection is marked
 * with it; replies take its mark, a route of their own, and at the very end the host's hardware address. So the rules
 * do not grow with the hosts, only two maps do.
 *
 * <p>Pure text; {@link Nftables} opened in the namespace carries it out.
 */
public final class SandboxTable {
    private static final String NAME = "muster";

    /** Replies of the mesh carry a mark with these first eight bits (ASCII M)… */
    public static final int MARK = 0x4d000000;

    /** …and in the rest the last 24 bits of the host's address, which tell hosts apart in any subnet of ours. */
    public static final int MARK_MASK = 0xff000000;

    private SandboxTable() {}

    /**
     * A container's part in the ingress network.
     *
     * @param link the container's on the ingress network
     * @param egressLink the one that its default route leaves by
     * @param entries addresses of all hosts on the ingress network: those through which clients come in
     */
    public record Ingress(String link, String egressLink, Ipv4 egressAddress, SortedSet<Ipv4> entries) {}

    /** Replaces both tables. */
    public static String whole(int dnsUdpPort, int dnsTcpPort, Optional<Ingress> ingress) {
        var text = new StringBuilder();
        SlotsText.line(text, "table ip " + NAME);
        SlotsText.line(text, "delete table ip " + NAME);
        text.append("""
                table ip %s {
                  chain resolving {
                    type nat hook output priority -100; policy accept;
                    ip daddr 127.0.0.11 udp dport 53 dnat to 127.0.0.11:%d
                    ip daddr 127.0.0.11 tcp dport 53 dnat to 127.0.0.11:%d
                  }
                }
                """.formatted(NAME, dnsUdpPort, dnsTcpPort));
        ingress.ifPresent(on -> text.append(frame(on)).append(entries(on.entries)));
        return text.toString();
    }

    /** Replaces what the maps hold. */
    public static String entries(SortedSet<Ipv4> entries) {
        var text = new StringBuilder();
        SlotsText.line(text, "flush map ip " + NAME + " entries");
        SlotsText.line(text, "flush map netdev " + NAME + " exits");
        if (!entries.isEmpty()) {
            SlotsText.line(
                    text,
                    entries.stream()
                            .map(host -> new Mac(host) + " : " + mark(host))
                            .collect(Collectors.joining(", ", "add element ip " + NAME + " entries { ", " }")));
            SlotsText.line(
                    text,
                    entries.stream()
                            .map(host -> mark(host) + " : " + new Mac(host))
                            .collect(Collectors.joining(", ", "add element netdev " + NAME + " exits { ", " }")));
        }
        return text.toString();
    }

    /**
     * Every packet of a client renews the mark, not only the first: a UDP client that a load balancer moves to another
     * host gets its answers by that one.
     *
     * <p>A UDP server that is bound to no address answers from the one that the route to the client suggests, which is
     * that of the egress link: so that is where such a client's packets must be seen to go.
     */
    private static String frame(Ingress on) {
        return """
                table ip %1$s {
                  map entries {
                    type ether_addr : mark
                  }
                  chain arriving {
                    type filter hook prerouting priority mangle; policy accept;
                    iifname "%2$s" ct direction original ct mark set ether saddr map @entries
                  }
                  chain answering {
                    type nat hook prerouting priority dstnat; policy accept;
                    iifname "%2$s" meta l4proto udp fib saddr oifname "%5$s" dnat to %6$s
                  }
                  chain replying {
                    type route hook output priority mangle; policy accept;
                    ct direction reply ct mark & 0x%3$x == 0x%4$x meta mark set ct mark
                  }
                }
                table netdev %1$s
                delete table netdev %1$s
                table netdev %1$s {
                  map exits {
                    type mark : ether_addr
                  }
                  chain replying {
                    type filter hook egress device "%2$s" priority filter; policy accept;
                    ether daddr set meta mark map @exits
                  }
                }
                """.formatted(NAME, on.link, MARK_MASK, MARK, on.egressLink, on.egressAddress);
    }

    private static String mark(Ipv4 host) {
        return String.format("0x%08x", MARK | (host.bits() & ~MARK_MASK));
    }
}
