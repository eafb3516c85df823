package dev.muster.manager.ca;

import dev.muster.api.Cluster;
import dev.muster.api.Kind;
import dev.muster.api.Node;
import dev.muster.api.NodeState;
import dev.muster.api.RootCa;
import dev.muster.api.Timestamps;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.loop.Reason;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ObjectKey;
import dev.muster.manager.state.Touched;
import dev.muster.pki.NodeKeys;
import dev.muster.pki.Pem;
import dev.muster.pki.TrustRoots;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Moves the nodes from one root to the next. Nodes are asked for another certificate in batches; once each of them has one
 * that the new root signed, the new root is the cluster's and the old one opens nothing. What the old one said of the new one
 * goes with certificates for as long as a node has not heard of the new root: it may have been away at that moment.
 *
 * <p>Also after a rotation that was taken back: who has a certificate of a root that is not to come gets another one.
 */
public final class RootRotationLoop implements ControlLoop {
    /** Nodes that renew at the same time, and how long the next ones wait; both swarm's. */
    static final int BATCH = 30;

    static final Duration BETWEEN_BATCHES = Duration.ofSeconds(3);

    /** Reasons name this many nodes. */
    private static final int NAMED = 5;

    @Override
    public String name() {
        return "root-rotation";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        var stored = state.cluster();
        if (stored.isEmpty()
                || stored.get().getRootCa().getCertificatePem().isEmpty()
                || !(touched.touches(Kind.KIND_NODE) || touched.touches(Kind.KIND_CLUSTER))) {
            return Decision.NOTHING;
        }
        var cluster = stored.get();
        var root = cluster.getRootCa();
        var target = root.hasRotation() ? root.getRotation().getCertificatePem() : root.getCertificatePem();
        var key = NodeKeys.text(
                Pem.readCertificates(target.toByteArray()).getFirst().getPublicKey());
        var behind = behind(state, key, root.hasRotation());
        if (!behind.isEmpty()) {
            return renew(cluster, behind, key, now);
        }
        if (root.hasRotation()) {
            return Decision.propose(changes(now).update(rotated(cluster)));
        }
        if (!root.getCrossSignedPem().isEmpty() && everyNodeKnows(state, root)) {
            return Decision.propose(changes(now)
                    .update(cluster.toBuilder()
                            .setRootCa(root.toBuilder().clearCrossSignedPem())
                            .build()));
        }
        return Decision.NOTHING;
    }

    private ChangeSetBuilder changes(Instant now) {
        return new ChangeSetBuilder(now, name());
    }

    /**
     * Nodes whose certificate another key signed, those that are there first. Without a rotation a node that has not told yet
     * is not among them: it was let in with the root that there is.
     */
    private static List<Node> behind(ClusterState state, String key, boolean rotating) {
        return state.nodes().values().stream()
                .filter(node ->
                        !node.getDescription().getCertificateIssuerPublicKey().equals(key))
                .filter(node -> rotating
                        || !node.getDescription()
                                .getCertificateIssuerPublicKey()
                                .isEmpty())
                .sorted(Comparator.comparing((Node node) -> node.getStatus().getState() != NodeState.NODE_READY)
                        .thenComparing(Node::getId))
                .toList();
    }

    private Decision renew(Cluster cluster, List<Node> behind, String key, Instant now) {
        var unasked = behind.stream()
                .filter(node -> !node.getCertificateIssuerWanted().equals(key))
                .toList();
        var reason = new Reason(
                new ObjectKey(Kind.KIND_CLUSTER, cluster.getId()),
                "the root's rotation waits for certificates of " + names(behind));
        if (unasked.isEmpty()) {
            return Decision.NOTHING.with(reason);
        }
        var next = cluster.getRootCa().hasLastRenewals()
                ? Timestamps.instant(cluster.getRootCa().getLastRenewals()).plus(BETWEEN_BATCHES)
                : Instant.MIN;
        if (next.isAfter(now)) {
            return Decision.wakeAt(next).with(reason);
        }
        var changes = changes(now)
                .update(cluster.toBuilder()
                        .setRootCa(cluster.getRootCa().toBuilder().setLastRenewals(Timestamps.of(now)))
                        .build());
        unasked.stream()
                .limit(BATCH)
                .forEach(node -> changes.update(
                        node.toBuilder().setCertificateIssuerWanted(key).build()));
        return Decision.propose(changes).orWakeAt(now.plus(BETWEEN_BATCHES)).with(reason);
    }

    private static String names(List<Node> nodes) {
        var named = new ArrayList<String>();
        for (var node : nodes.subList(0, Math.min(NAMED, nodes.size()))) {
            var hostname = node.getDescription().getHostname();
            named.add((hostname.isEmpty() ? node.getId() : hostname)
                    + (node.getStatus().getState() == NodeState.NODE_READY ? "" : " (not ready)"));
        }
        return named.stream().collect(Collectors.joining(", "))
                + (nodes.size() > NAMED ? " and " + (nodes.size() - NAMED) + " more" : "");
    }

    /** With the new root, its tokens, and without what was of use to the old root only. */
    private static Cluster rotated(Cluster cluster) {
        var root = cluster.getRootCa();
        var rotation = root.getRotation();
        var rotated = cluster.toBuilder()
                .setRootCa(root.toBuilder()
                        .clearRotation()
                        .setCertificatePem(rotation.getCertificatePem())
                        .setKeyPem(rotation.getKeyPem())
                        .setCrossSignedPem(rotation.getCrossSignedPem())
                        .setWorkerTokenSecret(rotation.getWorkerTokenSecret())
                        .setManagerTokenSecret(rotation.getManagerTokenSecret()));
        var certificates = TrustRoots.read(rotation.getCertificatePem().toByteArray());
        rotated.getSpecBuilder()
                .clearExternalCas()
                .addAllExternalCas(cluster.getSpec().getExternalCasList().stream()
                        .filter(authority -> TrustRoots.read(
                                        authority.getCaCertificatePem().getBytes(StandardCharsets.UTF_8))
                                .equals(certificates))
                        .toList());
        return rotated.build();
    }

    private static boolean everyNodeKnows(ClusterState state, RootCa root) {
        var known = root.getCertificatePem().toStringUtf8();
        return state.nodes().values().stream()
                .allMatch(node -> node.getDescription().getTrustRootPem().equals(known));
    }
}
