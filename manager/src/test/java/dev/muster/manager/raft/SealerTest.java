package dev.muster.manager.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.muster.api.Sealed;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SealerTest {
    private static final byte[] PLAIN = "the plain text".getBytes(StandardCharsets.UTF_8);
    private static final byte[] PLACE = {1, 2, 3};

    private final SecureRandom random = new SecureRandom();
    private final Sealer.NamedKey key = key("k1");
    private final Sealer sealer = sealer(key);

    @Test
    void opensWhatItSealed() {
        var sealed = sealer.seal(PLAIN, PLACE);
        assertThat(sealed.getKeyId()).isEqualTo("k1");
        assertThat(sealed.toString()).doesNotContain("plain text");
        assertThat(sealer.open(sealed, PLACE)).isEqualTo(PLAIN);
    }

    @Test
    void anotherProcessWithTheKeyOpensIt() {
        assertThat(sealer(key).open(sealer.seal(PLAIN, PLACE), PLACE)).isEqualTo(PLAIN);
    }

    @Test
    void noNonceRepeats() {
        var nonces = new HashSet<ByteString>();
        for (int i = 0; i < 1000; i++) {
            nonces.add(sealer.seal(PLAIN, PLACE).getNonce());
            nonces.add(sealer(key).seal(PLAIN, PLACE).getNonce());
        }
        assertThat(nonces).hasSize(2000);
    }

    @Test
    void aChangedBitAnywhereIsNoticed() {
        var sealed = sealer.seal(PLAIN, PLACE);
        for (int i = 0; i < sealed.getCiphertext().size(); i++) {
            var bytes = sealed.getCiphertext().toByteArray();
            bytes[i] ^= 1;
            refuses(sealed.toBuilder().setCiphertext(ByteString.copyFrom(bytes)).build(), PLACE);
        }
        for (int i = 0; i < sealed.getNonce().size(); i++) {
            var bytes = sealed.getNonce().toByteArray();
            bytes[i] ^= 1;
            refuses(sealed.toBuilder().setNonce(ByteString.copyFrom(bytes)).build(), PLACE);
        }
        refuses(sealed, new byte[] {1, 2, 4});
    }

    @Test
    void namesTheKeyThatIsMissing() {
        var other = sealer(key("k2"));
        assertThatThrownBy(() -> other.open(sealer.seal(PLAIN, PLACE), PLACE))
                .isInstanceOf(RaftException.class)
                .hasMessageContaining("key k1");
    }

    private void refuses(Sealed sealed, byte[] place) {
        assertThatThrownBy(() -> sealer.open(sealed, place)).isInstanceOf(RaftException.class);
    }

    private Sealer.NamedKey key(String id) {
        return new Sealer.NamedKey(id, ByteString.copyFrom(random.generateSeed(Sealer.KEY_BYTES)));
    }

    private Sealer sealer(Sealer.NamedKey active) {
        return new Sealer(() -> active, id -> id.equals(active.id()) ? Optional.of(active) : Optional.empty(), random);
    }
}
