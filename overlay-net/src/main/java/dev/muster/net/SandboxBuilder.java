package dev.muster.net;

import dev.muster.api.NetworkAttachment;
import dev.muster.net.dns.ResolvConf;
import dev.muster.net.dns.ResolverSockets;
import dev.muster.net.lb.Nftables;
import dev.muster.net.lb.SandboxTable;
import dev.muster.net.link.NamespacePins;
import dev.muster.net.link.NetworkNamespace;
import dev.muster.net.link.PeerEnd;
import dev.muster.net.link.SandboxLinks;
import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.Mac;
import dev.muster.net.plan.NetworkTables;
import dev.muster.net.plan.Subnet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Makes and removes what a sandbox has in the kernel. The overlay calls it under its lock. */
final class SandboxBuilder {
    static final String PIN_PREFIX = "box-";

    /** The routing table of the mesh's replies, in a namespace that has no other tables. */
    private static final int REPLY_TABLE = 77;

    private final NamespacePins pins;
    private final HostSide host;
    private final Map<String, LocalNetwork> networks;

    /** @param networks by id; the overlay's own map */
    SandboxBuilder(NamespacePins pins, HostSide host, Map<String, LocalNetwork> networks) {
        this.pins = pins;
        this.host = host;
        this.networks = networks;
    }

    /** An attachment with what it is attached to. */
    private record Plug(LocalNetwork network, Subnet address, int position) {}

    /** @throws OverlayException if something that the sandbox asks for makes no sense, or is not there */
    void check(SandboxSpec spec) {
        for (var plug : plugs(spec)) {
            if (plug.network.holds(plug.address.address())) {
                throw OverlayException.temporary("address " + plug.address + " in network "
                        + plug.network.tables().name() + " is held by another container of this node");
            }
        }
        try {
            spec.dnsServers().forEach(ResolvConf::server);
        } catch (IllegalArgumentException e) {
            throw OverlayException.fatal("sandbox " + spec.id() + ": " + e.getMessage(), e);
        }
    }

    /** Whether it reaches the outside: because it is told to, or by a network that is not internal. */
    boolean reachesOutside(SandboxSpec spec) {
        return spec.egress()
                || !spec.hostPorts().isEmpty()
                || spec.attachments().stream()
                        .anyMatch(attachment ->
                                !network(spec, attachment).tables().internal());
    }

    /** Makes all of it; if any of it fails nothing remains. */
    ResolverSockets build(SandboxSpec spec, Optional<Ipv4> egress) {
        var plugs = plugs(spec);
        try {
            return pins.create(PIN_PREFIX + spec.id(), inside -> build(plugs, egress, inside));
        } catch (RuntimeException e) {
            unplug(plugs, egress);
            throw e;
        }
    }

    private ResolverSockets build(List<Plug> plugs, Optional<Ipv4> egress, NetworkNamespace inside) {
        SandboxLinks.settings();
        var links = new SandboxLinks();
        for (var plug : plugs) {
            plug.network.plug(plug.address.address(), end(inside, plug.position, plug.address.address()));
            links.address(plug.position, plug.address);
            if (plug.network.tables().ingress()) {
                SandboxLinks.acceptFromAnywhere(SandboxLinks.name(plug.position));
                links.markedRoute(
                        plug.position,
                        plug.network.tables().nodeAddress().address(),
                        SandboxTable.MARK,
                        SandboxTable.MARK_MASK,
                        REPLY_TABLE);
            }
        }
        egress.ifPresent(address -> {
            host.plug(address, end(inside, plugs.size(), address));
            links.address(plugs.size(), host.egressAddress(address));
            links.defaultRoute(plugs.size(), host.gateway());
        });
        links.carryOut();
        var sockets = ResolverSockets.open(0, 0);
        try (var nftables = Nftables.open()) {
            nftables.run(SandboxTable.whole(sockets.udpPort(), sockets.tcpPort(), ingress(plugs, egress)));
        } catch (RuntimeException e) {
            sockets.close();
            throw e;
        }
        return sockets;
    }

    /** Listens again for a sandbox that was there before, on its old ports if they are free. */
    ResolverSockets listen(SandboxRecord record) {
        try (var namespace = pins.open(PIN_PREFIX + record.spec().id())) {
            return namespace.call(() -> ResolverSockets.open(record.dnsUdpPort(), record.dnsTcpPort()));
        }
    }

    /** Writes a sandbox's tables anew. */
    void rewrite(SandboxRecord record) {
        inside(
                record,
                SandboxTable.whole(
                        record.dnsUdpPort(), record.dnsTcpPort(), ingress(plugs(record.spec()), record.egress())));
    }

    /** Tells a sandbox on the ingress network through which hosts clients come in. */
    void welcome(SandboxRecord record) {
        ingress(plugs(record.spec()), record.egress())
                .ifPresent(on -> inside(record, SandboxTable.entries(on.entries())));
    }

    void remove(SandboxRecord record) {
        pins.remove(PIN_PREFIX + record.spec().id());
        var plugs = new ArrayList<Plug>();
        for (var attachment : record.spec().attachments()) {
            var network = networks.get(attachment.getNetworkId());
            if (network != null) {
                plugs.add(new Plug(network, Subnet.parse(attachment.getAddress()), plugs.size()));
            }
        }
        unplug(plugs, record.egress());
    }

    private void unplug(List<Plug> plugs, Optional<Ipv4> egress) {
        for (var plug : plugs) {
            plug.network.unplug(plug.address.address());
        }
        egress.ifPresent(address -> host.unplug());
    }

    private void inside(SandboxRecord record, String commands) {
        try (var namespace = pins.open(PIN_PREFIX + record.spec().id())) {
            namespace.run(() -> {
                try (var nftables = Nftables.open()) {
                    nftables.run(commands);
                }
            });
        }
    }

    private List<Plug> plugs(SandboxSpec spec) {
        var plugs = new ArrayList<Plug>();
        var seen = new HashSet<String>();
        for (var attachment : spec.attachments()) {
            var network = network(spec, attachment);
            if (!seen.add(attachment.getNetworkId())) {
                throw OverlayException.fatal("sandbox " + spec.id() + " is attached to network "
                        + network.tables().name() + " twice");
            }
            plugs.add(new Plug(network, address(spec, attachment, network.tables()), plugs.size()));
        }
        return plugs;
    }

    private LocalNetwork network(SandboxSpec spec, NetworkAttachment attachment) {
        var network = networks.get(attachment.getNetworkId());
        if (network == null) {
            throw OverlayException.temporary("sandbox " + spec.id() + " wants network " + attachment.getNetworkId()
                    + ", which this node does not take part in: it is not in the tables, or could not be made");
        }
        return network;
    }

    private static Subnet address(SandboxSpec spec, NetworkAttachment attachment, NetworkTables tables) {
        Subnet address;
        try {
            address = Subnet.parse(attachment.getAddress());
        } catch (IllegalArgumentException e) {
            throw OverlayException.fatal(
                    "sandbox " + spec.id() + " in network " + tables.name() + ": " + e.getMessage(), e);
        }
        if (!tables.nodeAddress().contains(address.address())
                || address.prefixLength() != tables.nodeAddress().prefixLength()) {
            throw OverlayException.fatal("sandbox " + spec.id() + ": " + address + " is not in the subnet of network "
                    + tables.name() + ", where this node is " + tables.nodeAddress());
        }
        return address;
    }

    private static PeerEnd end(NetworkNamespace inside, int position, Ipv4 address) {
        return new PeerEnd(inside, SandboxLinks.name(position), SandboxLinks.index(position), new Mac(address));
    }

    private static Optional<SandboxTable.Ingress> ingress(List<Plug> plugs, Optional<Ipv4> egress) {
        return plugs.stream()
                .filter(plug -> plug.network.tables().ingress())
                .findFirst()
                .map(plug -> new SandboxTable.Ingress(
                        SandboxLinks.name(plug.position),
                        SandboxLinks.name(plugs.size()),
                        egress.orElseThrow(),
                        entries(plug.network.tables())));
    }

    /** Every host's address on the ingress network, with this one's. */
    static SortedSet<Ipv4> entries(NetworkTables ingress) {
        var entries = new TreeSet<Ipv4>();
        entries.add(ingress.nodeAddress().address());
        for (var peer : ingress.peers().values()) {
            entries.add(Subnet.parse(peer.getAddress()).address());
        }
        return entries;
    }
}
