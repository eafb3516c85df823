package dev.muster.manager.raft;

import static dev.muster.manager.raft.TestManagers.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.ChangeSet;
import dev.muster.api.Cluster;
import dev.muster.api.Config;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStateLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A new group from what one member of an old one has on its disk. */
@Timeout(180)
class NewGroupTest {
    private static final RandomGenerator RANDOM = RandomGenerator.getDefault();

    @TempDir
    private Path directory;

    private TestManagers managers;

    @AfterEach
    void stop() {
        managers.close();
    }

    private static ChangeSetBuilder changes() {
        return new ChangeSetBuilder(Instant.EPOCH, "test");
    }

    private static ChangeSet config(String id) {
        var config = Config.newBuilder().setId(id);
        config.getSpecBuilder().getAnnotationsBuilder().setName(id);
        return changes().create(config.build()).build();
    }

    private KeyRing keys(String id) {
        return KeyRing.open(managers.home(id), Optional.empty(), RANDOM);
    }

    private ClusterState onDisk(String id) {
        return StateOnDisk.read(managers.home(id), TestManagers.CLUSTER, 0, keys(id))
                .state();
    }

    @Test
    void hasWhatWasAcknowledgedThoughTheSurvivorNeverHeardOfItsCommit() {
        managers = new TestManagers(directory, 20);
        var first = managers.start("n1");
        await("leading", first::leads);
        var second = managers.startJoining("n2", first);
        first.raft().addMember(TestManagers.member("n2"), managers.address("n2"));
        assertThat(first.raft()
                        .propose(changes()
                                .create(Cluster.newBuilder()
                                        .setId(TestManagers.CLUSTER)
                                        .build())
                                .build())
                        .accepted())
                .isTrue();
        for (int i = 0; i < 50; i++) {
            assertThat(first.raft().propose(config("c" + i)).accepted()).isTrue();
        }
        // The last acknowledgement needed this follower's disk; that it is committed it may not have heard.
        managers.stop(second);
        managers.stop(first);
        var found = onDisk("n2");
        assertThat(found.configs()).hasSize(50);
        assertThat(found.version()).isEqualTo(51);
    }

    @Test
    void beginsFromItsSeedAndGoesOnAfterRestartsAndIsClosedToTheOldOne() throws Exception {
        managers = new TestManagers(directory, 20);
        var first = managers.start("n1");
        await("leading", first::leads);
        var second = managers.startJoining("n2", first);
        first.raft().addMember(TestManagers.member("n2"), managers.address("n2"));
        first.raft()
                .propose(changes()
                        .create(Cluster.newBuilder().setId(TestManagers.CLUSTER).build())
                        .build());
        first.raft().propose(config("old"));
        managers.stop(second);
        managers.stop(first);

        var state = StateOnDisk.read(managers.home("n1"), TestManagers.CLUSTER, 0, keys("n1"));
        var cluster =
                state.state().cluster().orElseThrow().toBuilder().setEpoch(9).build();
        var raised = withCluster(state.state(), cluster);
        Seed.write(managers.home("n1"), raised, state.index(), keys("n1"));
        managers.epoch("n1", 9);
        var alone = managers.resume("n1");
        await("leading the new group", alone::leads);
        assertThat(alone.raft().read().config("old")).isPresent();
        assertThat(alone.raft().members()).hasSize(1);
        assertThat(alone.raft().propose(config("new")).accepted()).isTrue();
        assertThat(Files.exists(managers.home("n1").resolve("log")))
                .as("the old log")
                .isFalse();

        // The old group's other member, by itself or asking for votes, has no part in it.
        var old = managers.resume("n2");
        managers.stop(alone);
        alone = managers.resume("n1");
        await("leading again", alone::leads);
        assertThat(alone.raft().read().configs().keySet()).containsExactly("new", "old");
        assertThat(old.leads()).isFalse();
        assertThat(old.states().current().config("new")).isEmpty();

        managers.stop(old);
        managers.epoch("n3", 9);
        var third = managers.startJoining("n3", alone);
        alone.raft().addMember(TestManagers.member("n3"), managers.address("n3"));
        await("a new member has all", () -> third.states().current().configs().size() == 2);
    }

    private static ClusterState withCluster(ClusterState state, Cluster cluster) {
        var loader = new ClusterStateLoader();
        ClusterStateLoader.write(
                state,
                stored -> loader.add(
                        stored.hasCluster()
                                ? stored.toBuilder().setCluster(cluster).build()
                                : stored));
        return loader.load(state.version() + 1);
    }
}
