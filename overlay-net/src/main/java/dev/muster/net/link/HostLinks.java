package dev.muster.net.link;

import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.Mac;
import dev.muster.net.plan.Subnet;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What is in the host's own namespace: the egress bridge with a port for each container that reaches the outside, and
 * the host's link into the ingress network. Not thread-safe: the overlay calls it under its lock.
 */
public final class HostLinks implements AutoCloseable {
    /** Linux keeps 15 characters of a name. */
    private static final String EGRESS = "-egress";

    private static final String INGRESS = "-ingress";
    private static final String EGRESS_PORT = "e";

    private final NetworkNamespace host;
    private final NetlinkSocket socket;
    private final String prefix;

    private HostLinks(NetworkNamespace host, NetlinkSocket socket, String prefix) {
        this.host = host;
        this.socket = socket;
        this.prefix = prefix;
    }

    /** Opens it; {@code prefix} starts the names of all links made here. */
    public static HostLinks open(NetworkNamespace host, String prefix) {
        return new HostLinks(host, host.call(NetlinkSocket::open), prefix);
    }

    public NetlinkSocket socket() {
        return socket;
    }

    public String egressLink() {
        return prefix + EGRESS;
    }

    public String ingressLink() {
        return prefix + INGRESS;
    }

    /** MTU of the link that has this address; absent: none has it. */
    public Optional<Integer> mtuOf(Ipv4 address) {
        var links = Links.list(socket);
        return Addresses.list(socket).stream()
                .filter(candidate -> candidate.address().address().equals(address))
                .flatMap(found -> links.stream().filter(link -> link.index() == found.index()))
                .map(Links.Link::mtu)
                .findFirst();
    }

    /** A route of the host, other than by our own bridge, into a subnet. */
    public Optional<Subnet> routeInto(Subnet subnet) {
        var own = index(egressLink());
        return Routes.list(socket).stream()
                .filter(route -> own.filter(index -> index == route.link()).isEmpty())
                .map(Routes.Route::destination)
                .filter(subnet::overlaps)
                .findFirst();
    }

    /**
     * Makes the egress bridge, or what it lacks. All namespaces of a machine share one limit of learned neighbours, and
     * each container learns those that it talks to: the default of 1024 is soon used up.
     */
    public void ensureEgress(Subnet gateway, int mtu) {
        var name = egressLink();
        if (index(name).isEmpty()) {
            socket.execute(Links.bridge(name, 0, new Mac(gateway.address()), mtu));
        }
        int bridge = index(name).orElseThrow();
        for (var address : Addresses.list(socket)) {
            if (address.index() == bridge && !address.address().equals(gateway)) {
                socket.execute(Addresses.remove(bridge, address.address()));
            }
        }
        socket.execute(List.of(Links.up(bridge), Addresses.add(bridge, gateway)));
        host.run(() -> {
            Sysctl.write("ipv4/ip_forward", 1);
            Sysctl.raiseIfPresent("ipv4/neigh/default/gc_thresh1", 8192);
            Sysctl.raiseIfPresent("ipv4/neigh/default/gc_thresh2", 32768);
            Sysctl.raiseIfPresent("ipv4/neigh/default/gc_thresh3", 65536);
            memberSettings(name);
        });
    }

    /** Gives a container its port on the egress bridge. */
    public void plugEgress(Ipv4 address, int mtu, PeerEnd container) {
        var name = egressPort(address);
        int bridge = index(egressLink()).orElseThrow();
        try {
            socket.execute(Links.veth(name, egressIndex(address), bridge, mtu, container));
        } catch (KernelException e) {
            if (e.errno() != Errno.EEXIST && e.errno() != Errno.EBUSY) {
                throw e;
            }
            socket.execute(Links.delete(name));
            socket.execute(Links.veth(name, egressIndex(address), bridge, mtu, container));
        }
        socket.execute(Links.port(name, PortOptions.EGRESS_MEMBER));
    }

    /** The addresses of the containers that have a port on the egress bridge. */
    public SortedSet<Ipv4> egressPorts() {
        var ports = Pattern.compile(Pattern.quote(prefix + EGRESS_PORT) + "([0-9a-f]{8})");
        var addresses = new TreeSet<Ipv4>();
        for (var link : Links.list(socket)) {
            var matcher = ports.matcher(link.name());
            if (matcher.matches()) {
                addresses.add(new Ipv4(Integer.parseUnsignedInt(matcher.group(1), 16)));
            }
        }
        return addresses;
    }

    /** Nothing happens if there is none. The kernel takes about 20 ms for it. */
    public void unplugEgress(Ipv4 address) {
        socket.execute(Links.delete(egressPort(address)));
    }

    /** Makes the host a member of the ingress network, with the node's address there. */
    public void joinIngress(OverlayBridge ingress) {
        var name = ingressLink();
        var address = ingress.shape().nodeAddress();
        var mac = new Mac(address.address());
        var present = Links.list(socket).stream()
                .filter(link -> link.name().equals(name))
                .findFirst();
        if (present.flatMap(Links.Link::mac).filter(mac::equals).isEmpty()) {
            socket.execute(Links.delete(name));
            ingress.plugHost(host, socket, name);
        }
        int link = index(name).orElseThrow();
        socket.execute(List.of(Links.up(link), Addresses.add(link, address)));
        host.run(() -> memberSettings(name));
    }

    public void leaveIngress() {
        socket.execute(Links.delete(ingressLink()));
    }

    /** Removes every link that an overlay with this prefix has made in the host's namespace. */
    public void removeAll() {
        egressPorts().forEach(this::unplugEgress);
        socket.execute(List.of(Links.delete(ingressLink()), Links.delete(egressLink())));
    }

    @Override
    public void close() {
        socket.close();
    }

    private String egressPort(Ipv4 address) {
        return prefix + EGRESS_PORT + address.hex();
    }

    /**
     * The kernel respects our choice of an index for a container's end only if we choose the other end's too. It is far
     * above what it chooses itself; egress subnets of one namespace do not overlap, so neither do these.
     */
    private static int egressIndex(Ipv4 address) {
        return 0x40000000 | (address.bits() & 0x3fffffff);
    }

    private Optional<Integer> index(String name) {
        return Links.list(socket).stream()
                .filter(link -> link.name().equals(name))
                .map(Links.Link::index)
                .findFirst();
    }

    /** The host itself may call published ports by 127.0.0.1; nobody reaches the host by link-local IPv6. */
    private static void memberSettings(String link) {
        Sysctl.write("ipv4/conf/" + link + "/route_localnet", 1);
        Sysctl.write("ipv4/conf/" + link + "/send_redirects", 0);
        Sysctl.writeIfPresent("ipv6/conf/" + link + "/disable_ipv6", 1);
    }
}
