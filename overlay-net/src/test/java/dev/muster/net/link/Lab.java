package dev.muster.net.link;

import dev.muster.net.lb.Nftables;
import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.Mac;
import dev.muster.net.plan.Subnet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;

/**
 * Hosts on one machine: a network namespace each, joined by a bridge in a namespace between them, whose own address is
 * the hosts' way out. {@link #close} leaves nothing behind.
 */
public final class Lab implements AutoCloseable {
    public static final String GATEWAY = "10.88.0.254";
    private static final int FABRIC_BRIDGE = 100;
    private static final int HOST_LINK = 100;
    private static final int MTU = 1500;

    private final Path directory;
    private final NamespacePins pins;
    private final NetworkNamespace fabric;
    private final TreeMap<String, NetworkNamespace> hosts = new TreeMap<>();

    private Lab(Path directory, NamespacePins pins, NetworkNamespace fabric) {
        this.directory = directory;
        this.pins = pins;
        this.fabric = fabric;
    }

    /** Skips the test, with a printed reason, where namespaces cannot be made. */
    public static Lab open() {
        var root = "root".equals(System.getProperty("user.name"));
        if (!root) {
            System.out.println("SKIPPED: kernel tests need root, for network namespaces");
        }
        Assumptions.assumeTrue(root, "kernel tests need root, for network namespaces");
        try {
            var directory = Files.createTempDirectory("muster-lab-");
            var pins = new NamespacePins(directory.resolve("netns"));
            pins.prepare();
            pins.create("fabric", inside -> {
                try (var socket = NetlinkSocket.open()) {
                    socket.execute(List.of(
                            Links.up(1),
                            Links.bridge("fabric", FABRIC_BRIDGE, new Mac(Ipv4.parse(GATEWAY)), MTU),
                            Addresses.add(FABRIC_BRIDGE, Subnet.parse(GATEWAY + "/24"))));
                }
                Sysctl.write("bridge/bridge-nf-call-iptables", 0);
                return true;
            });
            return new Lab(directory, pins, pins.open("fabric"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path directory() {
        return directory;
    }

    /** Behind the gateway: what the hosts' containers reach by egress. */
    public NetworkNamespace outside() {
        return fabric;
    }

    public Path path(String host) {
        return pins.path(host);
    }

    /** A namespace with an address on the fabric and a default route by {@link #GATEWAY}. */
    public NetworkNamespace host(String name, String address) {
        var ip = Ipv4.parse(address);
        pins.create(name, inside -> {
            fabric.run(() -> {
                try (var socket = NetlinkSocket.open()) {
                    socket.execute(Links.veth(
                            "h" + ip.hex(),
                            1000 + (ip.bits() & 0xff),
                            FABRIC_BRIDGE,
                            MTU,
                            new PeerEnd(inside, "eth0", HOST_LINK, new Mac(ip))));
                }
            });
            try (var socket = NetlinkSocket.open()) {
                socket.execute(List.of(
                        Links.up(1),
                        Links.up(HOST_LINK),
                        Addresses.add(HOST_LINK, new Subnet(ip, 24)),
                        Routes.defaultRoute(Ipv4.parse(GATEWAY), HOST_LINK)));
            }
            return true;
        });
        var namespace = pins.open(name);
        hosts.put(name, namespace);
        return namespace;
    }

    /** The names of the links in a namespace, apart from loopback and what the kernel puts there by itself. */
    public static List<String> links(NetworkNamespace namespace) {
        return namespace.call(() -> {
            try (var socket = NetlinkSocket.open()) {
                return Links.list(socket).stream()
                        .filter(link -> link.kind().isPresent() && link.index() >= 10)
                        .map(Links.Link::name)
                        .sorted()
                        .toList();
            }
        });
    }

    /** What nftables holds in a namespace. */
    public static String tables(NetworkNamespace namespace) {
        return namespace.call(() -> {
            try (var nftables = Nftables.open()) {
                return nftables.run("list ruleset");
            }
        });
    }

    @Override
    public void close() {
        hosts.values().forEach(NetworkNamespace::close);
        fabric.close();
        pins.destroy();
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
