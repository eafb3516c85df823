package dev.muster.manager.dispatcher;

import dev.muster.api.Assignment;
import dev.muster.api.AssignmentKey;
import dev.muster.manager.state.ClusterState;
import java.util.Collection;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** All that a node is to know and do, as a function of the state: the one that the increments lead to as well. Pure. */
final class AssignmentSets {
    private AssignmentSets() {}

    static SortedMap<ItemKey, Assignment> of(ClusterState state, String nodeId) {
        return withTables(state, NodeItems.of(state, nodeId));
    }

    /** A node's own items, and the tables of the networks among them. */
    static SortedMap<ItemKey, Assignment> withTables(ClusterState state, SortedMap<ItemKey, Assignment> nodeItems) {
        var all = new TreeMap<>(nodeItems);
        networks(nodeItems.keySet()).forEach(networkId -> all.putAll(NetworkItems.table(state, networkId)));
        return all;
    }

    /** The networks among these items. */
    static Collection<String> networks(Collection<ItemKey> keys) {
        var networks = new TreeSet<String>();
        for (var key : keys) {
            if (key.type() == AssignmentKey.Type.NETWORK) {
                networks.add(key.id());
            }
        }
        return networks;
    }
}
