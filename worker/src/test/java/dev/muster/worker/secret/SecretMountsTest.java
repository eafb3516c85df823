package dev.muster.worker.secret;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.muster.worker.mount.MountTable;
import dev.muster.worker.mount.Mounts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real mounts: needs root. */
class SecretMountsTest {
    private static final ByteString CONTENT = ByteString.copyFromUtf8("s3cr3t-bytes");

    @TempDir
    Path temporary;

    private SecretMounts secrets;

    @BeforeEach
    void open() {
        secrets = SecretMounts.open(temporary.resolve("secrets"));
    }

    @AfterEach
    void unmount() {
        secrets.tasks().forEach(secrets::unmount);
    }

    @Test
    void putsFilesInMemoryWithOwnerAndMode() throws Exception {
        var paths = secrets.mount(
                "task1",
                List.of(
                        new InjectedFile("/run/secrets/a", CONTENT, 0, 0, 0444),
                        new InjectedFile("/run/secrets/b", ByteString.EMPTY, 70, 71, 0400)));

        assertThat(Mounts.onTmpfs(paths.getFirst())).isTrue();
        assertThat(Files.readAllBytes(paths.getFirst())).isEqualTo(CONTENT.toByteArray());
        assertThat(Files.readAttributes(paths.getFirst(), "unix:uid,gid,mode"))
                .isEqualTo(Map.of("uid", 0, "gid", 0, "mode", 0100444));
        assertThat(Files.readAttributes(paths.getLast(), "unix:uid,gid,mode"))
                .isEqualTo(Map.of("uid", 70, "gid", 71, "mode", 0100400));
        assertThat(Files.readAttributes(paths.getFirst().getParent(), "unix:mode"))
                .isEqualTo(Map.of("mode", 040700));
        var options = Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .filter(line -> line.contains(paths.getFirst().getParent().toString()))
                .toList();
        assertThat(options).singleElement().asString().contains("nosuid,nodev,noexec", "size=68k");
    }

    @Test
    void nothingReachesTheDiskBelowTheMount() throws Exception {
        var path = secrets.mount("task1", List.of(new InjectedFile("/run/secrets/a", CONTENT, 0, 0, 0444)))
                .getFirst();

        assertThat(Mounts.unmount(path.getParent())).isTrue();

        assertThat(path.getParent()).isEmptyDirectory();
    }

    @Test
    void replacesWhatAnEarlierAttemptLeft() throws Exception {
        secrets.mount("task1", List.of(new InjectedFile("/a", ByteString.copyFromUtf8("old"), 0, 0, 0444)));

        var paths = secrets.mount("task1", List.of(new InjectedFile("/a", CONTENT, 0, 0, 0444)));

        assertThat(Files.readAllBytes(paths.getFirst())).isEqualTo(CONTENT.toByteArray());
        assertThat(MountTable.points().stream().filter(paths.getFirst().getParent()::equals))
                .hasSize(1);
    }

    @Test
    void unmountingRemovesEverythingAndIsIdempotent() {
        var path = secrets.mount("task1", List.of(new InjectedFile("/a", CONTENT, 0, 0, 0444)))
                .getFirst();
        assertThat(secrets.tasks()).containsExactly("task1");

        secrets.unmount("task1");
        secrets.unmount("task1");

        assertThat(path.getParent()).doesNotExist();
        assertThat(secrets.tasks()).isEmpty();
        assertThat(MountTable.isMountPoint(path.getParent())).isFalse();
    }

    @Test
    void takesLargeSecrets() throws Exception {
        var large = new byte[512_000];
        large[511_999] = 7;

        var paths = secrets.mount("task1", List.of(new InjectedFile("/a", ByteString.copyFrom(large), 0, 0, 0444)));

        assertThat(Files.readAllBytes(paths.getFirst())).isEqualTo(large);
    }

    @Test
    void messagesNeverHoldTheContent() {
        assertThat(new InjectedFile("/a", CONTENT, 0, 0, 0444).toString()).doesNotContain("s3cr3t");
    }
}
