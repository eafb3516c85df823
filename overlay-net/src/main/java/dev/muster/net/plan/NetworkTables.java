package dev.muster.net.plan;

import dev.muster.api.Network;
import dev.muster.api.NetworkAssignment;
import dev.muster.api.NetworkEndpoint;
import dev.muster.api.NetworkPeer;
import dev.muster.api.NetworkService;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the managers say about one network, every address in it known to be well-formed.
 *
 * @param nodeAddress this node's own address in it
 * @param peers by node id
 * @param endpoints by task id
 * @param services by service id
 */
public record NetworkTables(
        Network network,
        Subnet nodeAddress,
        SortedMap<String, NetworkPeer> peers,
        SortedMap<String, NetworkEndpoint> endpoints,
        SortedMap<String, NetworkService> services) {
    /** The option that asks for encryption; as in Docker, its mere presence does. */
    private static final String ENCRYPTED = "encrypted";

    /** VXLAN network identifiers have 24 bits (RFC 7348). */
    private static final int MAX_VNI = (1 << 24) - 1;

    /**
     * All networks, and what had to be left out.
     *
     * @param byId by network id
     * @param problems one sentence per entry that makes no sense
     */
    public record Indexed(SortedMap<String, NetworkTables> byId, List<String> problems) {}

    public static Indexed index(
            Map<String, NetworkAssignment> networks,
            Collection<NetworkPeer> peers,
            Collection<NetworkEndpoint> endpoints,
            Collection<NetworkService> services) {
        var problems = new ArrayList<String>();
        var byId = new TreeMap<String, NetworkTables>();
        networks.forEach((id, assignment) -> problem(assignment)
                .ifPresentOrElse(
                        what -> problems.add("network " + named(assignment.getNetwork(), id) + ": " + what),
                        () -> byId.put(
                                id,
                                new NetworkTables(
                                        assignment.getNetwork(),
                                        Subnet.parse(assignment.getNodeAddress()),
                                        new TreeMap<>(),
                                        new TreeMap<>(),
                                        new TreeMap<>()))));
        for (var peer : peers) {
            var tables = byId.get(peer.getNetworkId());
            if (tables == null) {
                continue;
            }
            check(() -> {
                        Ipv4.parse(peer.getUnderlayAddress());
                        Subnet.parse(peer.getAddress());
                    })
                    .ifPresentOrElse(
                            what -> problems.add("peer " + peer.getNodeId() + ": " + what),
                            () -> tables.peers.put(peer.getNodeId(), peer));
        }
        for (var endpoint : endpoints) {
            var tables = byId.get(endpoint.getNetworkId());
            if (tables == null) {
                continue;
            }
            // A task has addresses before it has a node.
            check(() -> {
                        Subnet.parse(endpoint.getAddress());
                        if (!endpoint.getUnderlayAddress().isEmpty()) {
                            Ipv4.parse(endpoint.getUnderlayAddress());
                        }
                    })
                    .ifPresentOrElse(
                            what -> problems.add("endpoint of task " + endpoint.getTaskId() + ": " + what),
                            () -> tables.endpoints.put(endpoint.getTaskId(), endpoint));
        }
        for (var service : services) {
            var tables = byId.get(service.getNetworkId());
            if (tables == null) {
                continue;
            }
            check(() -> {
                        if (!service.getVirtualIp().isEmpty()) {
                            Ipv4.parse(service.getVirtualIp());
                        }
                    })
                    .ifPresentOrElse(
                            what -> problems.add("service " + service.getName() + ": " + what),
                            () -> tables.services.put(service.getServiceId(), service));
        }
        return new Indexed(byId, List.copyOf(problems));
    }

    public String id() {
        return network.getId();
    }

    public String name() {
        return network.getSpec().getAnnotations().getName();
    }

    public boolean internal() {
        return network.getSpec().getInternal();
    }

    public boolean ingress() {
        return network.getSpec().getIngress();
    }

    private static Optional<String> problem(NetworkAssignment assignment) {
        var network = assignment.getNetwork();
        if (network.getVni() <= 0 || network.getVni() > MAX_VNI) {
            return Optional.of("VXLAN identifier " + network.getVni() + " is not within 1-" + MAX_VNI);
        }
        if (network.getSpec().getDriver().containsOptions(ENCRYPTED)) {
            return Optional.of("encrypted networks are not supported yet; nothing of it is sent in plaintext");
        }
        return check(() -> Subnet.parse(assignment.getNodeAddress()));
    }

    private static Optional<String> check(Runnable parse) {
        try {
            parse.run();
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static String named(Network network, String id) {
        var name = network.getSpec().getAnnotations().getName();
        return name.isEmpty() ? id : name;
    }
}
