package dev.muster.manager.state;

import com.google.protobuf.ByteString;
import dev.muster.api.Annotations;
import dev.muster.api.ChangeSet;
import dev.muster.api.Cluster;
import dev.muster.api.ClusterSpec;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.api.ContainerSpec;
import dev.muster.api.Fence;
import dev.muster.api.Ids;
import dev.muster.api.LogEntry;
import dev.muster.api.Network;
import dev.muster.api.NetworkAttachmentConfig;
import dev.muster.api.NetworkSpec;
import dev.muster.api.Node;
import dev.muster.api.NodeSpec;
import dev.muster.api.Secret;
import dev.muster.api.SecretReference;
import dev.muster.api.SecretSpec;
import dev.muster.api.Service;
import dev.muster.api.ServiceRevision;
import dev.muster.api.ServiceSpec;
import dev.muster.api.Task;
import dev.muster.api.TaskSpec;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import java.time.Instant;
import java.util.List;

/** Small objects for tests of the state. */
final class Objects {
    static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");

    private Objects() {}

    static Annotations named(String name) {
        return Annotations.newBuilder().setName(name).build();
    }

    static Cluster cluster(String id) {
        return Cluster.newBuilder()
                .setId(id)
                .setSpec(ClusterSpec.newBuilder().setAnnotations(named("default")))
                .setFeatureLevel(ClusterReducer.FEATURE_LEVEL)
                .build();
    }

    static Node node(String id) {
        return Node.newBuilder()
                .setId(id)
                .setSpec(NodeSpec.newBuilder().setAnnotations(named(id)))
                .build();
    }

    static Network network(String id) {
        return Network.newBuilder()
                .setId(id)
                .setSpec(NetworkSpec.newBuilder().setAnnotations(named("net-" + id)))
                .build();
    }

    static Secret secret(String id) {
        return Secret.newBuilder()
                .setId(id)
                .setSpec(SecretSpec.newBuilder()
                        .setAnnotations(named("secret-" + id))
                        .setData(ByteString.copyFromUtf8("hush")))
                .build();
    }

    static Config config(String id, String name) {
        return Config.newBuilder()
                .setId(id)
                .setSpec(ConfigSpec.newBuilder().setAnnotations(named(name)))
                .build();
    }

    static Service service(String id, List<String> networks, List<String> secrets) {
        var container = ContainerSpec.newBuilder().setImage("nginx");
        secrets.forEach(
                secret -> container.addSecrets(SecretReference.newBuilder().setSecretId(secret)));
        var task = TaskSpec.newBuilder().setContainer(container);
        networks.forEach(
                network -> task.addNetworks(NetworkAttachmentConfig.newBuilder().setTarget(network)));
        return Service.newBuilder()
                .setId(id)
                .setRevision(1)
                .setSpec(ServiceSpec.newBuilder()
                        .setAnnotations(named("svc-" + id))
                        .setTask(task))
                .build();
    }

    static Service service(String id) {
        return service(id, List.of(), List.of());
    }

    static ServiceRevision revision(Service service, long number) {
        return ServiceRevision.newBuilder()
                .setId(Ids.revision(service.getId(), number))
                .setServiceId(service.getId())
                .setRevision(number)
                .setTask(service.getSpec().getTask())
                .build();
    }

    static Task task(String id, Service service, long slot) {
        return Task.newBuilder()
                .setId(id)
                .setServiceId(service.getId())
                .setRevision(1)
                .setSlot(slot)
                .setDesiredState(TaskState.TASK_RUNNING)
                .build();
    }

    static Task observed(Task task, TaskState state) {
        return task.toBuilder()
                .setStatus(TaskStatus.newBuilder().setState(state))
                .build();
    }

    static ChangeSetBuilder changes() {
        return new ChangeSetBuilder(AT, "test");
    }

    static LogEntry entry(long epoch, long term, ChangeSet... changeSets) {
        return LogEntry.newBuilder()
                .setFormat(ClusterReducer.ENTRY_FORMAT)
                .setFence(Fence.newBuilder().setEpoch(epoch).setTerm(term))
                .addAllChangeSets(List.of(changeSets))
                .build();
    }
}
