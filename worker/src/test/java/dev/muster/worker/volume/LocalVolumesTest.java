package dev.muster.worker.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.worker.mount.MountTable;
import dev.muster.worker.mount.Mounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real mounts: needs root. */
class LocalVolumesTest {
    private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");

    @TempDir
    Path temporary;

    private LocalVolumes volumes;

    @BeforeEach
    void open() {
        volumes = reopened();
    }

    @AfterEach
    void unmount() {
        volumes.list().forEach(volume -> Mounts.unmount(volume.mountpoint()));
    }

    private LocalVolumes reopened() {
        return LocalVolumes.open(temporary.resolve("volumes"), InstantSource.fixed(NOW));
    }

    private static VolumeRequest named(String name, Map<String, String> options) {
        return new VolumeRequest(name, "", options, Map.of("owner", "me"), false);
    }

    private static VolumeFiller writing(String name) {
        return directory -> {
            try {
                Files.writeString(directory.resolve(name), name);
                Files.setAttribute(directory, "unix:uid", 999);
                return true;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    @Test
    void namedVolumesOutliveTheirUsersAndRestarts() throws Exception {
        var volume = volumes.use("task1", named("db", Map.of()), VolumeFiller.none());
        Files.writeString(volume.mountpoint().resolve("row"), "1");
        volumes.release("task1", true);

        var again = reopened().inspect("db");

        assertThat(again).contains(new Volume("db", Map.of(), Map.of("owner", "me"), NOW, false, volume.mountpoint()));
        assertThat(volume.mountpoint().resolve("row")).hasContent("1");
    }

    @Test
    void fillsAnEmptyVolumeOnceWithOwnership() throws Exception {
        var volume = volumes.use("task1", named("db", Map.of()), writing("first"));
        volumes.use("task2", named("db", Map.of()), writing("second"));

        assertThat(volume.mountpoint().resolve("first")).hasContent("first");
        assertThat(volume.mountpoint().resolve("second")).doesNotExist();
        assertThat(Files.getAttribute(volume.mountpoint(), "unix:uid")).isEqualTo(999);
        assertThat(volume.mountpoint().resolveSibling("_new")).doesNotExist();
    }

    @Test
    void aFailedFillingLeavesTheVolumeEmptyForTheNextAttempt() {
        VolumeFiller failing = directory -> {
            writing("half").fill(directory);
            throw new IllegalStateException("interrupted");
        };
        assertThatThrownBy(() -> volumes.use("task1", named("db", Map.of()), failing))
                .isInstanceOf(IllegalStateException.class);

        var volume = volumes.use("task1", named("db", Map.of()), writing("whole"));

        assertThat(volume.mountpoint().resolve("half")).doesNotExist();
        assertThat(volume.mountpoint().resolve("whole")).exists();
    }

    @Test
    void anonymousVolumesGoWithTheirTask() {
        var request = new VolumeRequest("a".repeat(64), "", Map.of(), Map.of(), true);
        var kept = volumes.use("task1", request, VolumeFiller.none());
        volumes.release("task1", false);
        assertThat(kept.mountpoint()).exists();

        volumes.use("task1", request, VolumeFiller.none());
        volumes.release("task1", true);

        assertThat(kept.mountpoint().getParent()).doesNotExist();
        assertThat(volumes.list()).isEmpty();
    }

    @Test
    void mountsTmpfsFromTheFirstUserToTheLast() {
        var request = named("scratch", Map.of("type", "tmpfs", "device", "tmpfs", "o", "size=1m,uid=1000,noexec"));
        var volume = volumes.use("task1", request, VolumeFiller.none());
        volumes.use("task2", request, VolumeFiller.none());
        assertThat(Mounts.onTmpfs(volume.mountpoint())).isTrue();

        volumes.release("task1", true);
        assertThat(Mounts.onTmpfs(volume.mountpoint())).isTrue();

        volumes.release("task2", true);
        assertThat(MountTable.isMountPoint(volume.mountpoint())).isFalse();
        assertThat(volumes.inspect("scratch")).isPresent();
    }

    @Test
    void aRestartedNodeFindsItsMountsAndCountsUsersAgain() {
        var request = named("scratch", Map.of("type", "tmpfs", "device", "tmpfs"));
        var volume = volumes.use("task1", request, VolumeFiller.none());

        var restarted = reopened();
        restarted.adopt("task1", "scratch");
        restarted.use("task2", request, VolumeFiller.none());
        restarted.release("task2", true);
        assertThat(MountTable.points().stream().filter(volume.mountpoint()::equals))
                .hasSize(1);

        restarted.release("task1", true);
        assertThat(MountTable.isMountPoint(volume.mountpoint())).isFalse();
    }

    @Test
    void bindsADirectoryOfTheHostReadOnly() throws Exception {
        var source = Files.createDirectory(temporary.resolve("source"));
        Files.writeString(source.resolve("here"), "x");
        var volume = volumes.use(
                "task1",
                named("bound", Map.of("type", "none", "device", source.toString(), "o", "bind,ro")),
                VolumeFiller.none());

        assertThat(volume.mountpoint().resolve("here")).hasContent("x");
        assertThatThrownBy(() -> Files.writeString(volume.mountpoint().resolve("new"), "x"))
                .hasMessageContaining("Read-only");
        volumes.release("task1", true);
    }

    @Test
    void refusesWhatCannotWorkWithTheReason() {
        assertThatThrownBy(() -> named("a/b", Map.of())).hasMessageContaining("includes invalid characters");
        assertThatThrownBy(() -> new VolumeRequest("db", "rexray", Map.of(), Map.of(), false))
                .hasMessageContaining("\"rexray\" of volume db is not supported yet");
        assertThatThrownBy(() -> named("db", Map.of("size", "1g"))).hasMessageContaining("invalid option: \"size\"");
        assertThatThrownBy(() -> named("db", Map.of("type", "tmpfs")))
                .hasMessage("create db: missing required option: \"device\"");
        assertThatThrownBy(() -> volumes.use(
                        "t", named("db", Map.of("type", "none", "o", "bind", "device", "/no/such")), any -> true))
                .hasMessage("failed to mount local volume db: device /no/such does not exist on this node");
        assertThatThrownBy(() -> volumes.create(named("db", Map.of("type", "tmpfs", "device", "tmpfs"))))
                .hasMessageContaining("exists with other options");
    }

    @Test
    void aVolumeInUseIsNotRemoved() {
        volumes.use("task1", named("db", Map.of()), VolumeFiller.none());
        assertThatThrownBy(() -> volumes.remove("db", true)).hasMessage("remove db: volume is in use - [task1]");
        volumes.release("task1", true);

        volumes.remove("db", false);

        assertThat(volumes.list()).isEmpty();
        assertThatThrownBy(() -> volumes.remove("db", false)).hasMessage("get db: no such volume");
        volumes.remove("db", true);
    }
}
