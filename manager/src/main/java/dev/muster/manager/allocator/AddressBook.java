package dev.muster.manager.allocator;

import dev.muster.api.ChangeSet;
import dev.muster.api.Network;
import dev.muster.api.NetworkAttachment;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The networks of one pass and the addresses in them. What is in use is read from the state when a network is first
 * needed: its gateway, services' virtual addresses, nodes' and tasks' addresses. Mutable, one thread.
 */
final class AddressBook {
    private final ClusterState state;
    private final Optional<Network> ingress;
    private final Map<String, AddressPool> pools = new TreeMap<>();
    private @Nullable Map<String, List<String>> ofServicesAndNodes;

    AddressBook(ClusterState state) {
        this.state = state;
        this.ingress = state.networks().values().stream()
                .filter(network -> network.getSpec().getIngress() && !network.getPendingDelete())
                .findFirst();
    }

    Optional<Network> ingress() {
        return ingress;
    }

    /** Whether addresses in the network are ours to give: other drivers' networks are each node's own. */
    static boolean isOverlay(Network network) {
        var driver = network.getSpec().getDriver().getName();
        return driver.isEmpty() || driver.equals("overlay");
    }

    /** The network's addresses; empty if it is not there or has no subnet yet. */
    Optional<AddressPool> pool(String networkId) {
        var known = pools.get(networkId);
        if (known != null) {
            return Optional.of(known);
        }
        return state.network(networkId).filter(AddressBook::hasSubnet).map(network -> {
            var pool = new AddressPool(network);
            used(networkId).forEach(pool::take);
            pools.put(networkId, pool);
            return pool;
        });
    }

    static boolean hasSubnet(Network network) {
        return network.getVni() != 0 && network.getIpam().getConfigsCount() > 0;
    }

    /** Stores how far addresses were given, each network on its own: should one fail, only reuse comes sooner. */
    List<ChangeSet> movedCursors(Instant now, String origin) {
        var changeSets = new ArrayList<ChangeSet>();
        for (var pool : pools.values()) {
            pool.movedCursor()
                    .ifPresent(cursor -> changeSets.add(new ChangeSetBuilder(now, origin)
                            .update(pool.network().toBuilder()
                                    .setAddressCursor(cursor)
                                    .build())
                            .build()));
        }
        return changeSets;
    }

    private List<String> used(String networkId) {
        var used = new ArrayList<>(ofServicesAndNodes().getOrDefault(networkId, List.of()));
        for (var task : state.tasksByNetwork(networkId).values()) {
            for (NetworkAttachment attachment : task.getNetworksList()) {
                if (attachment.getNetworkId().equals(networkId)) {
                    used.add(attachment.getAddress());
                }
            }
        }
        return used;
    }

    private Map<String, List<String>> ofServicesAndNodes() {
        var found = ofServicesAndNodes;
        if (found == null) {
            var read = new HashMap<String, List<String>>();
            state.services()
                    .values()
                    .forEach(service -> service.getEndpoint()
                            .getVirtualIpsList()
                            .forEach(vip -> read.computeIfAbsent(vip.getNetworkId(), _ -> new ArrayList<>())
                                    .add(vip.getAddress())));
            state.nodes()
                    .values()
                    .forEach(node -> node.getAttachmentsList()
                            .forEach(attachment -> read.computeIfAbsent(
                                            attachment.getNetworkId(), _ -> new ArrayList<>())
                                    .add(attachment.getAddress())));
            ofServicesAndNodes = read;
            found = read;
        }
        return found;
    }
}
