package dev.muster.manager.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.muster.api.DataKey;
import dev.muster.api.Sealed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyRingTest {
    private static final byte[] PLACE = {7};

    private final SecureRandom random = new SecureRandom();

    @TempDir
    private Path directory;

    @Test
    void survivesARestart() {
        var ring = KeyRing.create(directory, Optional.empty(), random);
        var sealed = ring.sealer().seal(new byte[] {42}, PLACE);
        var reopened = KeyRing.open(directory, Optional.empty(), random);
        assertThat(reopened.active()).isEqualTo(ring.active());
        assertThat(reopened.sealer().open(sealed, PLACE)).containsExactly(42);
    }

    @Test
    void itsFilesAreTheOwnersAndHoldNoKeyInTheClear() throws IOException {
        var ring = KeyRing.create(directory, Optional.empty(), random);
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
        var ring = KeyRing.create(directory, Optional.empty(), random);
        var before = ring.sealer().seal(new byte[] {1}, PLACE);
        var next = KeyRing.newKey(random);
        ring.add(List.of(next));
        assertThat(ring.sealer().seal(new byte[] {2}, PLACE).getKeyId()).isEqualTo(before.getKeyId());
        ring.activate(next.getId(), 70);
        var after = ring.sealer().seal(new byte[] {3}, PLACE);
        assertThat(after.getKeyId()).isEqualTo(next.getId());

        var reopened = KeyRing.open(directory, Optional.empty(), random);
        assertThat(reopened.sealer().open(before, PLACE)).containsExactly(1);
        assertThat(reopened.sealer().open(after, PLACE)).containsExactly(3);
        assertThat(reopened.needed(70)).containsExactlyInAnyOrder(before.getKeyId(), next.getId());
        assertThat(reopened.needed(71 + KeyRing.PIPELINE)).containsExactly(next.getId());
        reopened.forget(List.of(before.getKeyId(), next.getId()));
        assertThat(reopened.keys()).as("the active one stays").containsExactly(next);
        assertThatThrownBy(() -> reopened.sealer().open(before, PLACE)).isInstanceOf(RaftException.class);
        assertThatThrownBy(() -> reopened.activate("unknown", 80)).isInstanceOf(RaftException.class);
    }

    @Test
    void aLockedRingOpensWithItsUnlockKeyOnly() {
        var ring = KeyRing.create(directory, Optional.empty(), random);
        var unlockKey = random.generateSeed(32);
        ring.follow(Optional.of(unlockKey), 5);
        assertThatThrownBy(() -> KeyRing.open(directory, Optional.empty(), random))
                .isInstanceOf(LockedException.class)
                .hasMessageContaining("needs to be unlocked");
        assertThatThrownBy(() -> KeyRing.open(directory, Optional.of(random.generateSeed(32)), random))
                .isInstanceOf(LockedException.class)
                .hasMessageContaining("invalid key");
        var opened = KeyRing.open(directory, Optional.of(unlockKey), random);
        assertThat(opened.keys()).isEqualTo(ring.keys());
        opened.follow(Optional.empty(), 6);
        assertThat(KeyRing.open(directory, Optional.empty(), random).keys()).isEqualTo(ring.keys());
    }

    @Test
    void aRingThatIsCreatedLockedHasNeverHadItsKeyOnTheDisk() {
        var unlockKey = random.generateSeed(32);
        var ring = KeyRing.create(directory, Optional.of(new KeyRing.Lock(ByteString.copyFrom(unlockKey), 1)), random);
        assertThat(directory.resolve("kek")).doesNotExist();
        assertThat(ring.locked()).isTrue();
        assertThat(KeyRing.open(directory, Optional.of(unlockKey), random).keys())
                .isEqualTo(ring.keys());
    }

    @Test
    void whatAnOlderStateOfTheClusterSaysDoesNotCount() {
        var ring = KeyRing.create(directory, Optional.empty(), random);
        var first = random.generateSeed(32);
        var second = random.generateSeed(32);
        ring.follow(Optional.of(first), 5);
        ring.follow(Optional.of(second), 9);
        var restarted = KeyRing.open(directory, Optional.of(second), random);
        for (int replayed = 1; replayed < 9; replayed++) {
            restarted.follow(replayed < 5 ? Optional.empty() : Optional.of(first), replayed);
        }
        assertThat(restarted.locked()).isTrue();
        assertThat(KeyRing.open(directory, Optional.of(second), random).keys()).isEqualTo(ring.keys());
    }

    @Test
    void aLogThatIsReadAgainActivatesNoOldKey() {
        var ring = KeyRing.create(directory, Optional.empty(), random);
        var first = ring.active();
        var second = KeyRing.newKey(random);
        ring.add(List.of(second));
        ring.activate(second.getId(), 10);
        ring.activate(first, 3);
        assertThat(ring.active()).isEqualTo(second.getId());
    }

    /** A ring's life, step by step; after each step of the disk the machine may stop. */
    @Test
    void aCrashBetweenAnyTwoStepsLosesNoKeyAndNeedsNoOtherKeyThanTheLastTwo() throws IOException {
        var crashes = new CrashPoints();
        var home = directory.resolve("ring");
        var firstLock = random.generateSeed(32);
        var secondLock = random.generateSeed(32);
        var next = KeyRing.newKey(random);
        var ring = KeyRing.receive(
                home,
                List.of(KeyRing.newKey(random).toBuilder().setId("one").build()),
                "one",
                Optional.empty(),
                random,
                crashes);
        var sealed = new ArrayList<Sealed>(List.of(ring.sealer().seal(new byte[] {1}, PLACE)));
        List<Runnable> life = List.of(
                () -> ring.add(List.of(next)),
                () -> ring.activate(next.getId(), 5),
                () -> sealed.add(ring.sealer().seal(new byte[] {2}, PLACE)),
                () -> ring.follow(Optional.of(firstLock), 10),
                () -> ring.follow(Optional.of(secondLock), 11),
                () -> ring.follow(Optional.empty(), 12),
                () -> ring.follow(Optional.of(firstLock), 13),
                () -> ring.follow(Optional.empty(), 14));
        crashes.after(home, directory);
        for (var step : life) {
            step.run();
            for (var copy : crashes.taken()) {
                var opened = openWithAny(copy, firstLock, secondLock);
                for (var one : sealed) {
                    assertThat(opened.sealer().open(one, PLACE)).hasSize(1);
                }
                opened.follow(Optional.of(firstLock), 100);
                assertThat(opened.locked()).isTrue();
                assertThat(KeyRing.open(copy, Optional.of(firstLock), random).keys())
                        .isEqualTo(opened.keys());
            }
        }
        assertThat(crashes.seen()).as("steps of the disk").isGreaterThan(10);
        ring.forget(List.of("one"));
        assertThat(KeyRing.open(home, Optional.empty(), random).keys())
                .extracting(DataKey::getId)
                .containsExactly(next.getId());
    }

    private KeyRing openWithAny(Path copy, byte[]... unlockKeys) {
        for (var key : unlockKeys) {
            try {
                return KeyRing.open(copy, Optional.of(key), random);
            } catch (LockedException e) {
                // Not this one.
            }
        }
        return KeyRing.open(copy, Optional.empty(), random);
    }

    /** The disk, of which a copy is kept as it was after each step. */
    private static final class CrashPoints implements KeyFiles {
        private final List<Path> copies = new ArrayList<>();
        private Path home = Path.of("/nonexistent");
        private Path copiesGoTo = home;
        private int count;

        void after(Path watched, Path into) {
            home = watched;
            copiesGoTo = into;
        }

        @Override
        public void replace(Path file, byte[] content) throws IOException {
            DISK.replace(file, content);
            copy();
        }

        @Override
        public void delete(Path file) throws IOException {
            DISK.delete(file);
            copy();
        }

        List<Path> taken() {
            var taken = List.copyOf(copies);
            copies.clear();
            return taken;
        }

        int seen() {
            return count;
        }

        private void copy() throws IOException {
            if (!Files.exists(home)) {
                return;
            }
            var copy = Files.createDirectory(copiesGoTo.resolve("crash-" + count++));
            try (var files = Files.newDirectoryStream(home)) {
                for (var file : files) {
                    Files.copy(file, copy.resolve(file.getFileName()));
                }
            }
            copies.add(copy);
        }
    }
}
