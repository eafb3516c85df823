package dev.muster.manager.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.muster.api.Annotations;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.api.Secret;
import dev.muster.api.SecretSpec;
import dev.muster.api.StoredObject;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStateBuilder;
import dev.muster.manager.state.ClusterStateLoader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotFileTest {
    private static final String SECRET = "a secret that nobody may read";

    @TempDir
    private Path directory;

    private Sealer sealer;
    private Path file;

    @BeforeEach
    void open() {
        sealer = KeyRing.create(directory.resolve("keys"), Optional.empty(), new SecureRandom())
                .sealer();
        file = directory.resolve("snapshot");
    }

    @Test
    void whatIsReadIsWhatWasWritten() throws IOException {
        var state = state(3000);
        SnapshotFile.write(file, state, 4, 99, sealer, () -> false);
        var loaded = SnapshotFile.read(file, sealer);
        assertThat(loaded.term()).isEqualTo(4);
        assertThat(loaded.index()).isEqualTo(99);
        assertThat(loaded.state().version()).isEqualTo(state.version());
        assertThat(contents(loaded.state())).isEqualTo(contents(state));
        assertThat(Files.size(file)).as("several blocks").isGreaterThan(1024 * 1024);
    }

    @Test
    void anEmptyStateFitsToo() throws IOException {
        SnapshotFile.write(file, ClusterState.EMPTY, 1, 0, sealer, () -> false);
        assertThat(contents(SnapshotFile.read(file, sealer).state())).isEmpty();
    }

    @Test
    void holdsNothingInTheClear() throws IOException {
        SnapshotFile.write(file, state(10), 1, 1, sealer, () -> false);
        var text = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(text).doesNotContain(SECRET).doesNotContain("secret-name");
    }

    @Test
    void noticesDamageAnywhere() throws IOException {
        SnapshotFile.write(file, state(1500), 1, 1, sealer, () -> false);
        var whole = Files.readAllBytes(file);
        for (int i = 0; i < whole.length; i += whole.length / 97) {
            var damaged = whole.clone();
            damaged[i] ^= 0x10;
            refuses(damaged);
        }
        for (int length = whole.length - 1; length > 0; length -= whole.length / 31) {
            refuses(Arrays.copyOf(whole, length));
        }
    }

    @Test
    void noticesThatABlockWasLeftOut() throws IOException {
        SnapshotFile.write(file, state(3000), 1, 1, sealer, () -> false);
        var whole = Files.readAllBytes(file);
        var buffer = java.nio.ByteBuffer.wrap(whole);
        int firstBlock = 4 + buffer.getInt(0);
        int secondBlock = firstBlock + 4 + buffer.getInt(firstBlock);
        var without = Arrays.copyOf(whole, whole.length - (secondBlock - firstBlock));
        System.arraycopy(whole, secondBlock, without, firstBlock, whole.length - secondBlock);
        refuses(without);
    }

    @Test
    void writingCanBeCancelled() {
        assertThatThrownBy(() -> SnapshotFile.write(file, state(10), 1, 1, sealer, () -> true))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cancelled");
    }

    private void refuses(byte[] bytes) throws IOException {
        Files.write(file, bytes);
        assertThatThrownBy(() -> SnapshotFile.read(file, sealer))
                .isInstanceOfAny(RuntimeException.class, IOException.class);
    }

    private static ClusterState state(int configs) {
        var builder = new ClusterStateBuilder();
        for (int i = 0; i < configs; i++) {
            builder.put(Config.newBuilder()
                    .setId("c" + i)
                    .setSpec(ConfigSpec.newBuilder()
                            .setAnnotations(Annotations.newBuilder()
                                    .setName("config" + i)
                                    .putLabels("one", "1")
                                    .putLabels("two", "2"))
                            .setData(ByteString.copyFrom(new byte[400])))
                    .build());
        }
        builder.put(Secret.newBuilder()
                .setId("s")
                .setSpec(SecretSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName("secret-name"))
                        .setData(ByteString.copyFromUtf8(SECRET)))
                .build());
        return builder.build();
    }

    private static List<StoredObject> contents(ClusterState state) {
        var objects = new ArrayList<StoredObject>();
        ClusterStateLoader.write(state, objects::add);
        return objects;
    }
}
