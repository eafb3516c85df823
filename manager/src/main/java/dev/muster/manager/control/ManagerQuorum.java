package dev.muster.manager.control;

import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.Reachability;
import dev.muster.manager.state.ClusterState;

/** Refuses changes of role after which the managers could not agree on anything any more. Pure. */
final class ManagerQuorum {
    private ManagerQuorum() {}

    /** Throws what the user is told if the node must not get this role now. */
    static void requireChange(ClusterState state, Node node, NodeRole wanted) {
        if (wanted == NodeRole.ROLE_MANAGER) {
            return;
        }
        var left = state.nodes().values().stream()
                .filter(one -> one.getSpec().getRole() == NodeRole.ROLE_MANAGER
                        && !one.getId().equals(node.getId()))
                .toList();
        if (left.isEmpty()) {
            throw ControlFailure.precondition("attempting to demote the last manager of the swarm");
        }
        // Who has never been in the group does not count there, neither as a voter nor as one that goes.
        var voters = left.stream().filter(ManagerQuorum::votes).toList();
        long reachable = voters.stream()
                .filter(one -> one.getManagerStatus().getReachability() == Reachability.REACHABILITY_REACHABLE)
                .count();
        if (votes(node) && reachable < voters.size() / 2 + 1) {
            throw ControlFailure.precondition(
                    "can't remove member from the raft: this would result in a loss of quorum");
        }
    }

    private static boolean votes(Node node) {
        return node.hasManagerStatus()
                && node.getManagerStatus().getReachability() != Reachability.REACHABILITY_UNKNOWN;
    }
}
