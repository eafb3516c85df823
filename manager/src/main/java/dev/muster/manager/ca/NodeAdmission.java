package dev.muster.manager.ca;

import com.google.protobuf.ByteString;
import dev.muster.api.Availability;
import dev.muster.api.Cluster;
import dev.muster.api.IssueCertificateRequest;
import dev.muster.api.IssueCertificateResponse;
import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.NodeSpec;
import dev.muster.api.NodeState;
import dev.muster.api.NodeStatus;
import dev.muster.api.Timestamps;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.trust.Signers;
import dev.muster.manager.trust.TrustFailure;
import dev.muster.manager.write.Writer;
import dev.muster.pki.CertificateRequests;
import dev.muster.pki.JoinToken;
import dev.muster.pki.NodeKeys;
import dev.muster.pki.PeerIdentity;
import dev.muster.pki.Pem;
import dev.muster.pki.PkiFailure;
import dev.muster.pki.TrustRoots;
import io.grpc.Status;
import java.security.PublicKey;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Decides who becomes, or stays, a node. A joiner's id follows from its key, so that a joiner which asks again because
 * an answer was lost is the same node and gets another certificate, not another node. Any thread; blocks.
 *
 * <p>Refusals are gRPC status exceptions: they go to another process only.
 */
public final class NodeAdmission {
    private static final String TOKEN_NEEDED = "A valid join token is necessary to join this cluster";

    private final Writer writer;
    private final InstantSource clock;
    private final Signers signers;

    public NodeAdmission(Writer writer, InstantSource clock, Signers signers) {
        this.writer = writer;
        this.clock = clock;
        this.signers = signers;
    }

    /** The certificates that a joiner holds against its token. */
    public byte[] rootCertificate() {
        return cluster(writer.read()).getRootCa().getCertificatePem().toByteArray();
    }

    /**
     * A certificate for the key in the request.
     *
     * @param caller what the certificate of the connection says, if there is one
     */
    public IssueCertificateResponse issue(IssueCertificateRequest request, Optional<PeerIdentity> caller) {
        var key = key(request);
        var cluster = cluster(writer.read());
        var nodeId = request.getToken().isEmpty() ? renewing(cluster, caller) : NodeKeys.nodeId(key, cluster.getId());
        if (cluster.getRemovedNodesList().stream()
                .anyMatch(removed -> removed.getNodeId().equals(nodeId))) {
            throw Status.PERMISSION_DENIED
                    .withDescription("node " + nodeId + " was removed from the cluster: leave, and join again")
                    .asRuntimeException();
        }
        var role = request.getToken().isEmpty()
                ? renewed(nodeId)
                : admitted(nodeId, role(cluster, request.getToken()), request.getAvailability());
        // As it is once the node is there: whoever ends a rotation of the root waits for each node that he sees.
        return certificate(
                cluster(writer.current()), new PeerIdentity(nodeId, role, cluster.getId()), request.getCsrPem());
    }

    private static String renewing(Cluster cluster, Optional<PeerIdentity> caller) {
        var peer = caller.orElseThrow(NodeAdmission::tokenNeeded);
        if (!peer.clusterId().equals(cluster.getId())) {
            throw tokenNeeded();
        }
        return peer.nodeId();
    }

    private static NodeRole role(Cluster cluster, String text) {
        var token = JoinToken.parse(text).orElseThrow(NodeAdmission::tokenNeeded);
        var root = cluster.getRootCa();
        if (!token.rootDigest()
                .equals(TrustRoots.read(root.getCertificatePem().toByteArray()).digest())) {
            throw tokenNeeded();
        }
        if (token.carries(root.getWorkerTokenSecret())) {
            return NodeRole.ROLE_WORKER;
        }
        if (token.carries(root.getManagerTokenSecret())) {
            return NodeRole.ROLE_MANAGER;
        }
        throw tokenNeeded();
    }

    /** The node is in the cluster when this returns. */
    private NodeRole admitted(String nodeId, NodeRole role, Availability availability) {
        return writer.commit("IssueCertificate", (state, changes) -> {
            var known = state.node(nodeId);
            if (known.isPresent()) {
                return known.get().getSpec().getRole();
            }
            changes.create(Node.newBuilder()
                    .setId(nodeId)
                    .setSpec(NodeSpec.newBuilder().setRole(role).setAvailability(availability))
                    .setRole(role)
                    .setStatus(NodeStatus.newBuilder()
                            .setState(NodeState.NODE_UNKNOWN)
                            .setSince(Timestamps.of(clock.instant())))
                    .build());
            return role;
        });
    }

    /**
     * The role that the cluster wants the node in; from now on its certificate has it. A manager that is to be a worker
     * stays one until it is out of the Raft group, which would not listen to it any more.
     */
    private NodeRole renewed(String nodeId) {
        return writer.commit("RenewCertificate", (state, changes) -> {
            var node = state.node(nodeId)
                    .orElseThrow(() -> Status.NOT_FOUND
                            .withDescription("node " + nodeId + " not found")
                            .asRuntimeException());
            var role = node.hasManagerStatus() ? node.getRole() : node.getSpec().getRole();
            if (node.getRole() != role) {
                changes.update(node.toBuilder().setRole(role).build());
            }
            return role;
        });
    }

    private IssueCertificateResponse certificate(Cluster cluster, PeerIdentity subject, ByteString request) {
        try {
            var chain = signers.issue(cluster, request.toByteArray(), subject);
            return IssueCertificateResponse.newBuilder()
                    .setNodeId(subject.nodeId())
                    .setRole(subject.role())
                    .setCertificateChainPem(ByteString.copyFrom(Pem.certificates(chain)))
                    .setRootCaPem(cluster.getRootCa().getCertificatePem())
                    .build();
        } catch (TrustFailure e) {
            throw (e.temporary() ? Status.UNAVAILABLE : Status.FAILED_PRECONDITION)
                    .withDescription(e.getMessage())
                    .asRuntimeException();
        }
    }

    private static PublicKey key(IssueCertificateRequest request) {
        try {
            return CertificateRequests.read(request.getCsrPem().toByteArray());
        } catch (PkiFailure e) {
            throw Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException();
        }
    }

    private static Cluster cluster(ClusterState state) {
        return state.cluster()
                .orElseThrow(() -> Status.UNAVAILABLE
                        .withDescription("the cluster is not set up yet")
                        .asRuntimeException());
    }

    private static RuntimeException tokenNeeded() {
        return Status.INVALID_ARGUMENT.withDescription(TOKEN_NEEDED).asRuntimeException();
    }
}
