package dev.muster.manager.dispatcher;

import dev.muster.api.ClusterSpec;
import dev.muster.api.Durations;
import dev.muster.api.Kind;
import dev.muster.api.Node;
import dev.muster.api.Peer;
import dev.muster.api.SessionMessage;
import dev.muster.manager.settings.ClusterSettings;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import java.time.Duration;

/** What an agent is told about itself and the cluster as a whole. Pure. */
final class SessionMessages {
    private SessionMessages() {}

    static SessionMessage of(ClusterState state, String nodeId, String sessionId) {
        var message =
                SessionMessage.newBuilder().setSessionId(sessionId).setHeartbeatPeriod(Durations.of(period(state)));
        // Without what changes often and reaches the agent otherwise, if it needs it at all.
        state.node(nodeId)
                .ifPresent(node -> message.setNode(
                        node.toBuilder().clearMeta().clearAttachments().build()));
        for (var node : state.nodes().values()) {
            if (!node.getManagerStatus().getAddress().isEmpty()) {
                message.addManagers(Peer.newBuilder()
                        .setNodeId(node.getId())
                        .setAddress(node.getManagerStatus().getAddress()));
            }
        }
        state.cluster().ifPresent(cluster -> {
            message.setRootCaPem(cluster.getRootCa().getCertificatePem());
            message.setDataPathPort(ClusterSettings.dataPathPort(cluster));
            if (cluster.getSpec().hasLogDriver()) {
                message.setDefaultLogDriver(cluster.getSpec().getLogDriver());
            }
        });
        return message.build();
    }

    /** Whether what all agents are told may differ after the update, not only what the touched nodes are. */
    static boolean concernsAll(ClusterStates.Update update) {
        return update.touched().touches(Kind.KIND_CLUSTER)
                || update.touched().ids(Kind.KIND_NODE).stream()
                        .anyMatch(id -> isManager(update.before(), id) || isManager(update.after(), id));
    }

    static Duration period(ClusterState state) {
        return ClusterSettings.heartbeatPeriod(
                state.cluster().map(cluster -> cluster.getSpec()).orElse(ClusterSpec.getDefaultInstance()));
    }

    private static boolean isManager(ClusterState state, String nodeId) {
        return state.node(nodeId).filter(Node::hasManagerStatus).isPresent();
    }
}
