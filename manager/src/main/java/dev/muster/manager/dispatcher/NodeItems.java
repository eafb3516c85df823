package dev.muster.manager.dispatcher;

import dev.muster.api.Assignment;
import dev.muster.api.Network;
import dev.muster.api.NetworkAssignment;
import dev.muster.api.Node;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.state.ClusterState;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one node alone is told: its tasks, what they are made from, and its own addresses. A secret or config goes only
 * to nodes that have a task which names it and has not ended; a revision, which may hold registry credentials, only to
 * nodes that have a task made from it. Pure.
 */
final class NodeItems {
    private NodeItems() {}

    static SortedMap<ItemKey, Assignment> of(ClusterState state, String nodeId) {
        var items = new TreeMap<ItemKey, Assignment>();
        for (var task : state.tasksByNode(nodeId).values()) {
            if (visible(task)) {
                items.put(
                        ItemKey.task(task.getId()),
                        Assignment.newBuilder().setTask(task).build());
                var revision = state.revision(task);
                items.put(
                        ItemKey.revision(revision.getId()),
                        Assignment.newBuilder().setRevision(revision).build());
                if (!TaskStates.ended(task)) {
                    addFiles(state, revision, items);
                }
            }
        }
        state.node(nodeId).ifPresent(node -> addNetworks(state, node, items));
        return items;
    }

    /**
     * Whether the agent is to know the task: from its assignment until it is deleted. An ended task stays, as its logs
     * do, unless it is to be removed.
     */
    static boolean visible(Task task) {
        var observed = task.getStatus().getState();
        return !TaskStates.before(observed, TaskState.TASK_ASSIGNED)
                && observed != TaskState.TASK_ORPHANED
                && !(TaskStates.ended(task) && task.getDesiredState() == TaskState.TASK_REMOVE);
    }

    /**
     * Whether the agent has no use for the difference. A task's status came from it, and meta changes with it: both
     * would echo each report.
     */
    static boolean same(Assignment left, Assignment right) {
        // Most are the same object in both, which costs nothing to see.
        return left.equals(right)
                || (left.hasTask() && right.hasTask() && stable(left.getTask()).equals(stable(right.getTask())));
    }

    private static Task stable(Task task) {
        return task.toBuilder().clearMeta().clearStatus().build();
    }

    private static void addFiles(ClusterState state, ServiceRevision revision, SortedMap<ItemKey, Assignment> items) {
        var container = revision.getTask().getContainer();
        for (var reference : container.getSecretsList()) {
            state.secret(reference.getSecretId())
                    .ifPresent(secret -> items.put(
                            ItemKey.secret(secret.getId()),
                            Assignment.newBuilder().setSecret(secret).build()));
        }
        for (var reference : container.getConfigsList()) {
            state.config(reference.getConfigId())
                    .ifPresent(config -> items.put(
                            ItemKey.config(config.getId()),
                            Assignment.newBuilder().setConfig(config).build()));
        }
    }

    private static void addNetworks(ClusterState state, Node node, SortedMap<ItemKey, Assignment> items) {
        for (var attachment : node.getAttachmentsList()) {
            if (!attachment.getAddress().isEmpty()) {
                state.network(attachment.getNetworkId())
                        .ifPresent(network -> items.put(
                                ItemKey.network(network.getId()),
                                Assignment.newBuilder()
                                        .setNetwork(NetworkAssignment.newBuilder()
                                                .setNetwork(withoutNoise(network))
                                                .setNodeAddress(attachment.getAddress()))
                                        .build()));
            }
        }
    }

    /** Without what the allocator notes for itself at each address it gives. */
    private static Network withoutNoise(Network network) {
        return network.toBuilder()
                .clearMeta()
                .clearAddressCursor()
                .clearErr()
                .clearPendingDelete()
                .build();
    }
}
