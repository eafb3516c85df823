package dev.muster.manager.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.muster.api.Availability;
import dev.muster.api.Cluster;
import dev.muster.api.Durations;
import dev.muster.api.IssueCertificateRequest;
import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.RemovedNode;
import dev.muster.api.RootCa;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import dev.muster.manager.trust.OutsideAuthority;
import dev.muster.manager.trust.Signers;
import dev.muster.manager.write.Writer;
import dev.muster.pki.CertificateAuthority;
import dev.muster.pki.CertificateRequests;
import dev.muster.pki.JoinToken;
import dev.muster.pki.NodeIdentity;
import dev.muster.pki.NodeKeys;
import dev.muster.pki.PeerIdentity;
import dev.muster.pki.Pem;
import dev.muster.pki.TrustRoots;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NodeAdmissionTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final LocalLog log = new LocalLog(new ClusterStates());
    private final NodeAdmission admission = new NodeAdmission(
            new Writer(log, log.states(), () -> NOW), () -> NOW, new Signers(OutsideAuthority.NONE, RANDOM, () -> NOW));
    private final CertificateAuthority root = CertificateAuthority.create(RANDOM, NOW);
    private final String workerSecret = JoinToken.newSecret(RANDOM);
    private final String managerSecret = JoinToken.newSecret(RANDOM);
    private final KeyPair keys = NodeKeys.generate(RANDOM);

    @BeforeEach
    void initCluster() {
        var cluster = Cluster.newBuilder()
                .setId("c1")
                .setRootCa(RootCa.newBuilder()
                        .setCertificatePem(ByteString.copyFrom(root.certificatePem()))
                        .setKeyPem(ByteString.copyFrom(root.keyPem()))
                        .setWorkerTokenSecret(workerSecret)
                        .setManagerTokenSecret(managerSecret));
        cluster.getSpecBuilder().setNodeCertExpiry(Durations.of(Duration.ofHours(2)));
        assertThat(log.propose(new ChangeSetBuilder(NOW, "init")
                                .create(cluster.build())
                                .build())
                        .accepted())
                .isTrue();
    }

    private IssueCertificateRequest request(KeyPair of, String token) {
        return IssueCertificateRequest.newBuilder()
                .setCsrPem(ByteString.copyFrom(CertificateRequests.create(of, RANDOM)))
                .setToken(token)
                .setAvailability(Availability.AVAILABILITY_PAUSE)
                .build();
    }

    private String token(String secret) {
        return new JoinToken(root.roots().digest(), secret).text();
    }

    private static void assertRefused(ThrowingCallable call, Status.Code code, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(code))
                .hasMessageContaining(message);
    }

    @Test
    void aWorkerTokenMakesANodeAndItsCertificate() {
        var response = admission.issue(request(keys, token(workerSecret)), Optional.empty());

        var node = log.states().current().node(response.getNodeId()).orElseThrow();
        assertThat(node.getRole()).isEqualTo(NodeRole.ROLE_WORKER);
        assertThat(node.getSpec().getAvailability()).isEqualTo(Availability.AVAILABILITY_PAUSE);
        var identity = new NodeIdentity(
                keys.getPrivate(),
                Pem.readCertificates(response.getCertificateChainPem().toByteArray()),
                TrustRoots.read(response.getRootCaPem().toByteArray()));
        assertThat(identity.subject()).isEqualTo(new PeerIdentity(node.getId(), NodeRole.ROLE_WORKER, "c1"));
        assertThat(identity.expiresAt()).isEqualTo(NOW.plus(Duration.ofHours(2)));
    }

    @Test
    void askingAgainWithTheSameKeyMakesNoSecondNode() {
        var first = admission.issue(request(keys, token(workerSecret)), Optional.empty());
        var again = admission.issue(request(keys, token(workerSecret)), Optional.empty());
        var other = admission.issue(request(NodeKeys.generate(RANDOM), token(workerSecret)), Optional.empty());

        assertThat(again.getNodeId()).isEqualTo(first.getNodeId());
        assertThat(other.getNodeId()).isNotEqualTo(first.getNodeId());
        assertThat(log.states().current().nodes()).hasSize(2);
    }

    @Test
    void noTokenWrongTokensAndForeignTokensMakeNoNode() {
        var needed = "A valid join token is necessary to join this cluster";
        var foreign = CertificateAuthority.create(RANDOM, NOW).roots().digest();
        for (var token : new String[] {
            "", "SWMTKN-1-x-y", token(JoinToken.newSecret(RANDOM)), new JoinToken(foreign, workerSecret).text()
        }) {
            assertRefused(
                    () -> admission.issue(request(keys, token), Optional.empty()),
                    Status.Code.INVALID_ARGUMENT,
                    needed);
        }
        assertThat(log.states().current().nodes()).isEmpty();
    }

    @Test
    void theManagersTokenMakesAManagerThatIsNotInTheRaftGroupYet() {
        var issued = admission.issue(request(keys, token(managerSecret)), Optional.empty());

        assertThat(issued.getRole()).isEqualTo(NodeRole.ROLE_MANAGER);
        var node = log.states().current().node(issued.getNodeId()).orElseThrow();
        assertThat(node.getRole()).isEqualTo(NodeRole.ROLE_MANAGER);
        assertThat(node.getSpec().getRole()).isEqualTo(NodeRole.ROLE_MANAGER);
        assertThat(node.hasManagerStatus()).isFalse();
    }

    @Test
    void aDemotedManagerKeepsItsRoleUntilItIsOutOfTheRaftGroup() {
        var id = admission
                .issue(request(keys, token(managerSecret)), Optional.empty())
                .getNodeId();
        var caller = new PeerIdentity(id, NodeRole.ROLE_MANAGER, "c1");
        change(id, node -> node.getManagerStatusBuilder().setRaftMemberId(id + ".a"));
        change(id, node -> node.getSpecBuilder().setRole(NodeRole.ROLE_WORKER));
        assertThat(admission.issue(request(keys, ""), Optional.of(caller)).getRole())
                .isEqualTo(NodeRole.ROLE_MANAGER);

        change(id, Node.Builder::clearManagerStatus);
        assertThat(admission.issue(request(keys, ""), Optional.of(caller)).getRole())
                .isEqualTo(NodeRole.ROLE_WORKER);
        assertThat(log.states().current().node(id).orElseThrow().getRole()).isEqualTo(NodeRole.ROLE_WORKER);
    }

    private void change(String id, Consumer<Node.Builder> change) {
        var node = log.states().current().node(id).orElseThrow().toBuilder();
        change.accept(node);
        assertThat(log.propose(new ChangeSetBuilder(NOW, "test")
                                .update(node.build())
                                .build())
                        .accepted())
                .isTrue();
    }

    @Test
    void aNodeRenewsItsOwnCertificateInTheRoleThatItsSpecSays() {
        var id = admission
                .issue(request(keys, token(workerSecret)), Optional.empty())
                .getNodeId();
        var promoted = log.states().current().node(id).orElseThrow().toBuilder();
        promoted.getSpecBuilder().setRole(NodeRole.ROLE_MANAGER);
        assertThat(log.propose(new ChangeSetBuilder(NOW, "promote")
                                .update(promoted.build())
                                .build())
                        .accepted())
                .isTrue();
        var caller = new PeerIdentity(id, NodeRole.ROLE_WORKER, "c1");

        var renewed = admission.issue(request(NodeKeys.generate(RANDOM), ""), Optional.of(caller));

        assertThat(renewed.getNodeId()).isEqualTo(id);
        assertThat(renewed.getRole()).isEqualTo(NodeRole.ROLE_MANAGER);
        assertThat(log.states().current().node(id).orElseThrow().getRole()).isEqualTo(NodeRole.ROLE_MANAGER);
    }

    @Test
    void aRemovedNodeGetsNothing() {
        var id = admission
                .issue(request(keys, token(workerSecret)), Optional.empty())
                .getNodeId();
        var state = log.states().current();
        assertThat(log.propose(new ChangeSetBuilder(NOW, "remove")
                                .delete(state.node(id).orElseThrow())
                                .update(state.cluster().orElseThrow().toBuilder()
                                        .addRemovedNodes(
                                                RemovedNode.newBuilder().setNodeId(id))
                                        .build())
                                .build())
                        .accepted())
                .isTrue();

        assertRefused(
                () -> admission.issue(request(keys, ""), Optional.of(new PeerIdentity(id, NodeRole.ROLE_WORKER, "c1"))),
                Status.Code.PERMISSION_DENIED,
                "was removed from the cluster");
        assertRefused(
                () -> admission.issue(request(keys, token(workerSecret)), Optional.empty()),
                Status.Code.PERMISSION_DENIED,
                "was removed from the cluster");
    }

    @Test
    void aRequestWithoutProofOfItsKeyIsRefused() {
        var forged = request(keys, token(workerSecret)).toBuilder().setCsrPem(ByteString.copyFromUtf8("nonsense"));

        assertRefused(
                () -> admission.issue(forged.build(), Optional.empty()),
                Status.Code.INVALID_ARGUMENT,
                "CERTIFICATE REQUEST");
    }
}
