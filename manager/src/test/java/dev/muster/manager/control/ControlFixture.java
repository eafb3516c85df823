package dev.muster.manager.control;

import com.google.protobuf.ByteString;
import dev.muster.api.Annotations;
import dev.muster.api.Cluster;
import dev.muster.api.Config;
import dev.muster.api.ContainerSpec;
import dev.muster.api.CreateConfigRequest;
import dev.muster.api.CreateNetworkRequest;
import dev.muster.api.CreateSecretRequest;
import dev.muster.api.CreateServiceRequest;
import dev.muster.api.Network;
import dev.muster.api.NetworkSpec;
import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.NodeSpec;
import dev.muster.api.NodeState;
import dev.muster.api.Reachability;
import dev.muster.api.ReplicatedMode;
import dev.muster.api.RootCa;
import dev.muster.api.Secret;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.TaskSpec;
import dev.muster.manager.control.ImageResolver.Resolution;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import dev.muster.manager.state.StoredObjects;
import dev.muster.manager.trust.OutsideAuthority;
import dev.muster.pki.CertificateAuthority;
import dev.muster.pki.JoinToken;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/** A control API over the real reducer and a log in memory; registries are a map. */
final class ControlFixture {
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    static final String MANAGER = "0manager";
    static final String WORKER = "0worker";

    final LocalLog log = new LocalLog(new ClusterStates());
    final Map<String, Resolution> registry = new HashMap<>();
    final List<String> asked = new ArrayList<>();
    final Control control = new Control(
            log,
            log.states(),
            (image, auth) -> {
                synchronized (asked) {
                    asked.add(image + (auth.isEmpty() ? "" : " with " + auth));
                }
                return registry.getOrDefault(image, new ImageResolver.Unresolved("no such image"));
            },
            (selector, options, sink) -> {},
            OutsideAuthority.NONE,
            () -> NOW,
            new Random(7),
            new SecureRandom());

    ControlFixture() {
        var random = new SecureRandom();
        var root = CertificateAuthority.create(random, NOW);
        change(changes -> changes.create(Cluster.newBuilder()
                        .setId("c1")
                        .setRootCa(RootCa.newBuilder()
                                .setCertificatePem(ByteString.copyFrom(root.certificatePem()))
                                .setKeyPem(ByteString.copyFrom(root.keyPem()))
                                .setWorkerTokenSecret(JoinToken.newSecret(random))
                                .setManagerTokenSecret(JoinToken.newSecret(random)))
                        .build())
                .create(node(MANAGER, "m1", NodeRole.ROLE_MANAGER))
                .create(node(WORKER, "w1", NodeRole.ROLE_WORKER)));
    }

    static Node node(String id, String hostname, NodeRole role) {
        var node = Node.newBuilder()
                .setId(id)
                .setRole(role)
                .setSpec(NodeSpec.newBuilder().setRole(role));
        node.getDescriptionBuilder().setHostname(hostname);
        node.getStatusBuilder().setState(NodeState.NODE_READY);
        if (role == NodeRole.ROLE_MANAGER) {
            node.getManagerStatusBuilder()
                    .setRaftMemberId(id + ".log")
                    .setReachability(Reachability.REACHABILITY_REACHABLE);
        }
        return node.build();
    }

    ClusterState state() {
        return log.states().current();
    }

    /** What loops and agents would do. */
    void change(UnaryOperator<ChangeSetBuilder> change) {
        var result = log.propose(change.apply(new ChangeSetBuilder(NOW, "test")).build());
        if (!result.accepted()) {
            throw new AssertionError(result.message());
        }
    }

    /** Change sets proposed so far. */
    int proposals() {
        return log.entries().size();
    }

    static ServiceSpec.Builder spec(String name, String image) {
        return ServiceSpec.newBuilder()
                .setAnnotations(Annotations.newBuilder().setName(name))
                .setReplicated(ReplicatedMode.newBuilder().setReplicas(2))
                .setTask(TaskSpec.newBuilder()
                        .setContainer(ContainerSpec.newBuilder().setImage(image)));
    }

    Service service(ServiceSpec.Builder spec) {
        return control.createService(
                        CreateServiceRequest.newBuilder().setSpec(spec).build())
                .getService();
    }

    Network network(String name) {
        return control.createNetwork(CreateNetworkRequest.newBuilder()
                        .setSpec(NetworkSpec.newBuilder()
                                .setAnnotations(Annotations.newBuilder().setName(name)))
                        .build())
                .getNetwork();
    }

    Secret secret(String name) {
        var request = CreateSecretRequest.newBuilder();
        request.getSpecBuilder()
                .setData(ByteString.copyFromUtf8("s3cret"))
                .getAnnotationsBuilder()
                .setName(name);
        return control.createSecret(request.build()).getSecret();
    }

    Config config(String name) {
        var request = CreateConfigRequest.newBuilder();
        request.getSpecBuilder()
                .setData(ByteString.copyFromUtf8("text"))
                .getAnnotationsBuilder()
                .setName(name);
        return control.createConfig(request.build()).getConfig();
    }

    /** The last change set, as the names of what it wrote. */
    List<String> lastChanges() {
        return log.entries().getLast().getChangeSets(0).getChangesList().stream()
                .map(change -> change.getAction() + " "
                        + (change.hasObject()
                                ? StoredObjects.key(StoredObjects.unwrap(change.getObject()))
                                        .kind()
                                : change.getKind()))
                .toList();
    }
}
