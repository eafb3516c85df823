package dev.muster.manager.control;

import dev.muster.api.Cluster;
import dev.muster.api.GetClusterRequest;
import dev.muster.api.GetClusterResponse;
import dev.muster.api.GetUnlockKeyRequest;
import dev.muster.api.GetUnlockKeyResponse;
import dev.muster.api.UpdateClusterRequest;
import dev.muster.api.UpdateClusterResponse;
import dev.muster.manager.settings.ClusterSettings;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.trust.RootWishes;
import dev.muster.manager.trust.TrustFailure;
import dev.muster.pki.JoinToken;
import dev.muster.pki.TrustRoots;
import dev.muster.pki.UnlockKey;
import java.security.SecureRandom;
import java.util.Optional;

/** The cluster itself: its settings and join tokens. */
final class Clusters {
    private final Transactions transactions;
    private final RootWishes roots;
    private final SecureRandom secureRandom;

    Clusters(Transactions transactions, RootWishes roots, SecureRandom secureRandom) {
        this.transactions = transactions;
        this.roots = roots;
        this.secureRandom = secureRandom;
    }

    GetClusterResponse get(GetClusterRequest request) {
        var cluster = cluster(transactions.read());
        var root = cluster.getRootCa();
        var digest = TrustRoots.read(root.getCertificatePem().toByteArray()).digest();
        return GetClusterResponse.newBuilder()
                .setCluster(Redaction.shown(cluster))
                .setWorkerToken(new JoinToken(digest, root.getWorkerTokenSecret()).text())
                .setManagerToken(new JoinToken(digest, root.getManagerTokenSecret()).text())
                .build();
    }

    GetUnlockKeyResponse unlockKey(GetUnlockKeyRequest request) {
        var key = cluster(transactions.read()).getUnlockKey();
        return GetUnlockKeyResponse.newBuilder()
                .setUnlockKey(key.isEmpty() ? "" : new UnlockKey(key).text())
                .build();
    }

    UpdateClusterResponse update(UpdateClusterRequest request) {
        // Of the very version that is changed: an authority outside may be asked, which takes its time.
        var wanted = request.hasSpec() ? Optional.of(wanted(request)) : Optional.<Cluster>empty();
        transactions.commit("UpdateCluster", (state, changes) -> {
            var cluster = cluster(state);
            if (cluster.getMeta().getVersion() != request.getVersion()) {
                throw ControlFailure.outOfSequence();
            }
            var updated = wanted.orElse(cluster).toBuilder();
            lock(updated, cluster, request.getRotateUnlockKey());
            if (request.getRotateWorkerToken()) {
                updated.getRootCaBuilder().setWorkerTokenSecret(JoinToken.newSecret(secureRandom));
            }
            if (request.getRotateManagerToken()) {
                updated.getRootCaBuilder().setManagerTokenSecret(JoinToken.newSecret(secureRandom));
            }
            changes.update(updated.build());
            return cluster.getId();
        });
        return UpdateClusterResponse.newBuilder()
                .setCluster(Redaction.shown(cluster(transactions.afterwards())))
                .build();
    }

    /** The cluster with its new spec, and what that means for its root. */
    private Cluster wanted(UpdateClusterRequest request) {
        var cluster = cluster(transactions.read());
        if (cluster.getMeta().getVersion() != request.getVersion()) {
            throw ControlFailure.outOfSequence();
        }
        ClusterSpecCheck.check(request.getSpec());
        try {
            var updated = roots.update(cluster, request.getSpec()).toBuilder();
            updated.getSpecBuilder().getAnnotationsBuilder().setName(ClusterSettings.NAME);
            return updated.build();
        } catch (TrustFailure e) {
            throw e.temporary() ? ControlFailure.unavailable(e.getMessage()) : ControlFailure.invalid(e.getMessage());
        }
    }

    /**
     * The key-encryption key comes and goes with autolock. With a new one comes a new data key: the one in use was on
     * disks under a key that is void now.
     */
    private void lock(Cluster.Builder updated, Cluster stored, boolean rotate) {
        if (!updated.getSpec().getAutolock()) {
            if (rotate) {
                throw ControlFailure.precondition("cannot rotate because autolock is not turned on");
            }
            updated.clearUnlockKey();
        } else if (rotate || stored.getUnlockKey().isEmpty()) {
            updated.setUnlockKey(UnlockKey.create(secureRandom).key());
            updated.getDataKeyRotationBuilder()
                    .setWanted(stored.getDataKeyRotation().getWanted() + 1);
        }
    }

    private static Cluster cluster(ClusterState state) {
        return state.cluster().orElseThrow(() -> ControlFailure.unavailable("the cluster is not set up yet"));
    }
}
