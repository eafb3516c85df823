package dev.muster.manager.membership;

import dev.muster.api.Cluster;
import dev.muster.manager.state.ClusterState;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Whether another data key is due, and what the cluster's object says of one. A key is due when somebody asked for it (the
 * unlock key was rotated), and when one who knows the key in use is no manager any more: removed, demoted, or its disk
 * lost. Pure.
 */
final class DataKeyPlan {
    private DataKeyPlan() {}

    static boolean due(ClusterState state, List<RaftGroup.Member> members) {
        return state.cluster()
                .map(Cluster::getDataKeyRotation)
                .filter(rotation -> rotation.getWanted() > rotation.getMade()
                        || rotation.getHoldersList().stream().anyMatch(holder -> gone(state, members, holder)))
                .isPresent();
    }

    /** Whether every member of the group is one that a node names: otherwise one is about to go. */
    static boolean settled(ClusterState state, List<RaftGroup.Member> members) {
        return members.stream().allMatch(member -> named(state, member.id()));
    }

    private static boolean gone(ClusterState state, List<RaftGroup.Member> members, String holder) {
        return !named(state, holder)
                && members.stream().noneMatch(member -> member.id().equals(holder));
    }

    private static boolean named(ClusterState state, String member) {
        return state.nodes().values().stream()
                .anyMatch(node -> node.getManagerStatus().getRaftMemberId().equals(member));
    }

    /** The cluster's object if it is to say that this member knows the key in use; empty if it does. */
    static Optional<Cluster> withHolder(ClusterState state, String member) {
        return state.cluster()
                .filter(cluster ->
                        !cluster.getDataKeyRotation().getHoldersList().contains(member))
                .map(cluster -> {
                    var updated = cluster.toBuilder();
                    updated.getDataKeyRotationBuilder().addHolders(member);
                    return updated.build();
                });
    }

    /**
     * The cluster's object when all members have the key. Who holds keys and waits for its place may know it too.
     *
     * @param wish the wish that the key fulfils
     */
    static Cluster activated(ClusterState state, Cluster cluster, String key, long wish, Set<String> members) {
        var holders = new TreeSet<>(members);
        cluster.getDataKeyRotation().getHoldersList().stream()
                .filter(holder -> named(state, holder))
                .forEach(holders::add);
        var updated = cluster.toBuilder().setActiveDataKey(key);
        updated.getDataKeyRotationBuilder().setMade(wish).clearHolders().addAllHolders(holders);
        return updated.build();
    }

    static Set<String> ids(Collection<RaftGroup.Member> members) {
        return members.stream().map(RaftGroup.Member::id).collect(Collectors.toCollection(TreeSet::new));
    }
}
