package dev.muster.cli.progress;

import dev.muster.api.Cluster;
import dev.muster.api.GetClusterRequest;
import dev.muster.api.GetClusterResponse;
import dev.muster.api.ListNodesRequest;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.Node;
import dev.muster.api.NodeState;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Waits until every node has moved to the cluster's new root, and shows how many have. On the calling thread. */
public final class RotationProgress {

    private static final Duration POLL = Duration.ofMillis(200);

    private final Invocation invocation;
    private final boolean quiet;

    public RotationProgress(Invocation invocation, boolean quiet) {
        this.invocation = invocation;
        this.quiet = quiet;
    }

    /** Returns when every node has. Ctrl-C ends the waiting, not the rotation. */
    public void await() {
        var screen = new Screen(invocation.console());
        while (true) {
            View view = look(cluster(), nodes());
            if (!quiet) {
                screen.draw(view.lines());
            }
            if (view.converged()) {
                return;
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private Cluster cluster() {
        return invocation
                .daemon()
                .control("GetCluster", GetClusterRequest.getDefaultInstance(), GetClusterResponse.parser())
                .getCluster();
    }

    private List<Node> nodes() {
        return invocation
                .daemon()
                .control("ListNodes", ListNodesRequest.getDefaultInstance(), ListNodesResponse.parser())
                .getNodesList();
    }

    static View look(Cluster cluster, List<Node> nodes) {
        var root = cluster.getRootCa();
        var desired = root.hasRotation() ? root.getRotation().getCertificatePem() : root.getCertificatePem();
        String key = publicKey(desired.toByteArray());
        Predicate<Node> renewed =
                node -> node.getDescription().getCertificateIssuerPublicKey().equals(key);
        Predicate<Node> moved = node -> node.getDescription().getTrustRootPem().equals(desired.toStringUtf8());
        List<View.Line> lines = new ArrayList<>();
        lines.add(new View.Line("desired root digest", "sha256:" + sha256(desired.toByteArray())));
        lines.add(new View.Line("  rotated TLS certificates", count(nodes, renewed)));
        lines.add(new View.Line("  rotated CA certificates", count(nodes, moved)));
        String away = nodes.stream()
                .filter(renewed.and(moved).negate())
                .filter(node -> node.getStatus().getState() != NodeState.NODE_READY)
                .map(node -> node.getDescription().getHostname())
                .sorted()
                .collect(Collectors.joining(", "));
        if (!away.isEmpty()) {
            lines.add(new View.Line(
                    "  waiting for", away + " (not ready: bring it back, or remove it with `muster node rm`)"));
        }
        boolean done = !root.hasRotation() && nodes.stream().allMatch(renewed.and(moved));
        return new View(lines, done, Optional.empty());
    }

    private static String count(List<Node> nodes, Predicate<Node> done) {
        return nodes.stream().filter(done).count() + "/" + nodes.size() + " nodes";
    }

    private static String publicKey(byte[] pem) {
        try {
            var certificate =
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
            return Base64.getEncoder().encodeToString(certificate.getPublicKey().getEncoded());
        } catch (GeneralSecurityException failure) {
            throw new CommandFailure(
                    "the managers show a root certificate that cannot be read: " + failure.getMessage());
        }
    }

    private static String sha256(byte[] pem) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(pem));
        } catch (GeneralSecurityException failure) {
            throw new CommandFailure("this JVM has no SHA-256");
        }
    }
}
