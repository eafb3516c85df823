package dev.muster.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.muster.api.Cluster;
import dev.muster.api.ClusterSpec;
import dev.muster.api.ExternalCa;
import dev.muster.api.NodeRole;
import dev.muster.api.RootCa;
import dev.muster.manager.trust.CfsslAuthority;
import dev.muster.manager.trust.RootWishes;
import dev.muster.manager.trust.Signers;
import dev.muster.manager.trust.TrustFailure;
import dev.muster.pki.CertificateAuthority;
import dev.muster.pki.CertificateRequests;
import dev.muster.pki.NodeIdentity;
import dev.muster.pki.NodeKeys;
import dev.muster.pki.PeerIdentity;
import dev.muster.pki.Pem;
import dev.muster.pki.TlsContexts;
import dev.muster.pki.TrustRoots;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a manager says to a real authority outside, and what it takes from it. */
class CfsslAuthorityTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final InstantSource CLOCK = InstantSource.system();
    private static final PeerIdentity MANAGER = new PeerIdentity("m1", NodeRole.ROLE_MANAGER, "c1");
    private static final PeerIdentity WORKER = new PeerIdentity("w1", NodeRole.ROLE_WORKER, "c1");

    private CfsslServer server;
    private TrustRoots roots;

    @BeforeEach
    void start() throws Exception {
        server = CfsslServer.start("127.0.0.1", 0, Duration.ofDays(1));
        roots = new TrustRoots(List.of(server.root()));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private ClusterSpec.Builder spec() throws Exception {
        var spec = ClusterSpec.newBuilder();
        spec.addExternalCasBuilder().setProtocol("cfssl").setUrl(server.url()).setCaCertificatePem(server.rootPem());
        return spec;
    }

    private Cluster cluster(ClusterSpec spec) throws Exception {
        return Cluster.newBuilder()
                .setId("c1")
                .setSpec(spec)
                .setRootCa(RootCa.newBuilder().setCertificatePem(ByteString.copyFromUtf8(server.rootPem())))
                .build();
    }

    private static byte[] request(KeyPair keys) {
        return CertificateRequests.create(keys, RANDOM);
    }

    @Test
    void aClusterWithoutTheRootsKeyLetsNodesInWithCertificatesFromOutside() throws Exception {
        var unknown = new Signers(new CfsslAuthority(Optional::empty), RANDOM, CLOCK);
        var keys = NodeKeys.generate(RANDOM);
        var chain = unknown.issue(cluster(spec().build()), request(keys), MANAGER);
        var manager = new NodeIdentity(keys.getPrivate(), chain, roots);
        assertThat(manager.subject()).isEqualTo(MANAGER);
        assertThat(manager.certificate().getSubjectAlternativeNames().stream().<Object>map(name -> name.get(1)))
                .containsExactlyInAnyOrder("swarm-manager", "m1", "swarm-ca");

        var tls = new TlsContexts(manager, CLOCK);
        var signers = new Signers(new CfsslAuthority(() -> Optional.of(tls.keyManager())), RANDOM, CLOCK);
        var worker = signers.issue(cluster(spec().build()), request(NodeKeys.generate(RANDOM)), WORKER);
        assertThat(roots.accepts(worker, CLOCK.instant())).isTrue();
        assertThat(server.asked())
                .containsExactly(
                        "O=c1,OU=swarm-manager,CN=m1 by nobody",
                        "O=c1,OU=swarm-worker,CN=w1 by CN=m1,OU=swarm-manager,O=c1");
    }

    @Test
    void whatTheAuthoritySaysReachesWhoAsked() throws Exception {
        var signers = new Signers(new CfsslAuthority(Optional::empty), RANDOM, CLOCK);
        server.refuse(true);
        var cluster = cluster(spec().build());
        assertThatThrownBy(() -> signers.issue(cluster, request(NodeKeys.generate(RANDOM)), WORKER))
                .isInstanceOfSatisfying(
                        TrustFailure.class, e -> assertThat(e.temporary()).isTrue())
                .hasMessageContaining("Policy violation request");
        server.close();
        assertThatThrownBy(() -> signers.issue(cluster, request(NodeKeys.generate(RANDOM)), WORKER))
                .hasMessageContaining("cannot be reached");
    }

    @Test
    void aServerThatIsNotUnderTheRootIsNotToldAnything() throws Exception {
        try (var stranger = CfsslServer.start("127.0.0.1", 0, Duration.ofDays(1))) {
            var spec = ClusterSpec.newBuilder()
                    .addExternalCas(ExternalCa.newBuilder()
                            .setProtocol("cfssl")
                            .setUrl(stranger.url())
                            .setCaCertificatePem(server.rootPem()))
                    .build();
            var signers = new Signers(new CfsslAuthority(Optional::empty), RANDOM, CLOCK);
            assertThatThrownBy(() -> signers.issue(cluster(spec), request(NodeKeys.generate(RANDOM)), WORKER))
                    .hasMessageContaining("cannot be reached");
            assertThat(stranger.asked()).isEmpty();
        }
    }

    @Test
    void theAuthorityVouchesForTheRootThatComesAfterIt() throws Exception {
        var cluster = cluster(spec().build());
        var wishes = new RootWishes(new CfsslAuthority(Optional::empty), RANDOM, CLOCK);
        var updated = wishes.update(cluster, spec().setCaForceRotate(1).build())
                .getRootCa()
                .getRotation();
        var next = CertificateAuthority.read(
                updated.getCertificatePem().toByteArray(), updated.getKeyPem().toByteArray(), RANDOM);
        var keys = NodeKeys.generate(RANDOM);
        var leaf = next.issue(keys.getPublic(), WORKER, Instant.now(), Duration.ofHours(1))
                .getFirst();
        var crossed =
                Pem.readCertificates(updated.getCrossSignedPem().toByteArray()).getFirst();
        assertThat(roots.accepts(List.of(leaf, crossed), CLOCK.instant())).isTrue();
        assertThat(server.asked()).containsExactly("CN=swarm-ca as a CA by nobody");
    }

    @Test
    void aRotationToAnAuthorityOutsideNeedsOneThatAnswers() throws Exception {
        var own = CertificateAuthority.create(RANDOM, Instant.now());
        var cluster = Cluster.newBuilder()
                .setId("c1")
                .setRootCa(RootCa.newBuilder()
                        .setCertificatePem(ByteString.copyFrom(own.certificatePem()))
                        .setKeyPem(ByteString.copyFrom(own.keyPem())))
                .build();
        var wishes = new RootWishes(new CfsslAuthority(Optional::empty), RANDOM, CLOCK);
        var wanted = spec().setSigningCaCertificatePem(ByteString.copyFromUtf8(server.rootPem()))
                .build();
        var rotation = wishes.update(cluster, wanted).getRootCa().getRotation();
        assertThat(rotation.getKeyPem()).isEqualTo(ByteString.EMPTY);
        assertThat(rotation.getCertificatePem().toStringUtf8().strip().replaceAll("\\s", ""))
                .isEqualTo(server.rootPem().strip().replaceAll("\\s", ""));
        server.close();
        assertThatThrownBy(() -> wishes.update(cluster, wanted))
                .hasMessageContaining("at least one valid, reachable external CA");
        var foreign = spec().build();
        assertThatThrownBy(() -> wishes.update(cluster, foreign))
                .hasMessageContaining("is not the cluster's root certificate");
    }
}
