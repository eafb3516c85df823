package dev.muster.manager.control;

import dev.muster.api.Cluster;
import dev.muster.api.GetClusterRequest;
import dev.muster.api.GetClusterResponse;
import dev.muster.api.UpdateClusterRequest;
import dev.muster.api.UpdateClusterResponse;
import dev.muster.manager.settings.ClusterSettings;
import dev.muster.manager.state.ClusterState;
import dev.muster.pki.JoinToken;
import dev.muster.pki.TrustRoots;
import java.security.SecureRandom;

/** The cluster itself: its settings and join tokens. */
final class Clusters {
    private final Transactions transactions;
    private final SecureRandom secureRandom;

    Clusters(Transactions transactions, SecureRandom secureRandom) {
        this.transactions = transactions;
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

    UpdateClusterResponse update(UpdateClusterRequest request) {
        if (request.getRotateUnlockKey()) {
            throw ControlFailure.notYet("locking managers (autolock)");
        }
        transactions.commit("UpdateCluster", (state, changes) -> {
            var cluster = cluster(state);
            if (cluster.getMeta().getVersion() != request.getVersion()) {
                throw ControlFailure.outOfSequence();
            }
            var updated = cluster.toBuilder();
            if (request.hasSpec()) {
                ClusterSpecCheck.check(cluster.getSpec(), request.getSpec());
                updated.setSpec(request.getSpec());
                updated.getSpecBuilder().getAnnotationsBuilder().setName(ClusterSettings.NAME);
            }
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

    private static Cluster cluster(ClusterState state) {
        return state.cluster().orElseThrow(() -> ControlFailure.unavailable("the cluster is not set up yet"));
    }
}
