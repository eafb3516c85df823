package dev.muster.manager.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Cluster;
import dev.muster.api.DataKey;
import dev.muster.api.DataKeyRotation;
import dev.muster.api.KeepDataKeysResponse;
import dev.muster.api.ManagerStatus;
import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.NodeSpec;
import dev.muster.manager.loop.LeaderTerm;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The leader's data keys, over the real reducer; disks and calls are maps. */
class DataKeyDutyTest {
    private final LocalLog log = new LocalLog(new ClusterStates());
    private final Map<String, Disk> disks = new TreeMap<>();
    private final List<String> group = new ArrayList<>();
    private final Set<String> away = new TreeSet<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Runnable duringTheCall = () -> {};
    private int made;

    DataKeyDutyTest() {
        change(changes -> changes.create(Cluster.newBuilder()
                .setId("c1")
                .setActiveDataKey("k0")
                .setDataKeyRotation(DataKeyRotation.newBuilder()
                        .addHolders("n1.a")
                        .addHolders("n2.a")
                        .addHolders("n3.a"))
                .build()));
        for (var id : List.of("n1", "n2", "n3")) {
            manager(id);
            disks.put(id, new Disk());
            group.add(id + ".a");
        }
    }

    /** A manager's key ring, and what its log and snapshots name. */
    private final class Disk implements DataKeys {
        private final Map<String, DataKey> keys =
                new TreeMap<>(Map.of("k0", DataKey.newBuilder().setId("k0").build()));
        private final Set<String> named = new TreeSet<>(Set.of("k0"));

        @Override
        public List<DataKey> keys() {
            return List.copyOf(keys.values());
        }

        @Override
        public String active() {
            return cluster().getActiveDataKey();
        }

        @Override
        public DataKey make() {
            var key = DataKey.newBuilder().setId("k" + ++made).build();
            keep(List.of(key));
            return key;
        }

        @Override
        public void keep(Collection<DataKey> more) {
            more.forEach(key -> keys.put(key.getId(), key));
        }

        @Override
        public Set<String> needed() {
            return named;
        }

        Set<String> ids() {
            return keys.keySet();
        }
    }

    private DataKeyDuty leader(String id) {
        var term = new LeaderTerm(log.elect(), log.states(), () -> now, new SplittableRandom(1));
        var disk = disks.get(id);
        return new DataKeyDuty(
                term,
                new Group(id + ".a"),
                disk,
                (address, request) -> {
                    duringTheCall.run();
                    var node = address.replace(":2377", "");
                    if (away.contains(node)) {
                        throw new IllegalStateException(node + " does not answer");
                    }
                    var other = disks.get(node);
                    other.keep(request.getKeysList());
                    return KeepDataKeysResponse.newBuilder()
                            .addAllHeld(other.ids())
                            .addAllNeeded(other.needed())
                            .build();
                },
                () -> now);
    }

    private final class Group implements RaftGroup {
        private final String self;

        Group(String self) {
            this.self = self;
        }

        @Override
        public String self() {
            return self;
        }

        @Override
        public List<Member> members() {
            return group.stream()
                    .map(id -> new Member(id, id.substring(0, 2), id.substring(0, 2) + ":2378", Duration.ZERO))
                    .toList();
        }

        @Override
        public void add(String id, String address) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void remove(String id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void handOver(String id) {
            throw new UnsupportedOperationException();
        }
    }

    private void change(UnaryOperator<ChangeSetBuilder> changes) {
        var result =
                log.propose(changes.apply(new ChangeSetBuilder(now, "test")).build());
        assertThat(result.accepted()).as(result.message()).isTrue();
    }

    private void manager(String id) {
        change(changes -> changes.create(Node.newBuilder()
                .setId(id)
                .setRole(NodeRole.ROLE_MANAGER)
                .setSpec(NodeSpec.newBuilder().setRole(NodeRole.ROLE_MANAGER))
                .setManagerStatus(
                        ManagerStatus.newBuilder().setAddress(id + ":2377").setRaftMemberId(id + ".a"))
                .build()));
    }

    private Cluster cluster() {
        return log.states().current().cluster().orElseThrow();
    }

    private void wish() {
        var cluster = cluster().toBuilder();
        cluster.getDataKeyRotationBuilder()
                .setWanted(cluster.getDataKeyRotation().getWanted() + 1);
        change(changes -> changes.update(cluster.build()));
    }

    private void demote(String id) {
        group.remove(id + ".a");
        var node = log.states().current().node(id).orElseThrow();
        change(changes -> changes.update(node.toBuilder()
                .clearManagerStatus()
                .setRole(NodeRole.ROLE_WORKER)
                .build()));
    }

    @Test
    void withoutAReasonNothingChanges() {
        var entries = log.entries().size();
        leader("n1").pass();
        assertThat(log.entries()).hasSize(entries);
        assertThat(made).isZero();
    }

    @Test
    void aWishIsFulfilledWhenEveryMemberHasTheKey() {
        wish();
        leader("n1").pass();
        assertThat(cluster().getActiveDataKey()).isEqualTo("k1");
        assertThat(cluster().getDataKeyRotation().getMade()).isEqualTo(1);
        assertThat(disks.values()).allSatisfy(disk -> assertThat(disk.ids()).containsExactly("k0", "k1"));
        leader("n1").pass();
        assertThat(made).as("one wish, one key").isEqualTo(1);
    }

    @Test
    void aMemberThatIsAwayIsWaitedForAndThenTheSameKeyIsUsed() {
        wish();
        away.add("n3");
        var duty = leader("n1");
        duty.pass();
        duty.pass();
        assertThat(cluster().getActiveDataKey()).isEqualTo("k0");
        away.clear();
        duty.pass();
        assertThat(cluster().getActiveDataKey()).isEqualTo("k1");
        assertThat(disks.get("n3").ids()).contains("k1");
    }

    @Test
    void aWishThatComesInTheMiddleIsNotFulfilledByAKeyFromBefore() {
        wish();
        duringTheCall = () -> {
            duringTheCall = () -> {};
            wish();
        };
        var duty = leader("n1");
        duty.pass();
        assertThat(cluster().getActiveDataKey()).isEqualTo("k0");
        duty.pass();
        assertThat(cluster().getActiveDataKey()).isEqualTo("k2");
        assertThat(cluster().getDataKeyRotation().getMade()).isEqualTo(2);
    }

    @Test
    void whoIsAManagerNoLongerDoesNotKnowTheNextKey() {
        demote("n3");
        leader("n1").pass();
        assertThat(cluster().getActiveDataKey()).isEqualTo("k1");
        assertThat(cluster().getDataKeyRotation().getHoldersList()).containsExactly("n1.a", "n2.a");
        assertThat(disks.get("n3").ids()).containsExactly("k0");
    }

    @Test
    void whileAMemberIsAboutToGoNoKeyIsHandedOut() {
        wish();
        demote("n3");
        group.add("n3.a");
        leader("n1").pass();
        assertThat(made).isZero();
    }

    @Test
    void whoWaitsForItsPlaceIsAHolderFromTheTimeItIsTold() {
        manager("n4");
        disks.put("n4", new Disk());
        leader("n1").tell("n4.a", "n4:2377");
        assertThat(cluster().getDataKeyRotation().getHoldersList()).contains("n4.a");
        wish();
        leader("n1").pass();
        assertThat(cluster().getDataKeyRotation().getHoldersList()).contains("n4.a");
        demote("n4");
        leader("n1").pass();
        assertThat(cluster().getActiveDataKey()).as("it may have known it").isEqualTo("k2");
    }

    @Test
    void aLeaderThatDiesInTheMiddleLeavesAKeyThatIsForgottenLater() {
        wish();
        away.add("n3");
        leader("n1").pass();
        away.clear();
        var next = leader("n2");
        next.pass();
        assertThat(cluster().getActiveDataKey()).isEqualTo("k2");
        assertThat(disks.get("n1").ids()).containsExactly("k0", "k1", "k2");
        disks.values().forEach(disk -> disk.named.addAll(Set.of("k0", "k2")));
        next.pass();
        assertThat(cluster().getDataKeyRotation().getForgottenList()).containsExactly("k1");
    }

    @Test
    void anOldKeyIsForgottenWhenNobodyNamesIt() {
        wish();
        var duty = leader("n1");
        duty.pass();
        disks.values().forEach(disk -> disk.named.clear());
        disks.get("n2").named.add("k0");
        duty.pass();
        assertThat(cluster().getDataKeyRotation().getForgottenList())
                .as("n2 names it")
                .isEmpty();
        disks.get("n2").named.clear();
        duty.pass();
        assertThat(cluster().getDataKeyRotation().getForgottenList())
                .as("it is not asked all the time")
                .isEmpty();
        now = now.plus(Duration.ofMinutes(2));
        duty.pass();
        assertThat(cluster().getDataKeyRotation().getForgottenList()).containsExactly("k0");
    }
}
