package dev.muster.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.NodeRole;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityDirectoryTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final PeerIdentity SUBJECT = new PeerIdentity("n1", NodeRole.ROLE_WORKER, "c1");

    private final CertificateAuthority authority = CertificateAuthority.create(new SecureRandom(), NOW);

    @TempDir
    Path state;

    private NodeIdentity identity() {
        return authority.selfIssue(SUBJECT, NOW, Duration.ofDays(90));
    }

    @Test
    void isEmptyBeforeTheNodeJoins() {
        assertThat(new IdentityDirectory(state).load()).isEmpty();
    }

    @Test
    void givesBackWhatWasStored() {
        var stored = identity();
        new IdentityDirectory(state).store(identity());
        new IdentityDirectory(state).store(stored);

        var loaded = new IdentityDirectory(state).load().orElseThrow();

        assertThat(loaded.subject()).isEqualTo(SUBJECT);
        assertThat(loaded.key()).isEqualTo(stored.key());
        assertThat(loaded.chain()).isEqualTo(stored.chain());
        assertThat(loaded.roots()).isEqualTo(authority.roots());
        assertThat(loaded.expiresAt()).isEqualTo(NOW.plus(Duration.ofDays(90)));
    }

    @Test
    void onlyTheOwnerReadsTheKey() throws Exception {
        new IdentityDirectory(state).store(identity());

        var directory = state.resolve("certificates");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("swarm-node.key"))))
                .isEqualTo("rw-------");
        try (var files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("swarm-root-ca.crt", "swarm-node.crt", "swarm-node.key");
        }
    }

    @Test
    void aSealedKeyOpensWithItsSealOnly() throws Exception {
        var directory = new IdentityDirectory(state);
        var stored = identity();
        directory.store(stored);
        var file = state.resolve("certificates/swarm-node.key");
        var seal = seal();

        directory.seal(Optional.of(seal));

        assertThat(Files.readString(file)).startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----");
        assertThat(directory.load().orElseThrow().key()).isEqualTo(stored.key());
        assertThat(new IdentityDirectory(state).subject()).contains(SUBJECT);
        assertThatThrownBy(() -> new IdentityDirectory(state).load())
                .isInstanceOf(PkiFailure.class)
                .hasMessageContaining("is sealed");
        var stranger = new IdentityDirectory(state);
        stranger.openWith(seal());
        assertThatThrownBy(stranger::load).isInstanceOf(PkiFailure.class);

        var opened = new IdentityDirectory(state);
        opened.openWith(seal);
        assertThat(opened.load().orElseThrow().key()).isEqualTo(stored.key());
        var renewed = identity();
        opened.store(renewed);
        assertThat(Files.readString(file))
                .as("what is stored afterwards is sealed too")
                .doesNotContain("BEGIN PRIVATE");
        assertThat(opened.load().orElseThrow().key()).isEqualTo(renewed.key());

        opened.seal(Optional.empty());
        assertThat(new IdentityDirectory(state).load().orElseThrow().key()).isEqualTo(renewed.key());
    }

    @Test
    void whatIsSealedAlreadyIsNotWrittenAgain() throws Exception {
        var directory = new IdentityDirectory(state);
        directory.seal(Optional.of(seal()));
        directory.store(identity());
        var file = state.resolve("certificates/swarm-node.key");
        var before = Files.readString(file);
        assertThat(before).contains("ENCRYPTED");
        var again = seal();
        directory.seal(Optional.of(again));
        var resealed = Files.readString(file);
        assertThat(resealed).as("another seal").isNotEqualTo(before);
        directory.seal(Optional.of(again));
        assertThat(Files.readString(file)).isEqualTo(resealed);
    }

    private static IdentitySeal seal() {
        var random = new SecureRandom();
        return new IdentitySeal(random.generateSeed(32), random);
    }

    @Test
    void aCrashBetweenTheFilesLeavesOneOfTheTwoIdentities() throws Exception {
        var directory = state.resolve("certificates");
        var former = identity();
        var next = identity();
        new IdentityDirectory(state).store(former);
        var both = new String(Pem.privateKey(next.key()), StandardCharsets.US_ASCII)
                + new String(Pem.privateKey(former.key()), StandardCharsets.US_ASCII);

        Files.writeString(directory.resolve("swarm-node.key"), both);
        assertThat(new IdentityDirectory(state).load().orElseThrow().key()).isEqualTo(former.key());

        Files.write(directory.resolve("swarm-node.crt"), Pem.certificates(next.chain()));
        assertThat(new IdentityDirectory(state).load().orElseThrow().key()).isEqualTo(next.key());
    }

    @Test
    void storingKeepsTheFormerKeyUntilTheCertificateIsReplaced() throws Exception {
        // The certificate cannot be replaced: the store stops after the key file was written.
        var directory = state.resolve("certificates");
        var former = identity();
        new IdentityDirectory(state).store(former);
        Files.createDirectories(directory.resolve("swarm-node.crt.new").resolve("blocked"));

        assertThatThrownBy(() -> new IdentityDirectory(state).store(identity()))
                .isInstanceOf(UncheckedIOException.class);

        assertThat(new IdentityDirectory(state).load().orElseThrow().key()).isEqualTo(former.key());
    }

    @Test
    void saysWhichFileIsMissingOrWrong() throws Exception {
        new IdentityDirectory(state).store(identity());
        var key = state.resolve("certificates").resolve("swarm-node.key");

        Files.write(key, Pem.privateKey(NodeKeys.generate(new SecureRandom()).getPrivate()));
        assertThatThrownBy(() -> new IdentityDirectory(state).load())
                .isInstanceOf(PkiFailure.class)
                .hasMessageContaining("swarm-node.key");

        Files.delete(key);
        assertThatThrownBy(() -> new IdentityDirectory(state).load())
                .isInstanceOf(PkiFailure.class)
                .hasMessageContaining("swarm-node.key is missing");
    }

    @Test
    void leavesNothingBehind() {
        var directory = new IdentityDirectory(state);
        directory.store(identity());

        directory.delete();

        assertThat(directory.load()).isEmpty();
        assertThat(state.resolve("certificates")).doesNotExist();
    }
}
