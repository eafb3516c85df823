package dev.muster.manager.ca;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.muster.api.Cluster;
import dev.muster.api.Node;
import dev.muster.api.NodeState;
import dev.muster.api.RootCa;
import dev.muster.api.RootRotation;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import dev.muster.manager.state.Touched;
import dev.muster.manager.trust.OutsideAuthority;
import dev.muster.manager.trust.RootWishes;
import dev.muster.pki.CertificateAuthority;
import dev.muster.pki.JoinToken;
import dev.muster.pki.NodeKeys;
import dev.muster.pki.TrustRoots;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RootRotationLoopTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int NODES = RootRotationLoop.BATCH + 5;

    private final CertificateAuthority old = CertificateAuthority.create(RANDOM, NOW);
    private final LocalLog log = new LocalLog(new ClusterStates());
    private final RootRotationLoop loop = new RootRotationLoop();
    private final RootWishes wishes = new RootWishes(OutsideAuthority.NONE, RANDOM, () -> NOW);

    @BeforeEach
    void aClusterOfNodes() {
        var changes = new ChangeSetBuilder(NOW, "test")
                .create(Cluster.newBuilder()
                        .setId("c1")
                        .setRootCa(RootCa.newBuilder()
                                .setCertificatePem(ByteString.copyFrom(old.certificatePem()))
                                .setKeyPem(ByteString.copyFrom(old.keyPem()))
                                .setWorkerTokenSecret(JoinToken.newSecret(RANDOM))
                                .setManagerTokenSecret(JoinToken.newSecret(RANDOM)))
                        .build());
        for (var i = 0; i < NODES; i++) {
            var node = Node.newBuilder().setId("n" + (100 + i));
            node.getStatusBuilder().setState(NodeState.NODE_READY);
            node.getDescriptionBuilder().setHostname("host-" + i);
            tell(node, old, old);
            changes.create(node.build());
        }
        assertThat(log.propose(changes.build()).accepted()).isTrue();
    }

    private static Node.Builder tell(Node.Builder node, CertificateAuthority signer, CertificateAuthority root) {
        node.getDescriptionBuilder()
                .setCertificateIssuerPublicKey(
                        NodeKeys.text(signer.certificate().getPublicKey()))
                .setTrustRootPem(new String(root.certificatePem(), StandardCharsets.US_ASCII));
        return node;
    }

    private Cluster cluster() {
        return log.states().current().cluster().orElseThrow();
    }

    private Decision pass(Instant now) {
        var decision = loop.decide(log.states().current(), now, new Random(1), Touched.EVERYTHING);
        decision.changeSets()
                .forEach(changes -> assertThat(log.propose(changes).accepted()).isTrue());
        return decision;
    }

    private CertificateAuthority rotate() {
        var spec = cluster().getSpec().toBuilder();
        spec.setCaForceRotate(spec.getCaForceRotate() + 1);
        store(wishes.update(cluster(), spec.build()));
        return authority(cluster().getRootCa().getRotation());
    }

    private static CertificateAuthority authority(RootRotation rotation) {
        return CertificateAuthority.read(
                rotation.getCertificatePem().toByteArray(), rotation.getKeyPem().toByteArray(), RANDOM);
    }

    private void store(Cluster cluster) {
        assertThat(log.propose(new ChangeSetBuilder(NOW, "test").update(cluster).build())
                        .accepted())
                .isTrue();
    }

    private long asked(CertificateAuthority root) {
        return log.states().current().nodes().values().stream()
                .filter(node -> node.getCertificateIssuerWanted()
                        .equals(NodeKeys.text(root.certificate().getPublicKey())))
                .count();
    }

    private void everyNodeTells(CertificateAuthority signer, CertificateAuthority root) {
        var changes = new ChangeSetBuilder(NOW, "test");
        log.states()
                .current()
                .nodes()
                .values()
                .forEach(node ->
                        changes.update(tell(node.toBuilder(), signer, root).build()));
        assertThat(log.propose(changes.build()).accepted()).isTrue();
    }

    @Test
    void withoutARotationThereIsNothingToDo() {
        assertThat(pass(NOW)).isEqualTo(Decision.NOTHING);
    }

    @Test
    void nodesAreAskedInBatches() {
        var next = rotate();

        assertThat(pass(NOW).nextWakeup()).contains(NOW.plus(RootRotationLoop.BETWEEN_BATCHES));
        assertThat(asked(next)).isEqualTo(RootRotationLoop.BATCH);
        pass(NOW.plusMillis(500));
        assertThat(asked(next)).as("too soon for the next batch").isEqualTo(RootRotationLoop.BATCH);
        pass(NOW.plus(RootRotationLoop.BETWEEN_BATCHES));
        assertThat(asked(next)).isEqualTo(NODES);
        assertThat(pass(NOW.plusSeconds(60)).changeSets())
                .as("it waits for the nodes")
                .isEmpty();
        assertThat(cluster().getRootCa().hasRotation()).isTrue();
    }

    @Test
    void theNewRootComesWhenTheLastNodeHasItsCertificateAndNotBefore() {
        var next = rotate();
        var tokens = cluster().getRootCa().getRotation();
        pass(NOW);
        pass(NOW.plusSeconds(3));
        everyNodeTells(next, old);
        var last = log.states().current().node("n100").orElseThrow();
        log.propose(new ChangeSetBuilder(NOW, "test")
                .update(tell(last.toBuilder(), old, old).build())
                .build());
        assertThat(pass(NOW.plusSeconds(6)).reasons())
                .anySatisfy(reason -> assertThat(reason.text()).contains("host-0"));
        assertThat(cluster().getRootCa().hasRotation()).isTrue();

        everyNodeTells(next, old);
        pass(NOW.plusSeconds(9));

        var root = cluster().getRootCa();
        assertThat(root.hasRotation()).isFalse();
        assertThat(TrustRoots.read(root.getCertificatePem().toByteArray())).isEqualTo(next.roots());
        assertThat(root.getKeyPem()).isEqualTo(tokens.getKeyPem());
        assertThat(root.getWorkerTokenSecret()).isEqualTo(tokens.getWorkerTokenSecret());
        assertThat(root.getManagerTokenSecret()).isEqualTo(tokens.getManagerTokenSecret());
        assertThat(root.getCrossSignedPem())
                .as("nodes know the old root only, still")
                .isEqualTo(tokens.getCrossSignedPem());

        everyNodeTells(next, next);
        pass(NOW.plusSeconds(12));
        assertThat(cluster().getRootCa().getCrossSignedPem()).isEqualTo(ByteString.EMPTY);
        assertThat(pass(NOW.plusSeconds(15))).isEqualTo(Decision.NOTHING);
    }

    @Test
    void aRotationThatIsTakenBackBringsEveryNodeBack() {
        var next = rotate();
        pass(NOW);
        pass(NOW.plusSeconds(3));
        everyNodeTells(next, old);
        var spec = cluster().getSpec().toBuilder()
                .setSigningCaCertificatePem(ByteString.copyFrom(old.certificatePem()))
                .setSigningCaKeyPem(ByteString.copyFrom(old.keyPem()));
        store(wishes.update(cluster(), spec.build()));
        assertThat(cluster().getRootCa().hasRotation()).isFalse();
        assertThat(cluster().getSpec().getSigningCaKeyPem())
                .as("keys are not in specs")
                .isEqualTo(ByteString.EMPTY);

        pass(NOW.plusSeconds(6));
        pass(NOW.plusSeconds(9));
        assertThat(asked(old)).isEqualTo(NODES);
    }

    @Test
    void anotherRotationInTheMiddleReplacesTheFirst() {
        var first = rotate();
        pass(NOW);
        var second = rotate();
        pass(NOW.plusSeconds(3));
        pass(NOW.plusSeconds(6));
        assertThat(asked(first)).isZero();
        assertThat(asked(second)).isEqualTo(NODES);
    }
}
