package dev.muster.worker;

import dev.muster.api.NodeDescription;
import dev.muster.api.Platform;
import dev.muster.api.Plugin;
import dev.muster.api.Resources;
import dev.muster.pki.NodeIdentity;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** What a worker tells managers of itself. Pure. */
final class NodeDescriptions {
    private static final long NANO_CPUS = 1_000_000_000L;

    /** Raised when managers may rely on something new in agents. */
    private static final int FEATURE_LEVEL = 1;

    private static final Map<String, List<String>> PLUGINS = Map.of(
            "Volume", List.of("local"),
            "Network", List.of("bridge", "host", "null", "overlay"),
            "Log", List.of("json-file", "none"));

    private NodeDescriptions() {}

    static NodeDescription of(WorkerConfig.Host host) {
        var description = NodeDescription.newBuilder()
                .setHostname(host.hostname())
                .setPlatform(Platform.newBuilder()
                        .setArchitecture(host.architecture())
                        .setOs("linux"))
                .setResources(Resources.newBuilder()
                        .setNanoCpus(host.cpus() * NANO_CPUS)
                        .setMemoryBytes(host.memoryBytes())
                        .addAllGeneric(host.genericResources()))
                .setEngineVersion(host.engineVersion())
                .putAllEngineLabels(host.engineLabels())
                .setFeatureLevel(FEATURE_LEVEL);
        PLUGINS.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> entry.getValue()
                        .forEach(name -> description.addPlugins(
                                Plugin.newBuilder().setType(entry.getKey()).setName(name))));
        return description.build();
    }

    /** With what its identity tells: as Docker shows it, the issuer's name in base64 of its DER. */
    static NodeDescription with(NodeDescription host, NodeIdentity identity) {
        var issuer = identity.certificate().getIssuerX500Principal().getEncoded();
        return host.toBuilder()
                .setTrustRootPem(new String(identity.roots().pem(), StandardCharsets.US_ASCII))
                .setCertificateIssuerSubject(Base64.getEncoder().encodeToString(issuer))
                .setCertificateIssuerPublicKey(identity.issuerKey().orElse(""))
                .build();
    }
}
