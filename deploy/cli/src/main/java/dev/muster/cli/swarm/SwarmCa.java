package dev.muster.cli.swarm;

import com.google.protobuf.ByteString;
import dev.muster.api.ClusterSpec;
import dev.muster.api.UpdateClusterRequest;
import dev.muster.api.UpdateClusterResponse;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Arguments;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.progress.RotationProgress;
import java.util.List;

/** {@code swarm ca}: shows the root certificate, and moves the cluster to another one. */
final class SwarmCa {

    private static final char NONE = 0;

    /** In the order in which they are complained of. */
    private static final List<String> OF_A_ROTATION =
            List.of("ca-cert", "ca-key", "cert-expiry", "external-ca", "detach", "quiet");

    private SwarmCa() {}

    static Flags flags() {
        return ExternalCaFlag.addTo(new Flags()
                .text("ca-cert", NONE, "pem-file", "", "File with the new root certificate (PEM)")
                .text("ca-key", NONE, "pem-file", "", "File with its key (PEM)")
                .duration("cert-expiry", "2160h0m0s", "How long the nodes' certificates are valid")
                .bool("detach", 'd', "Return at once, do not wait for the rotation")
                .quiet("Show no progress")
                .bool("rotate", "Move the cluster to another root certificate: a new one, or the one given"));
    }

    static int run(Invocation invocation) {
        Arguments flags = invocation.arguments();
        if (!flags.is("rotate")) {
            for (String flag : OF_A_ROTATION) {
                if (flags.has(flag)) {
                    throw new CommandFailure("`--" + flag + "` flag requires the `--rotate` flag to update the CA");
                }
            }
            show(invocation);
            return 0;
        }
        check(flags);
        rotate(invocation);
        if (flags.is("detach")) {
            return 0;
        }
        new RotationProgress(invocation, flags.is("quiet")).await();
        if (!flags.is("quiet")) {
            show(invocation);
        }
        return 0;
    }

    private static void check(Arguments flags) {
        if (flags.has("ca-cert") && !flags.has("ca-key") && !flags.has("external-ca")) {
            throw new CommandFailure(
                    "the --ca-cert flag requires that a --ca-key flag and/or --external-ca flag be provided as well");
        }
        if (flags.has("external-ca") && !flags.has("ca-cert")) {
            throw new CommandFailure("rotating to an external CA requires the `--ca-cert` flag to specify the external"
                    + " CA's cert - to add an external CA with the current root CA certificate, use the `muster swarm"
                    + " update` command instead");
        }
    }

    private static void rotate(Invocation invocation) {
        Arguments flags = invocation.arguments();
        var cluster = SwarmCommands.cluster(invocation).getCluster();
        ClusterSpec.Builder spec = cluster.getSpec().toBuilder();
        String certificate = flags.has("ca-cert") ? PemFile.read(flags.text("ca-cert")) : "";
        String key = flags.has("ca-key") ? PemFile.read(flags.text("ca-key")) : "";
        ClusterFlags.apply(flags, spec);
        ExternalCaFlag.apply(flags, spec, certificate);
        spec.setSigningCaCertificatePem(ByteString.copyFromUtf8(certificate))
                .setSigningCaKeyPem(ByteString.copyFromUtf8(key));
        if (certificate.isEmpty() && key.isEmpty()) {
            spec.setCaForceRotate(spec.getCaForceRotate() + 1);
        }
        var request = UpdateClusterRequest.newBuilder()
                .setVersion(cluster.getMeta().getVersion())
                .setSpec(spec)
                .build();
        invocation.daemon().control("UpdateCluster", request, UpdateClusterResponse.parser());
    }

    private static void show(Invocation invocation) {
        String root = SwarmCommands.cluster(invocation)
                .getCluster()
                .getRootCa()
                .getCertificatePem()
                .toStringUtf8()
                .strip();
        if (root.isEmpty()) {
            throw new CommandFailure("no CA information available");
        }
        invocation.print(root);
    }
}
