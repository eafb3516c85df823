package dev.muster.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.NodeRole;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who trusts whom while a cluster moves from one root to the next, and after it. */
class RootRotationTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration LIFETIME = Duration.ofDays(90);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final PeerIdentity WORKER = new PeerIdentity("w1", NodeRole.ROLE_WORKER, "c1");

    private final CertificateAuthority old = CertificateAuthority.create(RANDOM, NOW);
    private final CertificateAuthority next = CertificateAuthority.create(RANDOM, NOW);
    private final X509Certificate crossed = old.crossSign(next.certificate(), NOW);

    private static List<X509Certificate> chain(CertificateAuthority signer, X509Certificate... more) {
        var leaf = signer.issue(NodeKeys.generate(RANDOM).getPublic(), WORKER, NOW, LIFETIME);
        return Stream.concat(leaf.stream(), Stream.of(more)).toList();
    }

    @Test
    void aCertificateOfTheNewRootIsValidUnderBothDuringTheRotation() {
        var rotating = chain(next, crossed);

        assertThat(old.roots().accepts(rotating, NOW)).isTrue();
        assertThat(next.roots().accepts(rotating, NOW)).isTrue();
        assertThat(next.roots().accepts(chain(next), NOW)).isTrue();
    }

    @Test
    void aCertificateOfTheOldRootIsNotValidUnderTheNewOne() {
        assertThat(next.roots().accepts(chain(old), NOW)).isFalse();
        assertThat(next.roots().accepts(chain(old, crossed), NOW)).isFalse();
        assertThat(next.roots().accepts(chain(old, old.certificate()), NOW)).isFalse();
        assertThat(next.roots().accepts(chain(old, next.crossSign(old.certificate(), NOW)), NOW))
                .as("the new root has vouched for the old one: nobody does that, and it would count")
                .isTrue();
    }

    @Test
    void theCertificateBetweenTheRootsIsNotANodesAndTellsNobodyElse() {
        assertThat(old.roots().accepts(List.of(crossed), NOW)).isFalse();
        assertThat(old.roots().accepts(chain(next), NOW)).isFalse();
        var stranger = CertificateAuthority.create(RANDOM, NOW);
        assertThat(old.roots().accepts(chain(stranger, crossed), NOW)).isFalse();
    }

    @Test
    void anIdentityTellsWhoseKeySignedIt() {
        var keys = NodeKeys.generate(RANDOM);
        var leaf = next.issue(keys.getPublic(), WORKER, NOW, LIFETIME);
        var rotating = new NodeIdentity(keys.getPrivate(), List.of(leaf.getFirst(), crossed), old.roots());

        assertThat(rotating.issuerKey())
                .contains(NodeKeys.text(next.certificate().getPublicKey()));
        assertThat(rotating.under(next.roots()).issuerKey()).isEqualTo(rotating.issuerKey());
        assertThat(old.selfIssue(WORKER, NOW, LIFETIME).issuerKey())
                .contains(NodeKeys.text(old.certificate().getPublicKey()));
    }

    @Test
    void aRootThatWillNotLastAYearIsRefused() {
        var pem = next.certificatePem();
        assertThat(CertificateAuthority.readRoot(pem, NOW)).isEqualTo(next.certificate());
        var late = next.certificate().getNotAfter().toInstant().minus(Duration.ofDays(364));
        assertThatThrownBy(() -> CertificateAuthority.readRoot(pem, late)).hasMessageContaining("at least one year");
        assertThatThrownBy(() -> CertificateAuthority.readRoot(Pem.certificates(chain(old)), NOW))
                .hasMessageContaining("not the certificate of a certificate authority");
        assertThatThrownBy(() -> CertificateAuthority.readRoot(Pem.certificates(List.of(crossed)), NOW))
                .hasMessageContaining("not signed by its own key");
        assertThatThrownBy(() -> CertificateAuthority.readRoot("nonsense".getBytes(StandardCharsets.US_ASCII), NOW))
                .isInstanceOf(PkiFailure.class);
    }

    @Test
    void aKeyThatIsNotTheRootsIsRefused() {
        assertThatThrownBy(() -> CertificateAuthority.read(next.certificatePem(), old.keyPem(), RANDOM))
                .hasMessageContaining("does not belong");
        assertThatThrownBy(() -> Pem.readSigningKey("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"
                        .getBytes(StandardCharsets.US_ASCII)))
                .hasMessageNotContaining("MIIB");
    }
}
