package dev.muster.net;

import dev.muster.api.NetworkAssignment;
import dev.muster.api.NetworkEndpoint;
import dev.muster.api.NetworkPeer;
import dev.muster.api.NetworkService;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Everything that the managers say about the networks this node takes part in, whole: what is not in it is to go.
 *
 * @param networks by network id
 */
public record OverlayTables(
        Map<String, NetworkAssignment> networks,
        Collection<NetworkPeer> peers,
        Collection<NetworkEndpoint> endpoints,
        Collection<NetworkService> services) {
    public static final OverlayTables EMPTY = new OverlayTables(Map.of(), List.of(), List.of(), List.of());

    public OverlayTables {
        networks = Map.copyOf(networks);
        peers = List.copyOf(peers);
        endpoints = List.copyOf(endpoints);
        services = List.copyOf(services);
    }
}
