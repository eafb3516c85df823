package dev.muster.manager.membership;

import dev.muster.api.DataKey;
import dev.muster.api.EpochRequest;
import dev.muster.api.EpochResponse;
import dev.muster.api.JoinRaftRequest;
import dev.muster.api.JoinRaftResponse;
import dev.muster.api.KeepDataKeysRequest;
import dev.muster.api.KeepDataKeysResponse;
import dev.muster.api.ManagerStatus;
import dev.muster.api.MembershipGrpc;
import dev.muster.api.NodeRole;
import dev.muster.api.Reachability;
import dev.muster.manager.state.ReadFailedException;
import dev.muster.manager.write.WriteFailure;
import dev.muster.manager.write.Writer;
import dev.muster.pki.Caller;
import dev.muster.pki.ManagerAddress;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;

/**
 * Where managers ask for their place in the Raft group. Any manager answers: it hands out the keys of the log, and writes
 * down where the new one is; the leader finds it there. Callers have shown a manager's certificate of this cluster.
 */
public final class MembershipEndpoint extends MembershipGrpc.MembershipImplBase {
    private final Writer writer;
    private final DataKeys keys;
    private final int featureLevel;

    /**
     * @param keys handed to who joins
     * @param featureLevel the greatest that this manager knows
     */
    public MembershipEndpoint(Writer writer, DataKeys keys, int featureLevel) {
        this.writer = writer;
        this.keys = keys;
        this.featureLevel = featureLevel;
    }

    @Override
    public void joinRaft(JoinRaftRequest request, StreamObserver<JoinRaftResponse> responses) {
        try {
            check(request, Caller.current().node().nodeId());
            writer.commit("JoinRaft", (state, changes) -> {
                var node = state.node(request.getNodeId())
                        .orElseThrow(() -> refused(Status.NOT_FOUND, "node " + request.getNodeId() + " not found"));
                if (node.getSpec().getRole() != NodeRole.ROLE_MANAGER || node.getRole() != NodeRole.ROLE_MANAGER) {
                    throw refused(
                            Status.FAILED_PRECONDITION,
                            "node " + node.getId() + " is to be a worker: promote it first (node promote)");
                }
                if (request.getFeatureLevel() < state.featureLevel()) {
                    throw refused(
                            Status.FAILED_PRECONDITION,
                            "the cluster has feature level " + state.featureLevel()
                                    + ", and this manager knows levels up" + " to " + request.getFeatureLevel()
                                    + ": run a newer version on it");
                }
                var status = place(request, node.getManagerStatus());
                if (!status.equals(node.getManagerStatus())) {
                    changes.update(node.toBuilder().setManagerStatus(status).build());
                }
                DataKeyPlan.withHolder(state, request.getRaftMemberId()).ifPresent(changes::update);
                return node.getId();
            });
        } catch (StatusRuntimeException e) {
            responses.onError(e);
            return;
        } catch (WriteFailure | ReadFailedException e) {
            responses.onError(refused(Status.UNAVAILABLE, String.valueOf(e.getMessage())));
            return;
        }
        var answer = JoinRaftResponse.newBuilder()
                .addAllKeys(keys.keys())
                .setActiveKey(keys.active())
                .setEpoch(writer.current().epoch());
        writer.current()
                .cluster()
                .ifPresent(cluster -> answer.setUnlockKey(cluster.getUnlockKey())
                        .setUnlockKeyVersion(cluster.getMeta().getVersion()));
        responses.onNext(answer.build());
        responses.onCompleted();
    }

    @Override
    public void epoch(EpochRequest request, StreamObserver<EpochResponse> responses) {
        responses.onNext(EpochResponse.newBuilder()
                .setEpoch(writer.current().epoch())
                .setFeatureLevel(featureLevel)
                .build());
        responses.onCompleted();
    }

    @Override
    public void keepDataKeys(KeepDataKeysRequest request, StreamObserver<KeepDataKeysResponse> responses) {
        try {
            keys.keep(request.getKeysList());
            responses.onNext(KeepDataKeysResponse.newBuilder()
                    .addAllHeld(keys.keys().stream().map(DataKey::getId).toList())
                    .addAllNeeded(keys.needed())
                    .build());
            responses.onCompleted();
        } catch (RuntimeException e) {
            responses.onError(refused(Status.UNAVAILABLE, "the keys could not be kept: " + e.getMessage()));
        }
    }

    /** Whoever asks again for what it has changes nothing; another member id is another log, which has to catch up. */
    private static ManagerStatus place(JoinRaftRequest request, ManagerStatus known) {
        var asked = ManagerStatus.newBuilder()
                .setAddress(request.getAddress())
                .setRaftAddress(request.getRaftAddress())
                .setRaftMemberId(request.getRaftMemberId())
                .setReachability(Reachability.REACHABILITY_UNKNOWN)
                .build();
        boolean same = known.getAddress().equals(asked.getAddress())
                && known.getRaftAddress().equals(asked.getRaftAddress())
                && known.getRaftMemberId().equals(asked.getRaftMemberId());
        return same ? known : asked;
    }

    private static void check(JoinRaftRequest request, String callerId) {
        if (!request.getNodeId().equals(callerId)) {
            throw refused(Status.PERMISSION_DENIED, "node " + callerId + " cannot ask for node " + request.getNodeId());
        }
        if (!request.getRaftMemberId().startsWith(callerId + ".")) {
            throw refused(
                    Status.INVALID_ARGUMENT, "a member's id is NODE.LOG, not '" + request.getRaftMemberId() + "'");
        }
        try {
            ManagerAddress.parse(request.getAddress());
            ManagerAddress.parse(request.getRaftAddress());
        } catch (IllegalArgumentException e) {
            throw refused(Status.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        }
    }

    private static StatusRuntimeException refused(Status status, String why) {
        return status.withDescription(why).asRuntimeException();
    }
}
