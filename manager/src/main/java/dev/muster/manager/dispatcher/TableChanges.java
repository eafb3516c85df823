package dev.muster.manager.dispatcher;

import dev.muster.api.Assignment;
import dev.muster.api.Kind;
import dev.muster.api.Node;
import dev.muster.api.NodeState;
import dev.muster.api.Task;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What one step of the state changes for agents, computed once for all sessions: in the tables of networks item by item,
 * for nodes' own items only whose may differ. Its cost follows what was touched. Immutable.
 *
 * @param everything all may differ; the rest is empty then
 * @param nodes whose own items may differ
 * @param ids secrets, configs and networks that were touched, as the items they are
 * @param tables changes of each network's table
 */
record TableChanges(
        boolean everything, Set<String> nodes, Set<ItemKey> ids, Map<String, Map<ItemKey, ItemChange>> tables) {
    /** From and to; empty: not in the table. The two differ. */
    record ItemChange(Optional<Assignment> before, Optional<Assignment> after) {
        /** This change and then the next, as one; empty if they undo each other. */
        Optional<ItemChange> then(ItemChange next) {
            return before.equals(next.after) ? Optional.empty() : Optional.of(new ItemChange(before, next.after));
        }
    }

    static TableChanges of(ClusterStates.Update update) {
        var touched = update.touched();
        if (touched.everything()) {
            return new TableChanges(true, Set.of(), Set.of(), Map.of());
        }
        var ids = new TreeSet<ItemKey>();
        touched.ids(Kind.KIND_SECRET).forEach(id -> ids.add(ItemKey.secret(id)));
        touched.ids(Kind.KIND_CONFIG).forEach(id -> ids.add(ItemKey.config(id)));
        touched.ids(Kind.KIND_NETWORK).forEach(id -> ids.add(ItemKey.network(id)));
        var collector = new Collector(update.before(), update.after());
        touched.ids(Kind.KIND_TASK).forEach(collector::task);
        touched.ids(Kind.KIND_NODE).forEach(collector::node);
        touched.ids(Kind.KIND_SERVICE).forEach(collector::service);
        return new TableChanges(false, touched.nodes(), ids, collector.tables);
    }

    /** Compares items of two states. One thread. */
    private static final class Collector {
        private final ClusterState before;
        private final ClusterState after;
        private final Map<String, Map<ItemKey, ItemChange>> tables = new TreeMap<>();

        private Collector(ClusterState before, ClusterState after) {
            this.before = before;
            this.after = after;
        }

        private void task(String id) {
            var networks = new TreeSet<String>();
            before.task(id).ifPresent(task -> networks.addAll(NetworkItems.networks(task.getNetworksList())));
            after.task(id).ifPresent(task -> networks.addAll(NetworkItems.networks(task.getNetworksList())));
            networks.forEach(network -> endpoint(network, id));
        }

        private void node(String id) {
            var old = before.node(id);
            var current = after.node(id);
            var networks = new TreeSet<String>();
            old.ifPresent(node -> networks.addAll(NetworkItems.networks(node.getAttachmentsList())));
            current.ifPresent(node -> networks.addAll(NetworkItems.networks(node.getAttachmentsList())));
            for (var network : networks) {
                put(
                        network,
                        ItemKey.peer(network, id),
                        NetworkItems.peer(before, network, id),
                        NetworkItems.peer(after, network, id));
            }
            if (!reach(old).equals(reach(current))) {
                for (Task task : after.tasksByNode(id).values()) {
                    task(task.getId());
                }
            }
        }

        private void service(String id) {
            var networks = new TreeSet<String>();
            before.service(id).ifPresent(service -> networks.addAll(NetworkItems.networks(service)));
            after.service(id).ifPresent(service -> networks.addAll(NetworkItems.networks(service)));
            for (var network : networks) {
                put(
                        network,
                        ItemKey.service(network, id),
                        NetworkItems.service(before, network, id),
                        NetworkItems.service(after, network, id));
            }
        }

        private void endpoint(String network, String taskId) {
            put(
                    network,
                    ItemKey.endpoint(network, taskId),
                    NetworkItems.endpoint(before, network, taskId),
                    NetworkItems.endpoint(after, network, taskId));
        }

        private void put(String network, ItemKey key, Optional<Assignment> old, Optional<Assignment> current) {
            if (!old.equals(current)) {
                tables.computeIfAbsent(network, _ -> new TreeMap<>()).put(key, new ItemChange(old, current));
            }
        }

        /** What endpoints of its tasks say of a node. */
        private static Reach reach(Optional<Node> node) {
            return new Reach(
                    node.map(found -> found.getStatus().getAddress()),
                    node.map(found -> found.getStatus().getState() == NodeState.NODE_DOWN)
                            .orElse(true));
        }

        private record Reach(Optional<String> address, boolean down) {}
    }
}
