package dev.muster.manager.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Cluster;
import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.Reachability;
import dev.muster.manager.membership.MembershipPlan.Step;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MembershipPlanTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private static RaftGroup.Member member(String nodeId, Duration silence) {
        return new RaftGroup.Member(nodeId + ".a", nodeId, nodeId + ":2378", silence);
    }

    private static List<RaftGroup.Member> group(String... heard) {
        return Stream.of(heard).map(id -> member(id, Duration.ZERO)).toList();
    }

    private static Node.Builder manager(String id) {
        var node = Node.newBuilder().setId(id).setRole(NodeRole.ROLE_MANAGER);
        node.getSpecBuilder().setRole(NodeRole.ROLE_MANAGER);
        node.getManagerStatusBuilder()
                .setAddress(id + ":2377")
                .setRaftAddress(id + ":2378")
                .setRaftMemberId(id + ".a");
        return node;
    }

    private static Node.Builder demoted(String id) {
        var node = manager(id);
        node.getSpecBuilder().setRole(NodeRole.ROLE_WORKER);
        return node;
    }

    private static ClusterState state(Node.Builder... nodes) {
        var log = new LocalLog(new ClusterStates());
        var changes = new ChangeSetBuilder(Instant.EPOCH, "test");
        changes.create(Cluster.newBuilder().setId("c1").build());
        Stream.of(nodes).forEach(node -> changes.create(node.build()));
        assertThat(log.propose(changes.build()).accepted()).isTrue();
        return log.states().current();
    }

    @Test
    void whatIsAsItShouldBeStays() {
        assertThat(MembershipPlan.next(state(manager("m1"), manager("m2")), group("m1", "m2"), "m1.a"))
                .isEqualTo(new Step.Nothing());
        assertThat(MembershipPlan.next(ClusterState.EMPTY, group("m1"), "m1.a"))
                .as("a cluster that is just being made")
                .isEqualTo(new Step.Nothing());
    }

    @Test
    void managersThatAskedComeOneAfterTheOther() {
        var state = state(manager("m1"), manager("m2"), manager("m3"));
        assertThat(MembershipPlan.next(state, group("m1"), "m1.a"))
                .isEqualTo(new Step.Add("m2.a", "m2", "m2:2377", "m2:2378"));
        assertThat(MembershipPlan.next(state, group("m1", "m2"), "m1.a"))
                .isEqualTo(new Step.Add("m3.a", "m3", "m3:2377", "m3:2378"));
    }

    @Test
    void aPromotedNodeComesWhenItsCertificateSaysSoAndItHasAsked() {
        var silent = manager("m2");
        silent.clearManagerStatus();
        var uncertified = manager("m3").setRole(NodeRole.ROLE_WORKER);
        assertThat(MembershipPlan.next(state(manager("m1"), silent, uncertified), group("m1"), "m1.a"))
                .isEqualTo(new Step.Nothing());
    }

    @Test
    void aDemotedManagerLeavesTheGroupBeforeItBecomesAWorker() {
        var state = state(manager("m1"), demoted("m2"), manager("m3"));
        assertThat(MembershipPlan.next(state, group("m1", "m2", "m3"), "m1.a"))
                .isEqualTo(new Step.Remove("m2.a", "m2"));
        assertThat(MembershipPlan.next(state, group("m1", "m3"), "m1.a")).isEqualTo(new Step.Release("m2"));
    }

    @Test
    void theLeaderHandsOverToTheMemberThatWasHeardLast() {
        var state = state(demoted("m1"), manager("m2"), manager("m3"));
        var members = List.of(
                member("m1", Duration.ZERO),
                member("m2", Duration.ofMillis(900)),
                member("m3", Duration.ofMillis(100)));
        assertThat(MembershipPlan.next(state, members, "m1.a")).isEqualTo(new Step.HandOver("m3.a"));
    }

    @Test
    void theLeaderGoesAfterTheOthersThatHaveToGo() {
        assertThat(MembershipPlan.next(
                        state(demoted("m1"), demoted("m2"), manager("m3")), group("m1", "m2", "m3"), "m1.a"))
                .isEqualTo(new Step.Remove("m2.a", "m2"));
    }

    @Test
    void nobodyGoesWithoutWhomThereWouldBeNoMajority() {
        var state = state(manager("m1"), manager("m2"), demoted("m3"));
        var members = List.of(member("m1", Duration.ZERO), member("m2", LONG), member("m3", Duration.ZERO));
        assertThat(MembershipPlan.next(state, members, "m1.a"))
                .isEqualTo(new Step.Wait("without m3 only 1 of 2 managers would be reachable"));
        assertThat(MembershipPlan.next(state(demoted("m1")), group("m1"), "m1.a"))
                .isEqualTo(new Step.Wait("the last manager cannot leave the group"));
    }

    @Test
    void aMemberWithoutANodeGoes() {
        assertThat(MembershipPlan.next(state(manager("m1"), manager("m2")), group("m1", "m2", "gone"), "m1.a"))
                .isEqualTo(new Step.Remove("gone.a", "gone"));
    }

    @Test
    void aManagerThatLostItsLogGoesAndComesBackUnderAnotherName() {
        var again = manager("m3");
        again.getManagerStatusBuilder().setRaftMemberId("m3.b");
        var state = state(manager("m1"), manager("m2"), again);
        var members = List.of(member("m1", Duration.ZERO), member("m2", Duration.ZERO), member("m3", LONG));
        assertThat(MembershipPlan.next(state, members, "m1.a")).isEqualTo(new Step.Remove("m3.a", "m3"));
        assertThat(MembershipPlan.next(state, group("m1", "m2"), "m1.a"))
                .isEqualTo(new Step.Add("m3.b", "m3", "m3:2377", "m3:2378"));
    }

    @Test
    void statusesSayWhoLeadsAndWhoIsHeard() {
        var waiting = manager("m4");
        var state = state(
                manager("m1"),
                manager("m2"),
                manager("m3"),
                waiting,
                Node.newBuilder().setId("w1"));
        var members = List.of(member("m1", Duration.ZERO), member("m2", Duration.ZERO), member("m3", LONG));
        var leader = new ManagerStatuses.Leader("m1", "new:2377", "new:2378");
        var log = new LocalLog(new ClusterStates(state));

        var changes = ManagerStatuses.changes(state, members, leader, Instant.EPOCH);
        assertThat(log.propose(changes.build()).accepted()).isTrue();

        var after = log.states().current();
        var first = after.node("m1").orElseThrow().getManagerStatus();
        assertThat(first.getLeader()).isTrue();
        assertThat(first.getAddress()).isEqualTo("new:2377");
        assertThat(after.node("m2").orElseThrow().getManagerStatus().getReachability())
                .isEqualTo(Reachability.REACHABILITY_REACHABLE);
        assertThat(after.node("m3").orElseThrow().getManagerStatus().getReachability())
                .isEqualTo(Reachability.REACHABILITY_UNREACHABLE);
        assertThat(after.node("m4").orElseThrow().getManagerStatus().getReachability())
                .isEqualTo(Reachability.REACHABILITY_UNKNOWN);
        assertThat(after.node("w1").orElseThrow().hasManagerStatus()).isFalse();
        assertThat(ManagerStatuses.changes(after, members, leader, Instant.EPOCH)
                        .isEmpty())
                .as("a second look changes nothing")
                .isTrue();
    }
}
