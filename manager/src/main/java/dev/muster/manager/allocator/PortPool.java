package dev.muster.manager.allocator;

import dev.muster.api.PortConfig;
import dev.muster.api.PortProtocol;
import dev.muster.api.PublishMode;
import dev.muster.api.Service;
import dev.muster.manager.state.ClusterState;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Which published ports are whose. Mutable, for one pass. */
final class PortPool {
    /** Swarm's range of ports that are published without a number asked for. */
    private static final int FIRST_DYNAMIC = 30000;

    private static final int LAST_DYNAMIC = 32767;

    private final Map<Port, Service> ingress = new TreeMap<>();
    private final Map<Port, Service> host = new TreeMap<>();

    private record Port(PortProtocol protocol, int number) implements Comparable<Port> {
        private static final Comparator<Port> ORDER = Comparator.comparingInt((Port port) -> port.protocol.getNumber())
                .thenComparingInt(Port::number);

        static Port of(PortConfig config) {
            return new Port(config.getProtocol(), config.getPublishedPort());
        }

        @Override
        public int compareTo(Port other) {
            return ORDER.compare(this, other);
        }
    }

    /** What all services have, but for those on their way out: their ports are free for others. */
    static PortPool of(ClusterState state) {
        var pool = new PortPool();
        for (var service : state.services().values()) {
            if (!service.getPendingDelete()) {
                pool.take(service, service.getEndpoint().getPortsList());
            }
        }
        return pool;
    }

    void take(Service service, List<PortConfig> ports) {
        for (var port : ports) {
            if (port.getPublishedPort() != 0) {
                (isIngress(port) ? ingress : host).putIfAbsent(Port.of(port), service);
            }
        }
    }

    void release(Service service) {
        ingress.values().removeIf(owner -> owner.getId().equals(service.getId()));
        host.values().removeIf(owner -> owner.getId().equals(service.getId()));
    }

    /** Why the service cannot have the port, in swarm's words; empty if it can. */
    Optional<String> conflict(Service service, PortConfig port) {
        if (port.getPublishedPort() == 0) {
            return Optional.empty();
        }
        var key = Port.of(port);
        var ingressOwner = ingress.get(key);
        if (ingressOwner != null && !ingressOwner.getId().equals(service.getId())) {
            return Optional.of(conflict(port, ingressOwner) + "as an ingress port");
        }
        var hostOwner = host.get(key);
        if (isIngress(port) && hostOwner != null && !hostOwner.getId().equals(service.getId())) {
            return Optional.of(conflict(port, hostOwner) + "as a host-published port");
        }
        return Optional.empty();
    }

    /** The lowest free port that is published without a number asked for. */
    Optional<Integer> dynamic(PortProtocol protocol) {
        for (int number = FIRST_DYNAMIC; number <= LAST_DYNAMIC; number++) {
            var port = new Port(protocol, number);
            if (!ingress.containsKey(port) && !host.containsKey(port)) {
                return Optional.of(number);
            }
        }
        return Optional.empty();
    }

    static String exhaustion(PortProtocol protocol) {
        return "no free port to publish: all of " + FIRST_DYNAMIC + "-" + LAST_DYNAMIC + "/" + word(protocol)
                + " are in use; name a published port";
    }

    static boolean isIngress(PortConfig port) {
        return port.getPublishMode() == PublishMode.PUBLISH_INGRESS;
    }

    private static String conflict(PortConfig port, Service owner) {
        return "port '" + port.getPublishedPort() + "' is already in use by service '"
                + owner.getSpec().getAnnotations().getName() + "' (" + owner.getId() + ") ";
    }

    private static String word(PortProtocol protocol) {
        return protocol.name().substring("PROTOCOL_".length()).toLowerCase(Locale.ROOT);
    }
}
