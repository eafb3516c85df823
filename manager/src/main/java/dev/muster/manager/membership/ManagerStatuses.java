package dev.muster.manager.membership;

import dev.muster.api.ManagerStatus;
import dev.muster.api.Node;
import dev.muster.api.Reachability;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import java.time.Instant;
import java.util.List;

/** What the leader writes into the state about managers: who leads, how it is reached, whom it hears of. Pure. */
final class ManagerStatuses {
    /** How the leader is reached, which may have changed since it wrote it last. */
    record Leader(String nodeId, String address, String raftAddress) {}

    private ManagerStatuses() {}

    static ChangeSetBuilder changes(ClusterState state, List<RaftGroup.Member> members, Leader leader, Instant now) {
        var changes = new ChangeSetBuilder(now, "manager-status");
        for (var node : state.nodes().values()) {
            boolean leads = node.getId().equals(leader.nodeId());
            if (node.hasManagerStatus() || leads) {
                var status = leads ? leading(node, leader) : following(node, members);
                if (!status.equals(node.getManagerStatus())) {
                    changes.update(node.toBuilder().setManagerStatus(status).build());
                }
            }
        }
        return changes;
    }

    private static ManagerStatus leading(Node node, Leader leader) {
        return node.getManagerStatus().toBuilder()
                .setAddress(leader.address())
                .setRaftAddress(leader.raftAddress())
                .setReachability(Reachability.REACHABILITY_REACHABLE)
                .setLeader(true)
                .build();
    }

    private static ManagerStatus following(Node node, List<RaftGroup.Member> members) {
        var reachability = members.stream()
                .filter(member -> member.id().equals(node.getManagerStatus().getRaftMemberId()))
                .findFirst()
                .map(member -> member.reachable()
                        ? Reachability.REACHABILITY_REACHABLE
                        : Reachability.REACHABILITY_UNREACHABLE)
                .orElse(Reachability.REACHABILITY_UNKNOWN);
        return node.getManagerStatus().toBuilder()
                .setReachability(reachability)
                .setLeader(false)
                .build();
    }
}
