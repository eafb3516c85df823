package dev.muster.manager.allocator;

import dev.muster.api.Endpoint;
import dev.muster.api.EndpointSpec;
import dev.muster.api.Network;
import dev.muster.api.NetworkAttachmentConfig;
import dev.muster.api.PortConfig;
import dev.muster.api.Service;
import dev.muster.api.VirtualIp;
import dev.muster.manager.state.ClusterState;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a service's endpoint should be: published ports, the same as before where they were chosen for it, and a virtual
 * address in each of its networks unless it wants none. Mutable, one thread.
 */
final class EndpointAllocation {
    private final ClusterState state;
    private final AddressBook addresses;
    private @Nullable PortPool ports;

    EndpointAllocation(ClusterState state, AddressBook addresses) {
        this.state = state;
        this.addresses = addresses;
    }

    /** The endpoint that the service should have; the one it has, with the reason in it, if it cannot have that. */
    Endpoint target(Service service) {
        var stored = service.getEndpoint();
        var spec = service.getSpec().getEndpoint();
        var target = Endpoint.newBuilder();
        if (service.getSpec().hasEndpoint()) {
            target.setSpec(spec);
        }
        var problem = publish(service, spec, stored, target).or(() -> virtualIps(service, spec, stored, target));
        if (problem.isPresent()) {
            undo(service, stored, target);
            return stored.toBuilder().setErr(problem.get()).build();
        }
        return target.build();
    }

    static boolean usesIngress(EndpointSpec spec) {
        return spec.getPortsList().stream().anyMatch(PortPool::isIngress);
    }

    private Optional<String> publish(Service service, EndpointSpec spec, Endpoint stored, Endpoint.Builder target) {
        if (stored.getSpec().getPortsList().equals(spec.getPortsList())
                && stored.getErr().isEmpty()) {
            target.addAllPorts(stored.getPortsList());
            return Optional.empty();
        }
        var pool = ports();
        pool.release(service);
        var kept = new ArrayList<>(stored.getPortsList());
        for (var port : spec.getPortsList()) {
            var published = port;
            if (port.getPublishedPort() == 0 && PortPool.isIngress(port)) {
                var number = takeKept(kept, port)
                        .filter(earlier -> pool.conflict(service, withNumber(port, earlier))
                                .isEmpty())
                        .or(() -> pool.dynamic(port.getProtocol()));
                if (number.isEmpty()) {
                    return Optional.of(PortPool.exhaustion(port.getProtocol()));
                }
                published = withNumber(port, number.get());
            } else {
                var conflict = pool.conflict(service, port);
                if (conflict.isPresent()) {
                    return conflict;
                }
            }
            pool.take(service, List.of(published));
            target.addPorts(published);
        }
        return Optional.empty();
    }

    /** The number that the same port was given before. */
    private static Optional<Integer> takeKept(List<PortConfig> kept, PortConfig port) {
        for (var earlier : kept) {
            if (withNumber(earlier, 0).equals(port) && earlier.getPublishedPort() != 0) {
                kept.remove(earlier);
                return Optional.of(earlier.getPublishedPort());
            }
        }
        return Optional.empty();
    }

    private static PortConfig withNumber(PortConfig port, int number) {
        return port.toBuilder().setPublishedPort(number).build();
    }

    private Optional<String> virtualIps(Service service, EndpointSpec spec, Endpoint stored, Endpoint.Builder target) {
        if (usesIngress(spec) && addresses.ingress().isEmpty()) {
            return Optional.of("service needs ingress network, but no ingress network is present");
        }
        if (spec.getMode() == EndpointSpec.Mode.DNSRR) {
            return Optional.empty();
        }
        for (var networkId : networks(service, spec)) {
            var present = stored.getVirtualIpsList().stream()
                    .filter(vip -> vip.getNetworkId().equals(networkId))
                    .findFirst();
            if (present.isPresent()) {
                target.addVirtualIps(present.get());
                continue;
            }
            var network = state.network(networkId);
            if (network.filter(AddressBook::isOverlay).isEmpty()) {
                continue;
            }
            var pool = addresses.pool(networkId);
            if (pool.isEmpty()) {
                return Optional.of(waitsFor(network.get()));
            }
            var address = pool.get().next();
            if (address.isEmpty()) {
                return Optional.of(pool.get().exhaustion());
            }
            target.addVirtualIps(VirtualIp.newBuilder().setNetworkId(networkId).setAddress(address.get()));
        }
        return Optional.empty();
    }

    private Set<String> networks(Service service, EndpointSpec spec) {
        var networks = new LinkedHashSet<String>();
        if (usesIngress(spec)) {
            addresses.ingress().ifPresent(ingress -> networks.add(ingress.getId()));
        }
        service.getSpec().getTask().getNetworksList().stream()
                .map(NetworkAttachmentConfig::getTarget)
                .forEach(networks::add);
        return networks;
    }

    static String waitsFor(Network network) {
        var name = network.getSpec().getAnnotations().getName();
        return network.getErr().isEmpty()
                ? "network " + name + " has no subnet yet"
                : "network " + name + ": " + network.getErr();
    }

    /** Gives back what was taken for a target that is not to be. */
    private void undo(Service service, Endpoint stored, Endpoint.Builder target) {
        for (var vip : target.getVirtualIpsList()) {
            if (!stored.getVirtualIpsList().contains(vip)) {
                addresses.pool(vip.getNetworkId()).ifPresent(pool -> pool.release(vip.getAddress()));
            }
        }
        if (ports != null) {
            ports.release(service);
            ports.take(service, stored.getPortsList());
        }
    }

    private PortPool ports() {
        if (ports == null) {
            ports = PortPool.of(state);
        }
        return ports;
    }
}
