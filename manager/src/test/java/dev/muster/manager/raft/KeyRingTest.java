package dev.muster.manager.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyRingTest {
    private static final byte[] PLACE = {7};

    private final SecureRandom random = new SecureRandom();

    @TempDir
    private Path directory;

    @Test
    void survivesARestart() {
        var ring = KeyRing.create(directory, random);
        var sealed = ring.sealer().seal(new byte[] {42}, PLACE);
        var reopened = KeyRing.open(directory, Optional.empty(), random);
        assertThat(reopened.active()).isEqualTo(ring.active());
        assertThat(reopened.sealer().open(sealed, PLACE)).containsExactly(42);
    }

    @Test
    void itsFilesAreTheOwnersAndHoldNoKeyInTheClear() throws IOException {
        var ring = KeyRing.create(directory, random);
        try (var files = Files.list(directory)) {
            assertThat(files)
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(Files.getPosixFilePermissions(file))
                            .isEqualTo(PosixFilePermissions.fromString("rw-------")));
        }
        var key = ring.keys().getFirst().getKey().toString(StandardCharsets.ISO_8859_1);
        assertThat(Files.readString(directory.resolve("keys"), StandardCharsets.ISO_8859_1))
                .doesNotContain(key);
    }

    @Test
    void rotatesInTwoStepsAndKeepsOldKeysUntilTheyAreRetired() {
        var ring = KeyRing.create(directory, random);
        var before = ring.sealer().seal(new byte[] {1}, PLACE);
        var next = KeyRing.newKey(random);
        ring.add(next);
        assertThat(ring.sealer().seal(new byte[] {2}, PLACE).getKeyId()).isEqualTo(before.getKeyId());
        ring.activate(next.getId());
        var after = ring.sealer().seal(new byte[] {3}, PLACE);
        assertThat(after.getKeyId()).isEqualTo(next.getId());

        var reopened = KeyRing.open(directory, Optional.empty(), random);
        assertThat(reopened.sealer().open(before, PLACE)).containsExactly(1);
        assertThat(reopened.sealer().open(after, PLACE)).containsExactly(3);
        reopened.retain(Set.of());
        assertThat(reopened.keys()).containsExactly(next);
        assertThatThrownBy(() -> reopened.sealer().open(before, PLACE)).isInstanceOf(RaftException.class);
        assertThatThrownBy(() -> reopened.activate("unknown")).isInstanceOf(RaftException.class);
    }

    @Test
    void aLockedRingOpensWithItsUnlockKeyOnly() {
        var ring = KeyRing.create(directory, random);
        var unlockKey = random.generateSeed(32);
        ring.lock(unlockKey);
        assertThatThrownBy(() -> KeyRing.open(directory, Optional.empty(), random))
                .isInstanceOf(LockedException.class)
                .hasMessageContaining("needs to be unlocked");
        assertThatThrownBy(() -> KeyRing.open(directory, Optional.of(random.generateSeed(32)), random))
                .isInstanceOf(LockedException.class)
                .hasMessageContaining("invalid key");
        var opened = KeyRing.open(directory, Optional.of(unlockKey), random);
        assertThat(opened.keys()).isEqualTo(ring.keys());
        opened.unlock();
        assertThat(KeyRing.open(directory, Optional.empty(), random).keys()).isEqualTo(ring.keys());
    }

    @Test
    void aCrashWhileItIsLockedOrUnlockedLosesNothing() throws IOException {
        var ring = KeyRing.create(directory, random);
        var oldKek = Files.readAllBytes(directory.resolve("kek"));
        var unlockKey = random.generateSeed(32);
        ring.lock(unlockKey);
        // The old file is still there: the crash came before it was deleted.
        Files.write(directory.resolve("kek"), oldKek);
        assertThat(KeyRing.open(directory, Optional.of(unlockKey), random).keys())
                .isEqualTo(ring.keys());
        // Unlocking begins with both keys in the file, before the ring is sealed anew.
        var both = new byte[64];
        System.arraycopy(unlockKey, 0, both, 0, 32);
        System.arraycopy(random.generateSeed(32), 0, both, 32, 32);
        Files.write(directory.resolve("kek"), both);
        assertThat(KeyRing.open(directory, Optional.empty(), random).keys()).isEqualTo(ring.keys());
    }
}
