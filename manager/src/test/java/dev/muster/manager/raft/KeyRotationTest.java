package dev.muster.manager.raft;

import static dev.muster.manager.raft.TestManagers.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.muster.api.Annotations;
import dev.muster.api.ChangeSet;
import dev.muster.api.Cluster;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.api.DataKey;
import dev.muster.manager.raft.TestManagers.Manager;
import dev.muster.manager.state.ChangeSetBuilder;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Another data key comes into use in a group of real members, around snapshots and restarts. */
@Timeout(180)
class KeyRotationTest {
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
    private static final long SNAPSHOT_ENTRIES = 60;

    /** Entries of 20 KB: several of Ratis' segments of 4 MB, of which only whole ones are purged. */
    private static final int ROLLED = 300;

    private final SecureRandom random = new SecureRandom();

    @TempDir
    private Path directory;

    private TestManagers managers;
    private Manager first;

    @BeforeEach
    void start() {
        managers = new TestManagers(directory, SNAPSHOT_ENTRIES);
        first = managers.start("n1");
        await("leading", first::leads);
        var cluster = Cluster.newBuilder()
                .setId(TestManagers.CLUSTER)
                .setActiveDataKey(first.keys().active())
                .build();
        commit(first, new ChangeSetBuilder(AT, "test").create(cluster).build());
    }

    @AfterEach
    void stop() {
        managers.close();
    }

    @Test
    void aMemberThatWasAwayDuringARotationGetsASnapshotUnderTheNewKeyAndLeadsWithIt() {
        var second = add("n2");
        var third = add("n3");
        write(first, "old", 10);
        var next = KeyRing.newKey(random);
        var former = first.keys().active();
        keep(next, first, second, third);
        managers.stop(second);

        activate(first, next);
        write(first, "new", ROLLED);
        await(
                "the log behind the rotation is purged",
                () -> !first.raft().neededKeys().contains(former));

        var back = managers.start("n2");
        await(
                "n2 has caught up",
                () -> back.states().current().version()
                        == first.states().current().version());
        assertThat(back.states().current().configs())
                .isEqualTo(first.states().current().configs());
        assertThat(back.keys().active()).isEqualTo(next.getId());
        first.raft().transferLeadership(TestManagers.member("n2"));
        await("n2 leads", back::leads);
        write(back, "by-n2", 5);
        await("n3 reads it", () -> third.states().current().config("by-n2-4").isPresent());
        assertThat(third.failures()).isEmpty();
        assertThat(first.failures()).isEmpty();
    }

    @Test
    void writesGoOnWhileKeysComeAndGoAndARestartReadsAllOfThem() throws Exception {
        var second = add("n2");
        var stopping = new AtomicBoolean();
        try (var writers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Integer> written = writers.submit(() -> {
                int count = 0;
                while (!stopping.get()) {
                    commit(first, create("load-" + count++));
                }
                return count;
            });
            for (int round = 0; round < 5; round++) {
                var next = KeyRing.newKey(random);
                keep(next, first, second);
                activate(first, next);
                int entries = 30 * (round + 1);
                await(
                        "some writes under it",
                        () -> first.states().current().configs().size() > entries);
            }
            stopping.set(true);
            int count = written.get();
            assertThat(first.states().current().configs()).hasSize(count);
            await("n2 has them", () -> second.states().current().configs().size() == count);
            managers.stop(first);
            managers.stop(second);
            var again = managers.start("n1");
            var other = managers.start("n2");
            await("one leads", () -> again.leads() || other.leads());
            for (var one : List.of(again, other)) {
                await(
                        "all of them are there",
                        () -> one.states().current().configs().size() == count);
                assertThat(one.failures()).isEmpty();
            }
        }
    }

    @Test
    void keysAreForgottenOnlyWhenNoLogAndNoSnapshotNamesThem() {
        var next = KeyRing.newKey(random);
        var former = first.keys().active();
        keep(next, first);
        activate(first, next);
        assertThat(first.raft().neededKeys()).containsExactlyInAnyOrder(former, next.getId());
        write(first, "more", 10);
        assertThat(first.raft().neededKeys()).contains(former);

        write(first, "many", ROLLED);
        await(
                "a snapshot behind it, and the log purged",
                () -> !first.raft().neededKeys().contains(former));
        forget(first, former);
        assertThat(first.keys().keys()).extracting(DataKey::getId).containsExactly(next.getId());

        managers.stop(first);
        var again = managers.start("n1");
        await("leading again", again::leads);
        assertThat(again.states().current().config("many-0")).isPresent();
        assertThat(again.keys().keys()).extracting(DataKey::getId).containsExactly(next.getId());
    }

    @Test
    void theClusterSaysHowOftenSnapshotsAreTakenAndHowManyOldOnesAreKept() {
        var cluster = first.states().current().cluster().orElseThrow().toBuilder();
        cluster.getSpecBuilder().setSnapshotInterval(10).setKeepOldSnapshots(2);
        commit(first, new ChangeSetBuilder(AT, "test").update(cluster.build()).build());
        write(first, "a", 45);
        await("three snapshots", () -> snapshots().length == 3);
        write(first, "b", 45);
        assertThat(snapshots()).hasSizeLessThanOrEqualTo(3);
        assertThat(first.states().current().configs()).hasSize(90);
    }

    private String[] snapshots() {
        var found = GroupDirectories.snapshots(GroupDirectories.group(managers.home("n1"), TestManagers.CLUSTER, 0))
                .toFile()
                .list((_, name) -> name.matches("snapshot\\.[0-9]+_[0-9]+"));
        return found == null ? new String[0] : found;
    }

    private Manager add(String id) {
        var joining = managers.startJoining(id, first);
        first.raft().addMember(TestManagers.member(id), managers.address(id));
        return joining;
    }

    private static void keep(DataKey key, Manager... all) {
        for (var one : all) {
            one.keys().add(List.of(key));
        }
    }

    private static void activate(Manager leader, DataKey key) {
        var cluster = leader.states().current().cluster().orElseThrow();
        commit(
                leader,
                new ChangeSetBuilder(AT, "test")
                        .update(cluster.toBuilder()
                                .setActiveDataKey(key.getId())
                                .build())
                        .build());
        assertThat(leader.keys().active()).isEqualTo(key.getId());
    }

    private static void forget(Manager leader, String id) {
        var cluster = leader.states().current().cluster().orElseThrow().toBuilder();
        cluster.getDataKeyRotationBuilder().addForgotten(id);
        commit(leader, new ChangeSetBuilder(AT, "test").update(cluster.build()).build());
    }

    private static void write(Manager leader, String name, int count) {
        for (int i = 0; i < count; i++) {
            commit(leader, create(name + "-" + i));
        }
    }

    private static void commit(Manager leader, ChangeSet changes) {
        var result = leader.raft().propose(changes);
        assertThat(result.accepted()).as(result.message()).isTrue();
    }

    private static ChangeSet create(String id) {
        return new ChangeSetBuilder(AT, "test")
                .create(Config.newBuilder()
                        .setId(id)
                        .setSpec(ConfigSpec.newBuilder()
                                .setAnnotations(Annotations.newBuilder().setName(id))
                                .setData(ByteString.copyFrom(new byte[20_000])))
                        .build())
                .build();
    }
}
