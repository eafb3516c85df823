package dev.muster.manager;

import dev.muster.api.Kind;
import dev.muster.api.ManagerStatus;
import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.Reachability;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Touched;
import java.time.Instant;
import java.util.random.RandomGenerator;

/** Keeps in the state which manager leads, and how the leader is reached: agents and users are told from there. Pure. */
final class ManagerStatusLoop implements ControlLoop {
    private final String leaderId;
    private final String address;
    private final String raftAddress;

    ManagerStatusLoop(String leaderId, String address, String raftAddress) {
        this.leaderId = leaderId;
        this.address = address;
        this.raftAddress = raftAddress;
    }

    @Override
    public String name() {
        return "manager-status";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        if (!touched.touches(Kind.KIND_NODE)) {
            return Decision.NOTHING;
        }
        var changes = new ChangeSetBuilder(now, name());
        for (var node : state.nodes().values()) {
            var status = status(node);
            if (!status.equals(node.getManagerStatus())) {
                changes.update(node.toBuilder().setManagerStatus(status).build());
            }
        }
        return Decision.propose(changes);
    }

    private ManagerStatus status(Node node) {
        if (node.getId().equals(leaderId)) {
            return ManagerStatus.newBuilder()
                    .setAddress(address)
                    .setRaftAddress(raftAddress)
                    .setReachability(Reachability.REACHABILITY_REACHABLE)
                    .setLeader(true)
                    .build();
        }
        return node.getRole() == NodeRole.ROLE_MANAGER && node.hasManagerStatus()
                ? node.getManagerStatus().toBuilder().setLeader(false).build()
                : node.getManagerStatus();
    }
}
