package dev.muster.net;

import dev.muster.api.Annotations;
import dev.muster.api.Network;
import dev.muster.api.NetworkAssignment;
import dev.muster.api.NetworkAttachment;
import dev.muster.api.NetworkEndpoint;
import dev.muster.api.NetworkPeer;
import dev.muster.api.NetworkService;
import dev.muster.api.NetworkSpec;
import dev.muster.api.PortConfig;
import dev.muster.api.PortProtocol;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the managers know, in the smallest form: builds each node's tables from it. */
final class ClusterTables {
    private final Map<String, Network> networks = new LinkedHashMap<>();
    private final Map<String, String> underlays = new LinkedHashMap<>();
    private final Map<String, NetworkPeer> peers = new LinkedHashMap<>();
    private final Map<String, NetworkEndpoint> endpoints = new LinkedHashMap<>();
    private final Map<String, NetworkService> services = new LinkedHashMap<>();

    ClusterTables node(String id, String underlay) {
        underlays.put(id, underlay);
        return this;
    }

    ClusterTables network(String id, int vni, boolean internal, boolean ingress) {
        networks.put(
                id,
                Network.newBuilder()
                        .setId(id)
                        .setVni(vni)
                        .setSpec(NetworkSpec.newBuilder()
                                .setAnnotations(Annotations.newBuilder().setName(id + "-name"))
                                .setInternal(internal)
                                .setIngress(ingress))
                        .build());
        return this;
    }

    /** A node takes part in a network, with this address. */
    ClusterTables member(String network, String node, String address) {
        peers.put(
                network + "/" + node,
                NetworkPeer.newBuilder()
                        .setNetworkId(network)
                        .setNodeId(node)
                        .setUnderlayAddress(underlays.getOrDefault(node, ""))
                        .setAddress(address)
                        .build());
        return this;
    }

    ClusterTables task(String network, String task, String service, String node, String address, boolean serving) {
        endpoints.put(
                network + "/" + task,
                NetworkEndpoint.newBuilder()
                        .setNetworkId(network)
                        .setTaskId(task)
                        .setServiceId(service)
                        .setNodeId(node)
                        .setUnderlayAddress(underlays.getOrDefault(node, ""))
                        .setAddress(address)
                        .setServing(serving)
                        .addNames(service + ".1." + task)
                        .build());
        return this;
    }

    ClusterTables without(String network, String task) {
        endpoints.remove(network + "/" + task);
        return this;
    }

    ClusterTables service(
            String network, String id, String name, String vip, List<String> aliases, PortConfig... ports) {
        services.put(
                network + "/" + id,
                NetworkService.newBuilder()
                        .setNetworkId(network)
                        .setServiceId(id)
                        .setName(name)
                        .setVirtualIp(vip)
                        .addAllAliases(aliases)
                        .addAllPorts(List.of(ports))
                        .build());
        return this;
    }

    static PortConfig port(PortProtocol protocol, int published, int target) {
        return PortConfig.newBuilder()
                .setProtocol(protocol)
                .setPublishedPort(published)
                .setTargetPort(target)
                .build();
    }

    static NetworkAttachment attachment(String network, String address) {
        return NetworkAttachment.newBuilder()
                .setNetworkId(network)
                .setAddress(address)
                .build();
    }

    /** What one node is told: the networks that it is a member of. */
    OverlayTables of(String node) {
        var mine = new LinkedHashMap<String, NetworkAssignment>();
        networks.forEach((id, network) -> {
            var self = peers.get(id + "/" + node);
            if (self != null) {
                mine.put(
                        id,
                        NetworkAssignment.newBuilder()
                                .setNetwork(network)
                                .setNodeAddress(self.getAddress())
                                .build());
            }
        });
        return new OverlayTables(
                mine,
                peers.values().stream()
                        .filter(peer -> mine.containsKey(peer.getNetworkId()))
                        .toList(),
                endpoints.values().stream()
                        .filter(end -> mine.containsKey(end.getNetworkId()))
                        .toList(),
                services.values().stream()
                        .filter(service -> mine.containsKey(service.getNetworkId()))
                        .toList());
    }
}
