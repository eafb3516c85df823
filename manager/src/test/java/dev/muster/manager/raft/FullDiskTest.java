package dev.muster.manager.raft;

import static dev.muster.manager.raft.TestManagers.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import dev.muster.api.ChangeSet;
import dev.muster.api.Config;
import dev.muster.manager.raft.TestManagers.Manager;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ProposalResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A manager on a small file system of its own, which fills up and is emptied again. */
@Timeout(180)
class FullDiskTest {
    private static final int CONFIG_BYTES = 900_000;

    @TempDir
    private Path directory;

    private Path disk;
    private TestManagers managers;

    @BeforeEach
    void mount() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can mount a file system of 160 MB");
        disk = Files.createDirectory(directory.resolve("disk"));
        run("mount", "-t", "tmpfs", "-o", "size=160m,mode=700", "muster-test", disk.toString());
        managers = new TestManagers(disk, 1_000_000);
    }

    @AfterEach
    void unmount() throws Exception {
        if (managers != null) {
            managers.close();
            run("umount", disk.toString());
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    }

    private static ChangeSet config(String id) {
        var config = Config.newBuilder().setId(id);
        config.getSpecBuilder()
                .setData(ByteString.copyFrom(new byte[CONFIG_BYTES]))
                .getAnnotationsBuilder()
                .setName(id);
        return new ChangeSetBuilder(Instant.EPOCH, "test")
                .create(config.build())
                .build();
    }

    @Test
    void nothingIsTakenUntilThereIsRoomAgainAndNothingAcknowledgedIsLost() throws Exception {
        var manager = managers.start("n1");
        await("leading", manager::leads);
        var acknowledged = new ArrayList<String>();
        ProposalResult last = writeUntilRefused(manager, "first", acknowledged);
        assertThat(acknowledged).hasSizeGreaterThan(20);
        assertThat(last.message())
                .contains("the leader's disk is full", managers.home("n1").toString(), "MB left");
        assertThat(manager.leads()).as("it goes on to lead").isTrue();
        assertThat(manager.raft().read().configs().keySet()).containsExactlyInAnyOrderElementsOf(acknowledged);

        // Something else takes the rest, to the last byte: what was refused needed none of it.
        var filler = disk.resolve("filler");
        fill(filler);
        assertThat(disk.toFile().getUsableSpace()).isZero();
        assertThat(manager.raft().propose(config("full")).accepted()).isFalse();
        assertThat(manager.raft().read().configs()).hasSameSizeAs(acknowledged);

        // Room comes back: growing the file system is what an operator would do.
        Files.delete(filler);
        run("mount", "-o", "remount,size=260m", disk.toString());
        assertThat(manager.raft().propose(config("again")).accepted()).isTrue();
        acknowledged.add("again");
        assertThat(manager.failures()).isEmpty();

        managers.stop(manager);
        var restarted = managers.start("n1");
        await("leading again", restarted::leads);
        assertThat(restarted.raft().read().configs().keySet()).containsExactlyInAnyOrderElementsOf(acknowledged);
    }

    private static ProposalResult writeUntilRefused(Manager manager, String name, List<String> acknowledged) {
        for (int i = 0; ; i++) {
            var id = name + "-" + i;
            var result = manager.raft().propose(config(id));
            if (!result.accepted()) {
                return result;
            }
            acknowledged.add(id);
        }
    }

    private static void fill(Path file) throws IOException {
        var block = new byte[4096];
        try (var out = Files.newOutputStream(file)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }
}
