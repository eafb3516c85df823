package dev.muster.net.plan;

import dev.muster.api.PortProtocol;
import dev.muster.api.PublishMode;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which tasks take a service's new connections: the serving ones. */
public final class ServicePlan {
    private ServicePlan() {}

    /** The virtual addresses of a network. */
    public static SortedMap<Ipv4, Balance.Target> vips(NetworkTables tables) {
        var serving = serving(tables);
        var vips = new TreeMap<Ipv4, Balance.Target>();
        for (var service : tables.services().values()) {
            if (!service.getVirtualIp().isEmpty()) {
                var backends = serving.getOrDefault(service.getServiceId(), Set.of());
                vips.putIfAbsent(Ipv4.parse(service.getVirtualIp()), new Balance.Target(backends, 0));
            }
        }
        return vips;
    }

    /** The ports of the routing mesh; of two services that publish the same one, the first by id has it. */
    public static SortedMap<PublishedPort, Balance.Target> published(NetworkTables ingress) {
        var serving = serving(ingress);
        var ports = new TreeMap<PublishedPort, Balance.Target>();
        for (var service : ingress.services().values()) {
            var backends = serving.getOrDefault(service.getServiceId(), Set.of());
            for (var port : service.getPortsList()) {
                if (port.getPublishMode() == PublishMode.PUBLISH_INGRESS
                        && port.getProtocol() != PortProtocol.UNRECOGNIZED
                        && valid(port.getPublishedPort())
                        && valid(port.getTargetPort())) {
                    ports.putIfAbsent(
                            new PublishedPort(port.getProtocol(), port.getPublishedPort()),
                            new Balance.Target(backends, port.getTargetPort()));
                }
            }
        }
        return ports;
    }

    private static boolean valid(int port) {
        return port >= 1 && port <= 65535;
    }

    private static Map<String, Set<Ipv4>> serving(NetworkTables tables) {
        var serving = new HashMap<String, Set<Ipv4>>();
        for (var endpoint : tables.endpoints().values()) {
            if (endpoint.getServing()) {
                serving.computeIfAbsent(endpoint.getServiceId(), id -> new TreeSet<>())
                        .add(Subnet.parse(endpoint.getAddress()).address());
            }
        }
        return serving;
    }
}
