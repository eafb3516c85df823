package dev.muster.manager.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.muster.api.Cluster;
import dev.muster.api.Config;
import dev.muster.api.StoredObject;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStateLoader;
import dev.muster.manager.state.UnreadableLogException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupFileTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String SECRET = "a secret that is in the cluster";

    @TempDir
    private Path directory;

    private static ClusterState state() {
        var loader = new ClusterStateLoader();
        loader.add(StoredObject.newBuilder()
                .setCluster(Cluster.newBuilder().setId(TestManagers.CLUSTER).setEpoch(7))
                .build());
        for (int i = 0; i < 2_000; i++) {
            var config = Config.newBuilder().setId("c" + i);
            config.getSpecBuilder()
                    .setData(ByteString.copyFromUtf8(SECRET + i))
                    .getAnnotationsBuilder()
                    .setName("n" + i);
            loader.add(StoredObject.newBuilder().setConfig(config).build());
        }
        return loader.load(4711);
    }

    private byte[] backup(KeyRing keys, Optional<byte[]> unlockKey) throws IOException {
        var bytes = new ByteArrayOutputStream();
        BackupFile.write(bytes, new BackupFile.Source(state(), 99, keys, unlockKey, "n1", Instant.EPOCH), RANDOM);
        return bytes.toByteArray();
    }

    private KeyRing ring() {
        return KeyRing.create(directory.resolve("ring"), Optional.empty(), RANDOM);
    }

    private BackupFile.Contents read(byte[] bytes, Optional<byte[]> unlockKey) throws IOException {
        return BackupFile.read(Files.write(directory.resolve("backup"), bytes), unlockKey, RANDOM);
    }

    @Test
    void holdsTheStateAndTheKeysOfTheLog() throws IOException {
        var keys = ring();
        var bytes = backup(keys, Optional.empty());
        var contents = read(bytes, Optional.empty());
        assertThat(contents.state().configs()).isEqualTo(state().configs());
        assertThat(contents.state().version()).isEqualTo(4711);
        assertThat(contents.state().epoch()).isEqualTo(7);
        assertThat(contents.header().getIndex()).isEqualTo(99);
        assertThat(contents.keys()).isEqualTo(keys.keys());
        assertThat(contents.activeKey()).isEqualTo(keys.active());
        assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).doesNotContain(SECRET);
    }

    @Test
    void ofLockedManagersOpensWithTheirUnlockKeyOnly() throws IOException {
        var unlockKey = new byte[32];
        RANDOM.nextBytes(unlockKey);
        var bytes = backup(ring(), Optional.of(unlockKey));
        assertThat(read(bytes, Optional.of(unlockKey)).unlockKey()).contains(unlockKey);
        assertThatThrownBy(() -> read(bytes, Optional.empty()))
                .isInstanceOf(LockedException.class)
                .hasMessageContaining("unlock key");
        assertThatThrownBy(() -> read(bytes, Optional.of(new byte[32])))
                .isInstanceOf(LockedException.class)
                .hasMessageContaining("invalid key");
    }

    @Test
    void isRefusedWhereverItIsDamagedOrCutOff() throws IOException {
        var bytes = backup(ring(), Optional.empty());
        for (int at = 0; at < bytes.length; at += at < 400 ? 1 : 997) {
            var damaged = bytes.clone();
            damaged[at] ^= 1;
            assertThatThrownBy(() -> read(damaged, Optional.empty()))
                    .as("byte %d flipped", at)
                    .isInstanceOfAny(RaftException.class, UnreadableLogException.class, LockedException.class)
                    .hasMessageContaining("backup");
            int length = at;
            assertThatThrownBy(() -> read(Arrays.copyOf(bytes, length), Optional.empty()))
                    .as("cut off at %d", at)
                    .isInstanceOf(RaftException.class);
        }
        assertThatThrownBy(() -> read(Arrays.copyOf(bytes, bytes.length + 1), Optional.empty()))
                .isInstanceOf(RaftException.class);
    }
}
