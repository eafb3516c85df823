package dev.muster.manager.simulation;

import dev.muster.api.Annotations;
import dev.muster.api.Availability;
import dev.muster.api.ContainerSpec;
import dev.muster.api.Durations;
import dev.muster.api.GlobalMode;
import dev.muster.api.NetworkAttachmentConfig;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeSpec;
import dev.muster.api.NodeState;
import dev.muster.api.NodeStatus;
import dev.muster.api.Platform;
import dev.muster.api.PortConfig;
import dev.muster.api.ReplicatedMode;
import dev.muster.api.Resources;
import dev.muster.api.RestartPolicy;
import dev.muster.api.ServiceSpec;
import dev.muster.api.TaskSpec;
import dev.muster.api.UpdateConfig;
import java.time.Duration;

/** Short ways to say what services and nodes are, for tests. */
public final class Specs {
    private Specs() {}

    public static ServiceSpec.Builder replicated(String name, long replicas) {
        return service(name).setReplicated(ReplicatedMode.newBuilder().setReplicas(replicas));
    }

    public static ServiceSpec.Builder global(String name) {
        return service(name).setGlobal(GlobalMode.getDefaultInstance());
    }

    public static ServiceSpec.Builder service(String name) {
        return ServiceSpec.newBuilder()
                .setAnnotations(Annotations.newBuilder().setName(name))
                .setTask(TaskSpec.newBuilder()
                        .setContainer(ContainerSpec.newBuilder().setImage("v1"))
                        .setRestart(restart(RestartPolicy.Condition.ANY, Duration.ofSeconds(5), 0)));
    }

    public static ServiceSpec.Builder image(ServiceSpec.Builder spec, String image) {
        spec.getTaskBuilder().getContainerBuilder().setImage(image);
        return spec;
    }

    public static ServiceSpec.Builder on(ServiceSpec.Builder spec, String networkId) {
        spec.getTaskBuilder().addNetworks(NetworkAttachmentConfig.newBuilder().setTarget(networkId));
        return spec;
    }

    public static ServiceSpec.Builder constrained(ServiceSpec.Builder spec, String constraint) {
        spec.getTaskBuilder().getPlacementBuilder().addConstraints(constraint);
        return spec;
    }

    public static ServiceSpec.Builder published(ServiceSpec.Builder spec, int target, int published) {
        spec.getEndpointBuilder()
                .addPorts(PortConfig.newBuilder().setTargetPort(target).setPublishedPort(published));
        return spec;
    }

    public static RestartPolicy restart(RestartPolicy.Condition condition, Duration delay, long maxAttempts) {
        return RestartPolicy.newBuilder()
                .setCondition(condition)
                .setDelay(Durations.of(delay))
                .setMaxAttempts(maxAttempts)
                .build();
    }

    public static UpdateConfig.Builder update(long parallelism, Duration delay) {
        return UpdateConfig.newBuilder().setParallelism(parallelism).setDelay(Durations.of(delay));
    }

    /** A node that is ready, with 4 cpus and 8 GiB. */
    public static Node.Builder node(String id) {
        return Node.newBuilder()
                .setId(id)
                .setSpec(NodeSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName(id))
                        .setAvailability(Availability.AVAILABILITY_ACTIVE))
                .setDescription(NodeDescription.newBuilder()
                        .setHostname(id)
                        .setPlatform(Platform.newBuilder().setOs("linux").setArchitecture("x86_64"))
                        .setResources(Resources.newBuilder()
                                .setNanoCpus(4_000_000_000L)
                                .setMemoryBytes(8L << 30)))
                .setStatus(
                        NodeStatus.newBuilder().setState(NodeState.NODE_READY).setAddress("192.0.2.1"));
    }
}
