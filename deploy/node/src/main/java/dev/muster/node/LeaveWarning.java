package dev.muster.node;

import dev.muster.api.Node;
import dev.muster.api.Reachability;
import dev.muster.manager.state.ClusterStates;
import java.util.Optional;

/** Why a manager does not leave without force: what its leaving would cost, in Docker's words. Pure. */
final class LeaveWarning {
    private static final String BEGINNING =
            "You are attempting to leave the swarm on a node that is participating as a manager. ";
    private static final String END =
            "The only way to restore a swarm that has lost consensus is to reinitialize it with"
                    + " `--force-new-cluster`. Use `--force` to suppress this message.";

    private LeaveWarning() {}

    /**
     * @param states of this manager; empty if its manager half does not run
     */
    static String of(Optional<ClusterStates> states) {
        var cluster = states.map(ClusterStates::current)
                .filter(state -> state.cluster().isPresent());
        if (cluster.isEmpty()) {
            return BEGINNING + "Doing so may lose the consensus of your cluster. " + END;
        }
        long managers = cluster.get().nodes().values().stream()
                .filter(Node::hasManagerStatus)
                .count();
        long reachable = cluster.get().nodes().values().stream()
                .filter(node -> node.getManagerStatus().getReachability() == Reachability.REACHABILITY_REACHABLE)
                .count();
        if (managers <= 1) {
            return BEGINNING
                    + "Removing the last manager erases all current state of the swarm. Use `--force` to ignore"
                    + " this message.";
        }
        long unreachable = managers - reachable;
        String quorum = reachable - 2 <= unreachable
                ? "Removing this node leaves " + (reachable - 1) + " managers out of " + managers
                        + ". Without a Raft quorum your swarm will be inaccessible. "
                : "";
        return BEGINNING + quorum + END;
    }
}
