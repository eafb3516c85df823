package dev.muster.manager.membership;

import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.manager.state.ClusterState;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The next step from the group as it is to the managers as the nodes say they should be: one member at a time, nothing
 * that would leave the group without a majority, and removals first, as who is to go may never answer again. Pure.
 */
final class MembershipPlan {
    /** What to do now. */
    sealed interface Step {
        /** All is as it should be. */
        record Nothing() implements Step {}

        /** A manager that has asked for its place gets it. */
        record Add(String memberId, String nodeId, String address, String raftAddress) implements Step {}

        /** A member goes: demoted, its node removed, or its log lost. */
        record Remove(String memberId, String nodeId) implements Step {}

        /** The leader itself has to go: another one leads first, and goes on with this. */
        record HandOver(String toMemberId) implements Step {}

        /** A demoted manager is out of the group: it may become a worker. */
        record Release(String nodeId) implements Step {}

        /** What should be done cannot be done now. */
        record Wait(String why) implements Step {}
    }

    private MembershipPlan() {}

    static Step next(ClusterState state, List<RaftGroup.Member> members, String self) {
        if (state.cluster().isEmpty()) {
            return new Step.Nothing();
        }
        var leaving = members.stream()
                .filter(member -> !belongs(state, member))
                // This manager goes last, and who cannot be heard goes first.
                .min(Comparator.comparing(
                                (RaftGroup.Member member) -> member.id().equals(self))
                        .thenComparing(RaftGroup.Member::reachable)
                        .thenComparing(RaftGroup.Member::id));
        if (leaving.isPresent()) {
            return remove(leaving.get(), members, self);
        }
        for (var node : state.nodes().values()) {
            if (node.hasManagerStatus() && node.getSpec().getRole() == NodeRole.ROLE_WORKER) {
                return new Step.Release(node.getId());
            }
        }
        return state.nodes().values().stream()
                .filter(node -> wanted(node).isPresent() && members.stream().noneMatch(member -> isOf(member, node)))
                .findFirst()
                .<Step>map(node -> new Step.Add(
                        node.getManagerStatus().getRaftMemberId(),
                        node.getId(),
                        node.getManagerStatus().getAddress(),
                        node.getManagerStatus().getRaftAddress()))
                .orElse(new Step.Nothing());
    }

    private static Step remove(RaftGroup.Member leaving, List<RaftGroup.Member> members, String self) {
        var left = members.stream().filter(member -> !member.equals(leaving)).toList();
        if (left.isEmpty()) {
            return new Step.Wait("the last manager cannot leave the group");
        }
        var heard = left.stream().filter(RaftGroup.Member::reachable).toList();
        if (heard.size() < majority(left.size())) {
            return new Step.Wait("without " + leaving.nodeId() + " only " + heard.size() + " of " + left.size()
                    + " managers would be reachable");
        }
        if (!leaving.id().equals(self)) {
            return new Step.Remove(leaving.id(), leaving.nodeId());
        }
        return heard.stream()
                .min(Comparator.comparing(RaftGroup.Member::silence).thenComparing(RaftGroup.Member::id))
                .<Step>map(successor -> new Step.HandOver(successor.id()))
                .orElse(new Step.Wait("no other manager can be reached"));
    }

    private static boolean belongs(ClusterState state, RaftGroup.Member member) {
        return state.node(member.nodeId())
                .filter(node -> wanted(node).isPresent() && isOf(member, node))
                .isPresent();
    }

    /** The node, if it should be in the group and has asked to be. */
    private static Optional<Node> wanted(Node node) {
        return Optional.of(node)
                .filter(one -> one.getSpec().getRole() == NodeRole.ROLE_MANAGER
                        && one.getRole() == NodeRole.ROLE_MANAGER
                        && !one.getManagerStatus().getRaftMemberId().isEmpty());
    }

    private static boolean isOf(RaftGroup.Member member, Node node) {
        return member.id().equals(node.getManagerStatus().getRaftMemberId());
    }

    static int majority(int members) {
        return members / 2 + 1;
    }
}
