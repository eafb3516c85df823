package dev.muster.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.NodeRole;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateAuthorityTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final PeerIdentity WORKER =
            new PeerIdentity("4fz8nq2wmjt0k5c1hx9ry7v3b", NodeRole.ROLE_WORKER, "cluster1");

    private final CertificateAuthority authority = CertificateAuthority.create(RANDOM, NOW);

    @Test
    void issuesCertificatesThatNameNodeRoleAndCluster() throws Exception {
        var keys = NodeKeys.generate(RANDOM);
        var csr = CertificateRequests.create(keys, RANDOM);

        var chain = authority.issue(CertificateRequests.read(csr), WORKER, NOW, Duration.ofDays(90));

        var leaf = chain.getFirst();
        assertThat(authority.roots().verify(chain, NOW)).isEqualTo(WORKER);
        assertThat(leaf.getNotBefore().toInstant()).isEqualTo(NOW.minus(Duration.ofHours(1)));
        assertThat(leaf.getNotAfter().toInstant()).isEqualTo(NOW.plus(Duration.ofDays(90)));
        assertThat(leaf.getSubjectAlternativeNames())
                .extracting(name -> (Object) name.get(1))
                .containsExactly("swarm-worker", WORKER.nodeId());
        assertThat(leaf.getPublicKey()).isEqualTo(keys.getPublic());
    }

    @Test
    void rootLivesTwentyYears() {
        var root = authority.certificate();

        assertThat(root.getSubjectX500Principal().getName()).isEqualTo("CN=swarm-ca");
        assertThat(Duration.between(NOW, root.getNotAfter().toInstant())).isEqualTo(Duration.ofDays(7300));
    }

    @Test
    void opensslAcceptsTheChain(@TempDir Path dir) throws Exception {
        var keys = NodeKeys.generate(RANDOM);
        var identity = new PeerIdentity("n1", NodeRole.ROLE_MANAGER, "c1");
        var live = Instant.ofEpochMilli(Files.getLastModifiedTime(dir).toMillis());
        var fresh = CertificateAuthority.create(RANDOM, live);
        var chain = fresh.issue(keys.getPublic(), identity, live, Duration.ofHours(1));
        Files.write(dir.resolve("root.pem"), fresh.certificatePem());
        Files.write(dir.resolve("node.pem"), Pem.certificates(chain));
        Files.write(dir.resolve("node.csr"), CertificateRequests.create(keys, RANDOM));

        assertThat(openssl(dir, "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "root.pem", "node.pem"))
                .contains("node.pem: OK");
        assertThat(openssl(dir, "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "root.pem", "node.pem"))
                .contains("node.pem: OK");
        assertThat(openssl(dir, "req", "-in", "node.csr", "-verify", "-noout")).contains("OK");
        assertThat(openssl(dir, "x509", "-in", "node.pem", "-noout", "-subject", "-nameopt", "RFC2253"))
                .contains("CN=n1,OU=swarm-manager,O=c1");
    }

    @Test
    void refusesOtherRootsExpiredCertificatesAndRootsAsNodes() {
        var keys = NodeKeys.generate(RANDOM);
        var chain = authority.issue(keys.getPublic(), WORKER, NOW, Duration.ofDays(1));
        var other = CertificateAuthority.create(RANDOM, NOW);

        assertThatThrownBy(() -> other.roots().verify(chain, NOW)).isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> authority.roots().verify(chain, NOW.plus(Duration.ofDays(2))))
                .isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> authority.roots().verify(chain, NOW.minus(Duration.ofDays(2))))
                .isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> authority.roots().verify(List.of(authority.certificate()), NOW))
                .isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> authority.roots().verify(List.of(other.certificate()), NOW))
                .isInstanceOf(CertificateException.class);
    }

    @Test
    void refusesARequestSignedByAnotherKey() {
        var csr = CertificateRequests.create(NodeKeys.generate(RANDOM), RANDOM);
        var der = Pem.blocks(csr, Pem.REQUEST).getFirst();
        der[der.length - 1] ^= 1;
        var forged = Pem.block(Pem.REQUEST, der).getBytes(StandardCharsets.US_ASCII);

        assertThatThrownBy(() -> CertificateRequests.read(forged)).isInstanceOf(PkiFailure.class);
        assertThatThrownBy(() -> CertificateRequests.read(new byte[0])).isInstanceOf(PkiFailure.class);
    }

    @Test
    void survivesBeingWrittenAndRead() throws Exception {
        var again = CertificateAuthority.read(authority.certificatePem(), authority.keyPem(), RANDOM);
        var chain = again.issue(NodeKeys.generate(RANDOM).getPublic(), WORKER, NOW, Duration.ofDays(1));

        assertThat(authority.roots().verify(chain, NOW)).isEqualTo(WORKER);
        var foreign = CertificateAuthority.create(RANDOM, NOW).keyPem();
        assertThatThrownBy(() -> CertificateAuthority.read(authority.certificatePem(), foreign, RANDOM))
                .isInstanceOf(PkiFailure.class);
    }

    private static String openssl(Path dir, String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command)
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return output;
    }
}
