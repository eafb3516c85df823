package dev.muster.net;

import dev.muster.api.PortConfig;
import dev.muster.api.PortProtocol;
import dev.muster.api.PublishMode;
import dev.muster.net.lb.HostTable;
import dev.muster.net.lb.Nftables;
import dev.muster.net.link.Connections;
import dev.muster.net.link.HostLinks;
import dev.muster.net.link.NetworkNamespace;
import dev.muster.net.link.PeerEnd;
import dev.muster.net.plan.Balance;
import dev.muster.net.plan.EgressPool;
import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.NetworkTables;
import dev.muster.net.plan.PublishedPort;
import dev.muster.net.plan.ServicePlan;
import dev.muster.net.plan.Subnet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the overlay has in the host's own namespace: the egress bridge, the way into the ingress network, the table of
 * published ports. The overlay calls it under its lock.
 */
final class HostSide implements AutoCloseable {
    private final NetworkNamespace host;
    private final HostLinks links;
    private final HostTable table;
    private final Subnet egress;
    private final int mtu;
    private final SortedMap<PublishedPort, HostTable.Target> hostPorts = new TreeMap<>();
    private final Leftovers leftovers = new Leftovers();
    private Balance<PublishedPort> mesh = Balance.empty();
    private Optional<Ipv4> lastEgress = Optional.empty();
    /** The ingress network that the host is a member of. */
    private @Nullable LocalNetwork ingress;

    private HostSide(NetworkNamespace host, HostLinks links, HostTable table, Subnet egress, int mtu) {
        this.host = host;
        this.links = links;
        this.table = table;
        this.egress = egress;
        this.mtu = mtu;
    }

    static String tableName(String prefix) {
        return "muster-" + prefix;
    }

    /** @throws OverlayException if the underlay's address or the egress subnet cannot be used here */
    static HostSide open(OverlayConfig config, NetworkNamespace host) {
        var links = HostLinks.open(host, config.prefix());
        var subnet = Subnet.parse(config.egressSubnet());
        var gateway = EgressPool.gateway(subnet);
        int mtu = links.mtuOf(Ipv4.parse(config.underlayAddress()))
                .orElseThrow(() -> OverlayException.fatal("no link of this host has the data path address "
                        + config.underlayAddress() + ": name one that it has"));
        links.routeInto(subnet).ifPresent(route -> {
            throw OverlayException.fatal(
                    "the egress subnet " + subnet + " overlaps this host's route to " + route + ": choose another one");
        });
        links.ensureEgress(gateway, mtu);
        var table = new HostTable(host.call(Nftables::open), tableName(config.prefix()));
        return new HostSide(host, links, table, gateway, mtu);
    }

    /** Removes everything of it. */
    static void remove(OverlayConfig config, NetworkNamespace host) {
        try (var links = HostLinks.open(host, config.prefix());
                var table = new HostTable(host.call(Nftables::open), tableName(config.prefix()))) {
            table.remove();
            links.removeAll();
        }
    }

    HostLinks links() {
        return links;
    }

    int mtu() {
        return mtu;
    }

    Ipv4 gateway() {
        return egress.address();
    }

    Subnet egressAddress(Ipv4 address) {
        return new Subnet(address, egress.prefixLength());
    }

    /** @throws OverlayException if all are taken */
    Ipv4 chooseEgress(Set<Ipv4> used) {
        var chosen = EgressPool.next(egress, used, lastEgress)
                .orElseThrow(() -> OverlayException.temporary("all " + used.size() + " addresses of the egress subnet "
                        + egress + " are taken: remove containers, or choose a larger subnet"));
        lastEgress = Optional.of(chosen);
        return chosen;
    }

    void plug(Ipv4 address, PeerEnd container) {
        links.plugEgress(address, mtu, container);
    }

    /** The port goes with the sandbox's namespace, or else when the sweep finds it. */
    void unplug() {
        leftovers.expect();
    }

    /** @param held addresses of the sandboxes that are present */
    void sweep(Set<Ipv4> held) {
        if (!leftovers.any()) {
            return;
        }
        var plugged = links.egressPorts();
        plugged.removeAll(held);
        leftovers.due(plugged).forEach(links::unplugEgress);
    }

    /** Puts the mesh of the ingress network into force, or none. */
    void program(Optional<LocalNetwork> network) {
        table.verify();
        if (network.isPresent()) {
            if (ingress != network.get()) {
                links.joinIngress(network.get().bridge());
                ingress = network.get();
            }
        } else {
            links.leaveIngress();
            ingress = null;
        }
        mesh = mesh.follow(
                network.map(LocalNetwork::tables).map(HostSide::published).orElseGet(TreeMap::new));
        apply();
        var gone = network.map(LocalNetwork::gone).orElseGet(Set::of);
        if (!gone.isEmpty()) {
            host.call(() -> Connections.forgetDatagrams(gone));
        }
    }

    private static SortedMap<PublishedPort, Balance.Target> published(NetworkTables tables) {
        return ServicePlan.published(tables);
    }

    /** Where host-mode ports lead; those of a sandbox that was there before are put in without any check. */
    void publish(Collection<PortConfig> ports, Ipv4 address) {
        for (var port : ports) {
            hostPorts.put(
                    new PublishedPort(port.getProtocol(), port.getPublishedPort()),
                    new HostTable.Target(address, port.getTargetPort()));
        }
    }

    void unpublish(Collection<PortConfig> ports) {
        for (var port : ports) {
            hostPorts.remove(new PublishedPort(port.getProtocol(), port.getPublishedPort()));
        }
    }

    void apply() {
        table.apply(
                new HostTable.State(links.egressLink(), egress, links.ingressLink(), mesh, new TreeMap<>(hostPorts)));
    }

    /**
     * The ports with published ports chosen where none was asked for.
     *
     * @throws OverlayException if one is taken
     */
    List<PortConfig> bind(List<PortConfig> wanted) {
        var bound = new ArrayList<PortConfig>();
        var taken = new HashSet<>(hostPorts.keySet());
        for (var port : wanted) {
            if (port.getPublishMode() != PublishMode.PUBLISH_HOST) {
                throw OverlayException.fatal("port " + port.getTargetPort() + " is not published in host mode");
            }
            if (port.getTargetPort() < 1 || port.getTargetPort() > 65535 || port.getPublishedPort() > 65535) {
                throw OverlayException.fatal("ports of " + port + " are not within 1-65535");
            }
            int number = probe(port, taken);
            taken.add(new PublishedPort(port.getProtocol(), number));
            bound.add(port.toBuilder().setPublishedPort(number).build());
        }
        return bound;
    }

    /** How many free ports the kernel may offer that we have given away already, before something must be wrong. */
    private static final int PROBES = 64;

    private int probe(PortConfig port, Set<PublishedPort> taken) {
        int wanted = port.getPublishedPort();
        for (int attempt = 0; attempt < PROBES; attempt++) {
            var free = host.call(() -> free(port.getProtocol(), wanted));
            if (free.isEmpty()) {
                throw OverlayException.temporary("host port " + wanted + "/" + name(port)
                        + " is in use by a process of " + "this host: stop it, or publish another port");
            }
            var candidate = new PublishedPort(port.getProtocol(), free.get());
            boolean ours = taken.contains(candidate) || mesh.entries().containsKey(candidate);
            if (!ours) {
                return free.get();
            }
            if (wanted != 0) {
                throw OverlayException.temporary("host port " + candidate + " is already published on this node by "
                        + (taken.contains(candidate) ? "another container" : "the routing mesh"));
            }
        }
        throw OverlayException.temporary("no free host port for target port " + port.getTargetPort());
    }

    private static String name(PortConfig port) {
        return new PublishedPort(port.getProtocol(), port.getPublishedPort()).protocolName();
    }

    /** A port that no process of the host has; SCTP cannot be probed from Java. */
    private static Optional<Integer> free(PortProtocol protocol, int port) {
        var address = new InetSocketAddress((InetAddress) null, port);
        try {
            if (protocol == PortProtocol.PROTOCOL_UDP) {
                try (var channel = DatagramChannel.open(StandardProtocolFamily.INET)) {
                    return Optional.of(channel.bind(address).socket().getLocalPort());
                }
            }
            try (var channel = SocketChannel.open(StandardProtocolFamily.INET)) {
                return Optional.of(channel.bind(address).socket().getLocalPort());
            }
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        table.close();
        links.close();
    }
}
