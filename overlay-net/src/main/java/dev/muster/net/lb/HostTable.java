package dev.muster.net.lb;

import static dev.muster.net.lb.SlotsText.line;

import dev.muster.net.plan.Balance;
import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.PublishedPort;
import dev.muster.net.plan.Subnet;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The host's own table: published ports lead to tasks on the ingress network with the client's address kept, host-mode
 * ports to containers of this node, and containers reach the outside by the host's address. What it does not mention it
 * does not touch: it drops only packets to and from our own two links. What comes from the ingress network may only be
 * replies: its containers get neither to the host nor through it.
 *
 * <p>Not thread-safe: the overlay calls it under its lock.
 */
public final class HostTable implements AutoCloseable {
    private final Nftables nftables;
    private final String name;
    private @Nullable State inForce;

    /** Where a host-mode port leads. */
    public record Target(Ipv4 address, int port) {}

    /**
     * What the table says.
     *
     * @param egress the egress bridge's address and subnet
     * @param mesh published port → tasks' addresses on the ingress network; without tasks: refused
     * @param hostPorts host-mode ports of this node's containers
     */
    public record State(
            String egressLink,
            Subnet egress,
            String ingressLink,
            Balance<PublishedPort> mesh,
            SortedMap<PublishedPort, Target> hostPorts) {
        public State withHostPorts(SortedMap<PublishedPort, Target> ports) {
            return new State(egressLink, egress, ingressLink, mesh, ports);
        }

        public State withMesh(Balance<PublishedPort> next) {
            return new State(egressLink, egress, ingressLink, next, hostPorts);
        }
    }

    /**
     * A table of which nothing is known to be in force.
     *
     * @param nftables opened in the host's namespace; closed with this
     * @param name of the table, family ip
     */
    public HostTable(Nftables nftables, String name) {
        this.nftables = nftables;
        this.name = name;
    }

    /**
     * Looks whether the table is still there; if not, the next {@link #apply} writes it anew. Reloading a firewall's
     * configuration often begins by removing everything, ours too.
     */
    public void verify() {
        if (inForce != null && !nftables.run("list tables ip").contains("table ip " + name + "\n")) {
            inForce = null;
        }
    }

    /** Puts it into force: by its differences, or the whole table where what is in force is unknown. */
    public void apply(State next) {
        var before = inForce;
        inForce = null;
        if (before == null || !frame(name, before).equals(frame(name, next))) {
            nftables.run(whole(name, next));
        } else {
            var changes = changes(name, before, next);
            if (!changes.isEmpty()) {
                Transaction.run(nftables, changes, () -> whole(name, next));
            }
        }
        inForce = next;
    }

    /** Removes the table; nothing happens if there is none. */
    public void remove() {
        inForce = null;
        nftables.run("table ip " + name + "\ndelete table ip " + name + "\n");
    }

    static String whole(String name, State state) {
        var text = new StringBuilder();
        line(text, "table ip " + name);
        line(text, "delete table ip " + name);
        text.append(frame(name, state));
        var nothing = state.withMesh(Balance.empty()).withHostPorts(new TreeMap<>());
        return text.append(changes(name, nothing, state)).toString();
    }

    /**
     * What does not change while the daemon runs. A packet for 127.0.0.0/8 from a container must not pass although
     * route_localnet is on; a reply to one that the host itself sent comes to the address that it was masqueraded with.
     */
    private static String frame(String name, State state) {
        return """
                table ip %1$s {
                  map published {
                    type inet_proto . inet_service : verdict
                  }
                  set unserved {
                    type inet_proto . inet_service
                  }
                  map hostports {
                    type inet_proto . inet_service : ipv4_addr . inet_service
                  }
                  chain spoofed {
                    type filter hook prerouting priority raw; policy accept;
                    iifname { "%2$s", "%4$s" } ip daddr 127.0.0.0/8 drop
                  }
                  chain arriving {
                    type nat hook prerouting priority -101; policy accept;
                    iifname != "%4$s" fib daddr type local goto local
                  }
                  chain originating {
                    type nat hook output priority -101; policy accept;
                    fib daddr type local goto local
                  }
                  chain local {
                    meta l4proto . th dport vmap @published
                    dnat ip to meta l4proto . th dport map @hostports
                  }
                  chain refusing {
                    type filter hook input priority filter - 10; policy accept;
                    iifname != "%4$s" meta l4proto . th dport @unserved goto refused
                  }
                  chain intruding {
                    type filter hook input priority filter - 10; policy accept;
                    iifname "%4$s" ct state new drop
                  }
                  chain refused {
                    meta l4proto tcp reject with tcp reset
                    reject
                  }
                  chain passing {
                    type filter hook forward priority filter - 10; policy accept;
                    oifname "%4$s" tcp flags syn / syn,rst tcp option maxseg size set rt mtu
                    oifname "%4$s" ct status dnat accept
                    oifname "%4$s" drop
                    iifname "%4$s" ct state established,related accept
                    iifname "%4$s" drop
                    oifname "%2$s" ct status dnat accept
                    oifname "%2$s" ct state established,related accept
                    oifname "%2$s" drop
                  }
                  chain leaving {
                    type nat hook postrouting priority 99; policy accept;
                    ip saddr %3$s ip saddr != %5$s masquerade
                    ip saddr 127.0.0.0/8 oifname { "%2$s", "%4$s" } masquerade
                  }
                }
                """.formatted(
                        name,
                        state.egressLink,
                        new Subnet(state.egress.network(), state.egress.prefixLength()),
                        state.ingressLink,
                        state.egress.address());
    }

    static String changes(String name, State before, State after) {
        var text = new StringBuilder();
        for (var change : before.mesh.changesTo(after.mesh)) {
            mesh(text, "ip " + name, change);
        }
        hostPorts(text, "ip " + name, before.hostPorts, after.hostPorts);
        return text.toString();
    }

    private static void mesh(StringBuilder text, String table, Balance.Change<PublishedPort> change) {
        var port = change.key();
        var protocol = port.protocolName();
        var key = protocol + " . " + port.port();
        var suffix = protocol + "-" + port.port();
        var slots = new SlotsText(table, "port-" + suffix, "to-" + suffix, "meta l4proto " + protocol + " ");
        var before = change.before();
        var after = change.after();
        boolean refused = before != null && before.backends().isEmpty();
        boolean toRefuse = after != null && after.backends().isEmpty();
        if (refused && !toRefuse) {
            line(text, "delete element " + table + " unserved { " + key + " }");
        }
        if (after != null && !toRefuse) {
            slots.follow(text, before, after);
            if (SlotsText.empty(before)) {
                line(text, "add element " + table + " published { " + key + " : goto port-" + suffix + " }");
            }
        } else if (!SlotsText.empty(before)) {
            line(text, "delete element " + table + " published { " + key + " }");
            slots.remove(text);
        }
        if (toRefuse && !refused) {
            line(text, "add element " + table + " unserved { " + key + " }");
        }
    }

    private static void hostPorts(
            StringBuilder text, String table, Map<PublishedPort, Target> before, Map<PublishedPort, Target> after) {
        before.forEach((port, target) -> {
            if (!target.equals(after.get(port))) {
                line(text, "delete element " + table + " hostports { " + key(port) + " }");
            }
        });
        after.forEach((port, target) -> {
            if (!target.equals(before.get(port))) {
                line(
                        text,
                        "add element " + table + " hostports { " + key(port) + " : " + target.address + " . "
                                + target.port + " }");
            }
        });
    }

    private static String key(PublishedPort port) {
        return port.protocolName() + " . " + port.port();
    }

    @Override
    public void close() {
        nftables.close();
    }
}
