package dev.muster.net;

import dev.muster.api.NetworkAttachment;
import dev.muster.api.PortProtocol;
import dev.muster.net.link.Lab;
import dev.muster.net.link.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Three hosts, the third without tasks, and a client, with an overlay each: networks front (open), back (internal) and
 * ingress. One service "web" with a task on each of the first two hosts.
 */
final class ThreeHosts implements AutoCloseable {
    static final String CLIENT = "10.88.0.9";
    static final Map<String, String> HOSTS =
            new TreeMap<>(Map.of("a", "10.88.0.1", "b", "10.88.0.2", "c", "10.88.0.3"));

    final Lab lab = Lab.open();
    final ClusterTables tables = new ClusterTables();
    final Map<String, NetworkNamespace> hosts = new TreeMap<>();
    final Map<String, Overlay> overlays = new TreeMap<>();
    final NetworkNamespace client;
    final Traffic traffic = new Traffic();
    private final List<NetworkNamespace> opened = new ArrayList<>();

    ThreeHosts() {
        client = lab.host("client", CLIENT);
        HOSTS.forEach((name, address) -> {
            hosts.put(name, lab.host(name, address));
            tables.node(name, address);
        });
        tables.network("front", 4097, false, false)
                .network("back", 4098, true, false)
                .network("ingress", 4096, false, true);
        int host = 2;
        for (var name : HOSTS.keySet()) {
            tables.member("ingress", name, "10.0.0." + host + "/24");
            if (!name.equals("c")) {
                tables.member("front", name, "10.0.1." + host + "/24");
                tables.member("back", name, "10.0.2." + host + "/24");
            }
            host++;
        }
        tables.service("front", "s1", "web", "10.0.1.100", List.of("www"))
                .service("back", "s1", "web", "10.0.2.100", List.of("www"))
                .service(
                        "ingress",
                        "s1",
                        "web",
                        "10.0.0.100",
                        List.of(),
                        ClusterTables.port(PortProtocol.PROTOCOL_TCP, 80, 8080),
                        ClusterTables.port(PortProtocol.PROTOCOL_UDP, 53, 5353));
        HOSTS.keySet().forEach(this::start);
    }

    /** The hosts' resolver is the gateway. */
    private void resolver(String host) {
        var file = config(host).resolvConf();
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, List.of("search corp.example", "nameserver " + Lab.GATEWAY));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    OverlayConfig config(String host) {
        Path directory = lab.directory().resolve(host);
        return new OverlayConfig(
                directory.resolve("state"),
                directory.resolve("run"),
                "mu",
                HOSTS.get(host),
                4789,
                "172.18.0.0/16",
                directory.resolve("resolv.conf"),
                Optional.of(lab.path(host)));
    }

    Overlay start(String host) {
        resolver(host);
        var overlay = Overlay.open(config(host), System::nanoTime, new SplittableRandom());
        overlays.put(host, overlay);
        return overlay;
    }

    void program() {
        overlays.forEach((host, overlay) -> overlay.program(tables.of(host)));
    }

    /** A task's container with its processes' namespace. */
    NetworkNamespace attach(String host, String id, List<NetworkAttachment> attachments) {
        return enter(overlays.get(host)
                .attach(new SandboxSpec(id, id, attachments, List.of(), List.of(), List.of(), List.of(), false)));
    }

    NetworkNamespace enter(Sandbox sandbox) {
        var namespace = NetworkNamespace.open(sandbox.netns());
        opened.add(namespace);
        return namespace;
    }

    /** A task of "web" on all three networks, which answers TCP 8080 and UDP 5353. */
    NetworkNamespace web(String host, String id, int address) {
        for (var network : List.of("ingress", "front", "back")) {
            tables.task(network, id, "s1", host, address(network, address), true);
        }
        program();
        var namespace = attach(
                host,
                id,
                List.of(
                        ClusterTables.attachment("ingress", address("ingress", address)),
                        ClusterTables.attachment("front", address("front", address)),
                        ClusterTables.attachment("back", address("back", address))));
        traffic.serveTcp(namespace, 8080, id);
        traffic.serveUdp(namespace, 5353, id);
        return namespace;
    }

    /** A container of no service on some networks. */
    NetworkNamespace bystander(String host, String id, int address, String... networks) {
        var attachments = new ArrayList<NetworkAttachment>();
        for (var network : networks) {
            tables.task(network, id, "", host, address(network, address), true);
            attachments.add(ClusterTables.attachment(network, address(network, address)));
        }
        program();
        return attach(host, id, attachments);
    }

    static Set<String> answers(NetworkNamespace from, String address, int port) {
        var answers = new TreeSet<String>();
        for (int i = 0; i < 4; i++) {
            answers.add(Traffic.ask(from, address, port));
        }
        return answers;
    }

    static String address(String network, int host) {
        return switch (network) {
            case "ingress" -> "10.0.0." + host + "/24";
            case "front" -> "10.0.1." + host + "/24";
            case "back" -> "10.0.2." + host + "/24";
            default -> throw new IllegalArgumentException(network);
        };
    }

    @Override
    public void close() {
        traffic.close();
        opened.forEach(NetworkNamespace::close);
        overlays.values().forEach(Overlay::close);
        HOSTS.keySet().forEach(host -> Overlay.destroyAll(config(host)));
        lab.close();
    }
}
