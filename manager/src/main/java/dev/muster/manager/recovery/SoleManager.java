package dev.muster.manager.recovery;

import dev.muster.api.ClusterSpec;
import dev.muster.api.Fence;
import dev.muster.api.LogEntry;
import dev.muster.api.ManagerStatus;
import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.NodeState;
import dev.muster.api.Reachability;
import dev.muster.api.Timestamps;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterReducer;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Verdict;
import java.time.Instant;

/**
 * The state of a cluster that goes on with one manager: every object stays, that manager has the place in the new group,
 * all others become workers, and the epoch is raised, so that agents follow no manager of before. Pure.
 */
public final class SoleManager {
    private static final String ORIGIN = "recovery";

    /** Nothing was proposed yet in the new group: any term will do, as long as fence and entry have the same. */
    private static final long TERM = 1;

    /**
     * The one that goes on.
     *
     * @param nodeId of a node that is known, or new
     * @param hostname of a new one, until its agent tells more
     * @param address HOST:PORT of its gRPC
     * @param raftAddress HOST:PORT of its Raft
     * @param raftMemberId its name in the new group
     * @param dataPathAddress where VXLAN reaches it
     */
    public record Survivor(
            String nodeId,
            String hostname,
            String address,
            String raftAddress,
            String raftMemberId,
            String dataPathAddress) {}

    private SoleManager() {}

    /**
     * The state to go on with.
     *
     * @param settings what is to change of the cluster's settings, the rest stays
     * @throws IllegalStateException if the state is of no cluster
     */
    public static ClusterState of(ClusterState state, Survivor survivor, ClusterSpec settings, Instant now) {
        var cluster = state.cluster()
                .orElseThrow(() -> new IllegalStateException("there is no cluster in the state that was found"));
        var changes = new ChangeSetBuilder(now, ORIGIN);
        changes.update(cluster.toBuilder()
                .setEpoch(nextEpoch(state.epoch(), now))
                .mergeSpec(settings)
                .build());
        for (var node : state.nodes().values()) {
            if (!node.getId().equals(survivor.nodeId()) && isManager(node)) {
                changes.update(asWorker(node));
            }
        }
        var known = state.node(survivor.nodeId());
        if (known.isPresent()) {
            changes.update(asManager(known.get().toBuilder(), survivor, now));
        } else {
            var node = Node.newBuilder().setId(survivor.nodeId());
            node.getDescriptionBuilder().setHostname(survivor.hostname());
            changes.create(asManager(node, survivor, now));
        }
        return apply(state, changes);
    }

    /**
     * Later than the epoch in the state, and than that of a recovery from the same state that was made before: of two that
     * begin from one backup, the later one counts.
     */
    private static long nextEpoch(long epoch, Instant now) {
        return Math.max(epoch + 1, now.getEpochSecond());
    }

    private static boolean isManager(Node node) {
        return node.getRole() == NodeRole.ROLE_MANAGER
                || node.getSpec().getRole() == NodeRole.ROLE_MANAGER
                || node.hasManagerStatus();
    }

    private static Node asWorker(Node node) {
        var worker = node.toBuilder().setRole(NodeRole.ROLE_WORKER).clearManagerStatus();
        worker.getSpecBuilder().setRole(NodeRole.ROLE_WORKER);
        return worker.build();
    }

    private static Node asManager(Node.Builder node, Survivor survivor, Instant now) {
        node.setRole(NodeRole.ROLE_MANAGER)
                .setManagerStatus(ManagerStatus.newBuilder()
                        .setAddress(survivor.address())
                        .setRaftAddress(survivor.raftAddress())
                        .setRaftMemberId(survivor.raftMemberId())
                        .setReachability(Reachability.REACHABILITY_REACHABLE)
                        .setLeader(true));
        node.getSpecBuilder().setRole(NodeRole.ROLE_MANAGER);
        node.getStatusBuilder().setAddress(survivor.dataPathAddress());
        if (node.getStatus().getState() != NodeState.NODE_READY) {
            node.getStatusBuilder().setState(NodeState.NODE_READY).setSince(Timestamps.of(now));
        }
        return node.build();
    }

    private static ClusterState apply(ClusterState state, ChangeSetBuilder changes) {
        var entry = LogEntry.newBuilder()
                .setFormat(ClusterReducer.ENTRY_FORMAT)
                .setFence(Fence.newBuilder().setEpoch(state.epoch()).setTerm(TERM))
                .addChangeSets(changes.build())
                .build();
        var applied = ClusterReducer.apply(state, entry, TERM);
        return switch (applied.verdicts().getFirst()) {
            case Verdict.Accepted _ -> applied.state();
            case Verdict.Rejected(var reasons) ->
                throw new IllegalStateException("the state that was found cannot go on: " + reasons);
        };
    }
}
