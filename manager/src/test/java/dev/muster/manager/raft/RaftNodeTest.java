package dev.muster.manager.raft;

import static dev.muster.manager.raft.TestManagers.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.muster.api.Annotations;
import dev.muster.api.ChangeSet;
import dev.muster.api.Secret;
import dev.muster.api.SecretSpec;
import dev.muster.manager.raft.TestManagers.Manager;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.state.Rejection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class RaftNodeTest {
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
    private static final String HUSH = "nobody may find this on the disk";
    private static final long SNAPSHOT_ENTRIES = 50;

    @TempDir
    private Path directory;

    private TestManagers managers;
    private Manager manager;

    @BeforeEach
    void start() {
        managers = new TestManagers(directory, SNAPSHOT_ENTRIES);
        manager = managers.start("n1");
        await("leading", manager::leads);
    }

    @AfterEach
    void stop() {
        managers.close();
    }

    @Test
    void anAcknowledgedChangeIsInTheStateAndSurvivesARestart() {
        assertThat(manager.raft().propose(create("s1"))).isEqualTo(new ProposalResult.Accepted(1));
        assertThat(manager.states().current().secretNamed("s1")).isPresent();
        assertThat(manager.raft().read().secret("s1")).isPresent();

        restart();

        assertThat(manager.states()
                        .current()
                        .secret("s1")
                        .orElseThrow()
                        .getSpec()
                        .getData()
                        .toStringUtf8())
                .isEqualTo(HUSH + " s1");
        assertThat(manager.states().current().version()).isEqualTo(1);
        assertThat(manager.raft().propose(create("s2"))).isEqualTo(new ProposalResult.Accepted(2));
    }

    @Test
    void aRejectionComesBackWithItsReasonsAndChangesNothing() {
        manager.raft().propose(create("s1"));
        var before = manager.states().current();
        assertThat(manager.raft().propose(create("s1")))
                .isInstanceOfSatisfying(
                        ProposalResult.Rejected.class,
                        rejected -> assertThat(rejected.reasons())
                                .singleElement()
                                .isInstanceOf(Rejection.AlreadyExists.class));
        assertThat(manager.states().current()).isSameAs(before);
    }

    @Test
    void proposalsOfManyThreadsShareEntriesAndEachGetsItsOwnAnswer() throws Exception {
        long before = manager.raft().appliedIndex();
        var answers = new ArrayList<Future<ProposalResult>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 1000; i++) {
                var id = "s" + i;
                answers.add(threads.submit(() -> manager.raft().propose(create(id))));
            }
        }
        var versions = answers.stream()
                .map(RaftNodeTest::result)
                .map(result -> ((ProposalResult.Accepted) result).version())
                .sorted()
                .toList();
        assertThat(versions).hasSize(1000).doesNotHaveDuplicates().endsWith(1000L);
        assertThat(manager.raft().appliedIndex() - before).isLessThan(900);
        assertThat(manager.raft().read().secrets()).hasSize(1000);
    }

    @Test
    void oneEntryMayBeAsLargeAsTheBoundAndNoLarger() {
        int room = Proposer.MAX_ENTRY_BYTES - 4096;
        assertThat(manager.raft().propose(create("big", room)).accepted()).isTrue();
        assertThat(manager.raft().propose(create("bigger", Proposer.MAX_ENTRY_BYTES)))
                .isInstanceOf(ProposalResult.TooLarge.class);
        restart();
        assertThat(manager.states()
                        .current()
                        .secret("big")
                        .orElseThrow()
                        .getSpec()
                        .getData()
                        .size())
                .isEqualTo(room);
        assertThat(manager.raft().propose(create("small")).accepted()).isTrue();
    }

    @Test
    void recoversFromASnapshotAndTheLogBehindIt() {
        for (int i = 0; i < 3 * SNAPSHOT_ENTRIES; i++) {
            assertThat(manager.raft().propose(create("s" + i)).accepted()).isTrue();
        }
        await("a snapshot", () -> !snapshots().isEmpty());
        for (int i = 0; i < 10; i++) {
            assertThat(manager.raft().propose(create("t" + i)).accepted()).isTrue();
        }
        var whole = manager.states().current();

        restart();

        var again = manager.states().current();
        assertThat(again.version()).isEqualTo(whole.version());
        assertThat(again.secrets()).isEqualTo(whole.secrets());
        assertThat(snapshots()).as("only the newest is kept").hasSize(1);
    }

    @Test
    void nothingOnTheDiskIsInTheClear() throws IOException {
        for (int i = 0; i < 2 * SNAPSHOT_ENTRIES; i++) {
            manager.raft().propose(create("s" + i));
        }
        await("a snapshot", () -> !snapshots().isEmpty());
        managers.stop(manager);
        int files = 0;
        try (var all = Files.walk(directory)) {
            for (var file : all.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(HUSH);
                files++;
            }
        }
        assertThat(files).isGreaterThan(4);
    }

    @Test
    void leadershipIsToldOnceAndEndsBeforeTheNodeStops() {
        var proposer = manager.terms().open().orElseThrow().proposer();
        managers.stop(manager);
        assertThat(manager.terms().told()).containsExactly("began 1", "ended 1");
        assertThat(proposer.propose(create("late"))).isInstanceOf(ProposalResult.Refused.class);
        assertThat(manager.raft().propose(create("late"))).isInstanceOf(ProposalResult.NotLeader.class);
        assertThat(Thread.getAllStackTraces().keySet().stream()
                        .map(Thread::getName)
                        .filter(name -> name.startsWith("raft-")))
                .as("no thread of ours is left")
                .isEmpty();
    }

    @Test
    void startsAfterACrashInTheMiddleOfAWrite() throws IOException {
        manager.raft().propose(create("s1"));
        var segment = openSegment();
        managers.stop(manager);
        var whole = Files.readAllBytes(segment);
        // Half of an entry, and the zeros that were written ahead: what a kill in a write leaves.
        var torn = java.util.Arrays.copyOf(whole, whole.length + 4096);
        torn[whole.length] = (byte) 200;
        torn[whole.length + 1] = 1;
        torn[whole.length + 2] = 42;
        Files.write(segment, torn);

        manager = managers.start("n1");
        await("leading", manager::leads);

        assertThat(manager.states().current().secret("s1")).isPresent();
        assertThat(manager.raft().propose(create("s2")).accepted()).isTrue();
        restart();
        assertThat(manager.states().current().secret("s2")).isPresent();
    }

    @Test
    void refusesALogThatIsDamagedInTheMiddle() throws IOException {
        manager.raft().propose(create("s1"));
        manager.raft().propose(create("s2"));
        manager.raft().propose(create("s3"));
        var segment = openSegment();
        managers.stop(manager);
        var damaged = Files.readAllBytes(segment);
        damaged[damaged.length / 2] ^= 1;
        Files.write(segment, damaged);
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> managers.start("n1"))
                .isInstanceOf(RaftException.class)
                .hasMessageContaining("damaged");
    }

    private void restart() {
        managers.stop(manager);
        assertThat(manager.failures()).isEmpty();
        manager = managers.start("n1");
        await("leading", manager::leads);
    }

    private Path openSegment() {
        return find("log_inprogress_").getFirst();
    }

    private List<Path> snapshots() {
        return find("snapshot.").stream()
                .filter(file -> !file.toString().endsWith(".unfinished"))
                .toList();
    }

    private List<Path> find(String prefix) {
        try (var all = Files.walk(managers.home("n1"))) {
            return all.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            // A file went away while the tree was walked.
            return List.of();
        }
    }

    private static ProposalResult result(Future<ProposalResult> future) {
        try {
            return future.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ChangeSet create(String id) {
        return create(id, ByteString.copyFromUtf8(HUSH + " " + id));
    }

    private static ChangeSet create(String id, int bytes) {
        return create(id, ByteString.copyFrom(new byte[bytes]));
    }

    private static ChangeSet create(String id, ByteString data) {
        return new ChangeSetBuilder(AT, "test")
                .create(Secret.newBuilder()
                        .setId(id)
                        .setSpec(SecretSpec.newBuilder()
                                .setAnnotations(Annotations.newBuilder().setName(id))
                                .setData(data))
                        .build())
                .build();
    }
}
