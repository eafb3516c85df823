package dev.muster.manager.control;

import dev.muster.api.Cluster;
import dev.muster.api.GetNodeRequest;
import dev.muster.api.GetNodeResponse;
import dev.muster.api.ListNodesRequest;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.NodeSpec;
import dev.muster.api.NodeState;
import dev.muster.api.RemoveNodeRequest;
import dev.muster.api.RemoveNodeResponse;
import dev.muster.api.RemovedNode;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.Timestamps;
import dev.muster.api.UpdateNodeRequest;
import dev.muster.api.UpdateNodeResponse;
import dev.muster.manager.settings.ClusterSettings;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Set;

/** Nodes: what they are for, and letting go of them. They come by joining. */
final class Nodes {
    private static final Set<String> FILTERS = Set.of("id", "name", "label", "node.label", "role", "membership");
    private static final Set<String> ROLES = Set.of("manager", "worker");
    private static final Set<String> MEMBERSHIPS = Set.of("accepted", "pending");

    /** A removed node's certificate is refused for as long as it can live, and a week for clocks that are wrong. */
    private static final Duration REMOVED_MARGIN = Duration.ofDays(7);

    private final Transactions transactions;
    private final InstantSource clock;

    Nodes(Transactions transactions, InstantSource clock) {
        this.transactions = transactions;
        this.clock = clock;
    }

    GetNodeResponse get(GetNodeRequest request) {
        return GetNodeResponse.newBuilder()
                .setNode(Lookup.node(transactions.read(), request.getId()))
                .build();
    }

    ListNodesResponse list(ListNodesRequest request) {
        var filters = Filters.of(request.getFiltersList(), FILTERS);
        var response = ListNodesResponse.newBuilder();
        for (var node : transactions.read().nodes().values()) {
            if (filters.prefix("id", node.getId())
                    && filters.namePrefix("name", node.getDescription().getHostname())
                    && filters.labels("label", node.getDescription().getEngineLabelsMap())
                    && filters.labels(
                            "node.label", node.getSpec().getAnnotations().getLabelsMap())
                    && filters.word("role", word(node.getRole()), ROLES)
                    && filters.word("membership", "accepted", MEMBERSHIPS)) {
                response.addNodes(node);
            }
        }
        return response.build();
    }

    UpdateNodeResponse update(UpdateNodeRequest request) {
        check(request.getSpec());
        var written = transactions.write("UpdateNode", Node.class, (state, changes) -> {
            var node = Lookup.node(state, request.getId());
            if (node.getMeta().getVersion() != request.getVersion()) {
                throw ControlFailure.outOfSequence();
            }
            if (request.getSpec().getRole() != node.getSpec().getRole()) {
                ManagerQuorum.requireChange(state, node, request.getSpec().getRole());
            }
            var changed = node.toBuilder().setSpec(request.getSpec()).build();
            changes.update(changed);
            return changed;
        });
        // As it was written, if somebody has removed it since.
        return UpdateNodeResponse.newBuilder()
                .setNode(transactions.afterwards().node(written.getId()).orElse(written))
                .build();
    }

    private static void check(NodeSpec spec) {
        for (var key : spec.getAnnotations().getLabelsMap().keySet()) {
            if (key.isBlank()) {
                throw ControlFailure.invalid("a node label needs a name");
            }
        }
        switch (spec.getAvailability()) {
            case AVAILABILITY_ACTIVE, AVAILABILITY_PAUSE, AVAILABILITY_DRAIN -> {}
            case UNRECOGNIZED -> throw ControlFailure.invalid("invalid Availability");
        }
        switch (spec.getRole()) {
            case ROLE_WORKER, ROLE_MANAGER -> {}
            case UNRECOGNIZED -> throw ControlFailure.invalid("invalid Role");
        }
    }

    RemoveNodeResponse remove(RemoveNodeRequest request) {
        transactions.commit("RemoveNode", (state, changes) -> {
            var node = Lookup.node(state, request.getId());
            if (node.hasManagerStatus()) {
                throw ControlFailure.precondition("node " + node.getId()
                        + " is a cluster manager and is a member of the raft cluster. It must be demoted to worker"
                        + " before removal");
            }
            if (!request.getForce() && node.getStatus().getState() != NodeState.NODE_DOWN) {
                throw ControlFailure.precondition("node " + node.getId() + " is not down and can't be removed");
            }
            orphan(state, node, changes);
            changes.delete(node);
            state.cluster().ifPresent(cluster -> changes.update(refusing(cluster, node)));
            return node.getId();
        });
        return RemoveNodeResponse.getDefaultInstance();
    }

    private void orphan(ClusterState state, Node node, ChangeSetBuilder changes) {
        for (var task : state.tasksByNode(node.getId()).values()) {
            if (!TaskStates.ended(task)) {
                var orphan = task.toBuilder();
                orphan.getStatusBuilder()
                        .setState(TaskState.TASK_ORPHANED)
                        .setTimestamp(Timestamps.of(clock.instant()))
                        .setMessage("Task belonged to a node that has been deleted")
                        .setAppliedAt(Timestamps.of(clock.instant()));
                changes.update(orphan.build());
            }
        }
    }

    /** The cluster with the node among those whose certificates open nothing, and without those that have expired. */
    private Cluster refusing(Cluster cluster, Node node) {
        var now = clock.instant();
        var refusing = cluster.toBuilder().clearRemovedNodes();
        cluster.getRemovedNodesList().stream()
                .filter(removed -> Timestamps.instant(removed.getExpiresAt()).isAfter(now))
                .forEach(refusing::addRemovedNodes);
        return refusing.addRemovedNodes(RemovedNode.newBuilder()
                        .setNodeId(node.getId())
                        .setExpiresAt(Timestamps.of(now.plus(ClusterSettings.certificateLifetime(cluster.getSpec()))
                                .plus(REMOVED_MARGIN))))
                .build();
    }

    static String word(NodeRole role) {
        return role.name().substring("ROLE_".length()).toLowerCase(Locale.ROOT);
    }
}
