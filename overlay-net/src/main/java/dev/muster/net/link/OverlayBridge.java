package dev.muster.net.link;

import dev.muster.net.plan.ForwardingOperation;
import dev.muster.net.plan.ForwardingState;
import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.Mac;
import dev.muster.net.plan.Subnet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One overlay network on this node: a hidden namespace with a bridge, a VXLAN device whose socket is in the host's
 * namespace, and a port for each container. Nothing is learned and nothing flooded: the bridge answers ARP queries
 * itself, from the entries that it is given.
 *
 * <p>Everything is in the kernel; this object holds a netlink socket into the namespace and can be had again by
 * {@link #adopt}. Not thread-safe: its network's owner calls it.
 */
public final class OverlayBridge implements AutoCloseable {
    private static final String BRIDGE = "br0";
    private static final String TUNNEL = "vx0";
    private static final String HOST_PORT = "host";
    private static final String PORT_PREFIX = "p";

    // Interface indexes are ours to choose, so that a whole set-up is one batch. Low ones are taken by the tunnels that
    // some kernels put into every namespace.
    private static final int BRIDGE_INDEX = 100;
    private static final int TUNNEL_INDEX = 101;
    private static final int HOST_INDEX = 102;
    private static final int FIRST_PORT_INDEX = 1000;

    private final Shape shape;
    private final NetworkNamespace namespace;
    private final NetlinkSocket socket;

    /**
     * What cannot change while the network is here.
     *
     * @param nodeAddress this node's own
     * @param ingress then the host is a member, with the node's address, and the bridge has none
     */
    public record Shape(int vni, Subnet nodeAddress, int mtu, boolean ingress) {}

    /** Where this host's end of the tunnels is. */
    public record Underlay(Ipv4 address, int port) {}

    private OverlayBridge(Shape shape, NetworkNamespace namespace, NetlinkSocket socket) {
        this.shape = shape;
        this.namespace = namespace;
        this.socket = socket;
    }

    /** Makes the network; {@code host} is a socket in the host's namespace. */
    public static OverlayBridge create(
            NamespacePins pins, String pin, Shape shape, Underlay underlay, NetlinkSocket host) {
        var socket = pins.create(pin, inside -> {
            settings(shape);
            host.execute(
                    Links.vxlan(TUNNEL, TUNNEL_INDEX, shape.vni, underlay.port, underlay.address, shape.mtu, inside));
            var opened = NetlinkSocket.open();
            try {
                opened.execute(frame(shape));
            } catch (KernelException e) {
                opened.close();
                throw e;
            }
            return opened;
        });
        return new OverlayBridge(shape, pins.open(pin), socket);
    }

    /** Takes over what is pinned, with the address that the node has now. */
    public static OverlayBridge adopt(NamespacePins pins, String pin, Shape shape) {
        var namespace = pins.open(pin);
        var socket = namespace.call(() -> {
            settings(shape);
            return NetlinkSocket.open();
        });
        var adopted = new OverlayBridge(shape, namespace, socket);
        adopted.readdress();
        return adopted;
    }

    /**
     * Removes a network, whatever of it is there. Its tunnel and its link to the host go at once, so that the same
     * network can be made again; the rest ends with the namespace, a moment later.
     */
    public static void remove(NamespacePins pins, String pin) {
        try (var namespace = pins.open(pin);
                var socket = namespace.call(NetlinkSocket::open)) {
            socket.execute(List.of(Links.delete(TUNNEL), Links.delete(HOST_PORT)));
        }
        pins.remove(pin);
    }

    /** Whether a pinned namespace has what makes a network; after a crash in the middle of making it, it may not. */
    public static boolean complete(NamespacePins pins, String pin) {
        try (var namespace = pins.open(pin);
                var socket = namespace.call(NetlinkSocket::open)) {
            var indexes = new HashSet<Integer>();
            for (var link : Links.list(socket)) {
                if (link.index() == BRIDGE_INDEX || (link.index() == TUNNEL_INDEX && link.master() == BRIDGE_INDEX)) {
                    indexes.add(link.index());
                }
            }
            return indexes.size() == 2;
        }
    }

    public Shape shape() {
        return shape;
    }

    public NetworkNamespace namespace() {
        return namespace;
    }

    /** Carries out steps; those that fail do not keep the others from happening. */
    public void apply(List<ForwardingOperation> steps) {
        var requests = new ArrayList<NetlinkRequest>();
        for (var step : steps) {
            switch (step) {
                case ForwardingOperation.PlaceRemote(var address, var host) -> {
                    requests.add(Neighbours.atHost(TUNNEL_INDEX, address, host));
                    requests.add(Neighbours.neighbour(BRIDGE_INDEX, address));
                }
                case ForwardingOperation.ForgetRemote(var address, var host) -> {
                    requests.add(Neighbours.removeFromHost(TUNNEL_INDEX, address));
                    requests.add(Neighbours.removeFromPort(TUNNEL_INDEX, address));
                    requests.add(Neighbours.removeNeighbour(BRIDGE_INDEX, address));
                }
                case ForwardingOperation.AddVip(var address) ->
                    requests.add(Addresses.add(BRIDGE_INDEX, Subnet.host(address)));
                case ForwardingOperation.RemoveVip(var address) ->
                    requests.add(Addresses.remove(BRIDGE_INDEX, Subnet.host(address)));
            }
        }
        socket.execute(requests);
    }

    /** What the kernel has. Entries that are only half there appear with the remote 0.0.0.0. */
    public ForwardingState observe() {
        var neighbours = new HashSet<>(Neighbours.neighbours(socket, BRIDGE_INDEX));
        var hosts = new HashMap<Ipv4, Ipv4>();
        var onBridge = new HashSet<Ipv4>();
        for (var entry : Neighbours.forwarding(socket)) {
            if (entry.port() != TUNNEL_INDEX) {
                continue;
            }
            if (entry.ofBridge()) {
                onBridge.add(entry.mac().address());
            }
            entry.remote().ifPresent(host -> hosts.put(entry.mac().address(), host));
        }
        var remotes = new TreeMap<Ipv4, Ipv4>();
        var seen = new HashSet<>(hosts.keySet());
        seen.addAll(onBridge);
        for (var address : seen) {
            boolean whole = onBridge.contains(address) && neighbours.contains(address);
            remotes.put(address, whole ? hosts.getOrDefault(address, new Ipv4(0)) : new Ipv4(0));
        }
        // A neighbour that is behind no port and no host is left over.
        neighbours.removeAll(seen);
        neighbours.removeAll(plugged());
        neighbours.remove(shape.nodeAddress.address());
        neighbours.forEach(address -> remotes.put(address, new Ipv4(0)));
        var vips = new TreeSet<Ipv4>();
        for (var address : Addresses.list(socket)) {
            if (address.index() == BRIDGE_INDEX && address.address().prefixLength() == 32) {
                vips.add(address.address().address());
            }
        }
        return new ForwardingState(remotes, vips);
    }

    /** The addresses of the containers that have a port here. */
    public SortedSet<Ipv4> plugged() {
        var addresses = new TreeSet<Ipv4>();
        for (var link : Links.list(socket)) {
            if (link.index() >= FIRST_PORT_INDEX) {
                addresses.add(shape.nodeAddress.at(link.index() - FIRST_PORT_INDEX));
            }
        }
        return addresses;
    }

    /** Gives a container its port: from now on {@code address} is here. */
    public void plug(Ipv4 address, PeerEnd container) {
        int index = FIRST_PORT_INDEX + shape.nodeAddress.hostPart(address);
        var name = PORT_PREFIX + address.hex();
        try {
            socket.execute(Links.veth(name, index, BRIDGE_INDEX, shape.mtu, container));
        } catch (KernelException e) {
            if (e.errno() != Errno.EEXIST && e.errno() != Errno.EBUSY) {
                throw e;
            }
            // The namespace of a container that had this address before is still ending.
            socket.execute(Links.delete(name));
            socket.execute(Links.veth(name, index, BRIDGE_INDEX, shape.mtu, container));
        }
        socket.execute(Links.port(name, PortOptions.OVERLAY_MEMBER));
        hold(address);
    }

    /**
     * Makes sure of what {@link #plug} has told the bridge about a container that has its port already. A port that is
     * missing cannot be mended while the container runs.
     */
    public void hold(Ipv4 address) {
        socket.execute(List.of(
                Neighbours.atPort(FIRST_PORT_INDEX + shape.nodeAddress.hostPart(address), address)
                        .tolerating(Errno.ENODEV),
                Neighbours.removeFromHost(TUNNEL_INDEX, address),
                Neighbours.neighbour(BRIDGE_INDEX, address)));
    }

    /** Nothing is forwarded to a container's port any more; the port itself ends with the container's namespace. */
    public void withdraw(Ipv4 address) {
        int index = FIRST_PORT_INDEX + shape.nodeAddress.hostPart(address);
        socket.execute(List.of(
                Neighbours.removeFromPort(index, address).tolerating(Errno.ENOENT, Errno.ENODEV, Errno.EINVAL),
                Neighbours.removeNeighbour(BRIDGE_INDEX, address)));
    }

    /**
     * Removes a container's port and with it the container's end; nothing happens if there is none. The kernel takes
     * about 20 ms for it.
     */
    public void unplug(Ipv4 address) {
        socket.execute(
                List.of(Links.delete(PORT_PREFIX + address.hex()), Neighbours.removeNeighbour(BRIDGE_INDEX, address)));
    }

    /** Makes the host a member; its end gets the node's hardware address. */
    void plugHost(NetworkNamespace host, NetlinkSocket hostSocket, String link) {
        var address = shape.nodeAddress.address();
        socket.execute(Links.delete(HOST_PORT));
        socket.execute(Links.veth(
                HOST_PORT, HOST_INDEX, BRIDGE_INDEX, shape.mtu, new PeerEnd(host, link, 0, new Mac(address))));
        socket.execute(List.of(
                Links.port(HOST_PORT, PortOptions.OVERLAY_MEMBER),
                Neighbours.atPort(HOST_INDEX, address),
                Neighbours.neighbour(BRIDGE_INDEX, address)));
    }

    @Override
    public void close() {
        socket.close();
        namespace.close();
    }

    /** After the node got another address in the network. */
    private void readdress() {
        if (shape.ingress) {
            return;
        }
        var stale = new ArrayList<NetlinkRequest>();
        for (var address : Addresses.list(socket)) {
            if (address.index() == BRIDGE_INDEX
                    && address.address().prefixLength() < 32
                    && !address.address().equals(shape.nodeAddress)) {
                stale.add(Addresses.remove(BRIDGE_INDEX, address.address()));
            }
        }
        var mac = new Mac(shape.nodeAddress.address());
        boolean same = Links.list(socket).stream()
                .anyMatch(link -> link.index() == BRIDGE_INDEX
                        && link.mac().filter(mac::equals).isPresent());
        if (!same) {
            // Forgets all neighbours of the bridge, the permanent ones too: only before they are observed.
            stale.add(Links.hardwareAddress(BRIDGE_INDEX, mac));
        }
        stale.add(Addresses.add(BRIDGE_INDEX, shape.nodeAddress));
        socket.execute(stale);
    }

    private static List<NetlinkRequest> frame(Shape shape) {
        var requests = new ArrayList<>(List.of(
                Links.bridge(BRIDGE, BRIDGE_INDEX, new Mac(shape.nodeAddress.address()), shape.mtu),
                Links.master(TUNNEL_INDEX, BRIDGE_INDEX),
                Links.port(TUNNEL, PortOptions.OVERLAY_TUNNEL)));
        if (!shape.ingress) {
            requests.add(Addresses.add(BRIDGE_INDEX, shape.nodeAddress));
        }
        return requests;
    }

    /**
     * Settings of the hidden namespace. Translation of virtual addresses needs routing, and bridged replies to pass the
     * IPv4 hooks; a reply that conntrack finds out of window must be translated all the same, or the client resets its
     * connection. The ingress network translates nothing here.
     */
    private static void settings(Shape shape) {
        boolean translates = !shape.ingress;
        Sysctl.writeIfPresent("ipv6/conf/all/disable_ipv6", 1);
        Sysctl.writeIfPresent("ipv6/conf/default/disable_ipv6", 1);
        Sysctl.write("ipv4/ip_forward", translates ? 1 : 0);
        for (var scope : List.of("all", "default")) {
            Sysctl.write("ipv4/conf/" + scope + "/send_redirects", 0);
            Sysctl.write("ipv4/conf/" + scope + "/rp_filter", 0);
        }
        Sysctl.write("bridge/bridge-nf-call-iptables", translates ? 1 : 0);
        Sysctl.write("bridge/bridge-nf-call-ip6tables", 0);
        Sysctl.write("bridge/bridge-nf-call-arptables", 0);
        Sysctl.writeIfPresent("netfilter/nf_conntrack_tcp_be_liberal", 1);
    }
}
