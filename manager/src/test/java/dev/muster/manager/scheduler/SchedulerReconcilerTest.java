package dev.muster.manager.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Availability;
import dev.muster.api.GenericResource;
import dev.muster.api.Mount;
import dev.muster.api.Node;
import dev.muster.api.NodeState;
import dev.muster.api.Platform;
import dev.muster.api.Plugin;
import dev.muster.api.PortConfig;
import dev.muster.api.PublishMode;
import dev.muster.api.Resources;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.api.Timestamps;
import dev.muster.manager.simulation.Specs;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStateBuilder;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import dev.muster.manager.state.Touched;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class SchedulerReconcilerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final ClusterStateBuilder state = new ClusterStateBuilder();
    private int tasks;

    @Test
    void explainsByTheFirstFilterThatANodeDoesNotPass() {
        node("drained", node -> {
            node.getSpecBuilder().setAvailability(Availability.AVAILABILITY_DRAIN);
            return node;
        });
        node("down", node -> {
            node.getStatusBuilder().setState(NodeState.NODE_DOWN);
            return node;
        });
        node("paused", node -> {
            node.getSpecBuilder().setAvailability(Availability.AVAILABILITY_PAUSE);
            return node;
        });
        node("small1", node -> withMemory(node, 1));
        node("small2", node -> withMemory(node, 2));
        node("elsewhere", node -> node);
        var spec = Specs.constrained(Specs.replicated("web", 1), "node.labels.zone == east");
        spec.getTaskBuilder().getResourcesBuilder().getReservationsBuilder().setMemoryBytes(4L << 30);
        waiting(spec, 1);
        assertThat(explanation())
                .isEqualTo("no suitable node (3 nodes not available for new tasks; insufficient resources on 2 nodes;"
                        + " scheduling constraints not satisfied on 1 node)");
    }

    @Test
    void hasSwarmsWordsForEachFilter() {
        assertThat(alone(spec -> spec)).isEqualTo("");
        assertThat(alone(spec -> {
                    spec.getTaskBuilder()
                            .getResourcesBuilder()
                            .getReservationsBuilder()
                            .setNanoCpus(5_000_000_000L);
                    return spec;
                }))
                .isEqualTo("no suitable node (insufficient resources on 1 node)");
        assertThat(alone(spec -> mount(spec, Mount.Type.VOLUME, "nfs")))
                .isEqualTo("no suitable node (missing plugin on 1 node)");
        assertThat(alone(spec -> mount(spec, Mount.Type.VOLUME, "local"))).isEqualTo("");
        assertThat(alone(spec -> mount(spec, Mount.Type.CLUSTER, "")))
                .isEqualTo("no suitable node (cannot fulfill requested CSI volume mounts on 1 node)");
        assertThat(alone(spec -> {
                    spec.getTaskBuilder().getLogDriverBuilder().setName("splunk");
                    return spec;
                }))
                .isEqualTo("no suitable node (missing plugin on 1 node)");
        assertThat(alone(spec -> {
                    spec.getTaskBuilder().getLogDriverBuilder().setName("none");
                    return spec;
                }))
                .isEqualTo("");
        assertThat(alone(spec -> {
                    spec.getTaskBuilder()
                            .getPlacementBuilder()
                            .addPlatforms(Platform.newBuilder().setArchitecture("arm64"));
                    return spec;
                }))
                .isEqualTo("no suitable node (unsupported platform on 1 node)");
    }

    @Test
    void withoutNodesThereIsNothingToCount() {
        waiting(Specs.replicated("web", 1), 1);
        assertThat(explanation()).isEqualTo("no suitable node");
    }

    @Test
    void hostPortsAreTakenOncePerNode() {
        nodes(2);
        var spec = Specs.replicated("web", 3);
        spec.getEndpointBuilder()
                .addPorts(PortConfig.newBuilder()
                        .setTargetPort(80)
                        .setPublishedPort(80)
                        .setPublishMode(PublishMode.PUBLISH_HOST));
        waiting(spec, 3);
        var after = pass();
        assertThat(placed(after)).isEqualTo(Map.of("n1", 1L, "n2", 1L));
        assertThat(errors(after)).containsExactly("no suitable node (host-mode port already in use on 2 nodes)");
        assertThat(pass(after)).as("the ports of what runs count too").isEqualTo(after);
    }

    @Test
    void maxReplicasLimitsEachNode() {
        nodes(2);
        var spec = Specs.replicated("web", 5);
        spec.getTaskBuilder().getPlacementBuilder().setMaxReplicas(2);
        waiting(spec, 5);
        var after = pass();
        assertThat(placed(after)).isEqualTo(Map.of("n1", 2L, "n2", 2L));
        assertThat(errors(after)).containsExactly("no suitable node (max replicas per node limit exceed)");
    }

    @Test
    void fillsNodesUpToTheirResources() {
        nodes(2);
        var spec = Specs.replicated("web", 7);
        spec.getTaskBuilder().getResourcesBuilder().getReservationsBuilder().setMemoryBytes(3L << 30);
        waiting(spec, 7);
        var after = pass();
        assertThat(placed(after)).isEqualTo(Map.of("n1", 2L, "n2", 2L));
        assertThat(errors(after)).hasSize(3).containsOnly("no suitable node (insufficient resources on 2 nodes)");
    }

    @Test
    void assignsGenericResourcesByName() {
        node("n1", node -> {
            node.getDescriptionBuilder()
                    .getResourcesBuilder()
                    .addGeneric(gpu("uuid-1"))
                    .addGeneric(gpu("uuid-2"))
                    .addGeneric(gpu("uuid-3"));
            return node;
        });
        var spec = Specs.replicated("web", 2);
        spec.getTaskBuilder()
                .getResourcesBuilder()
                .getReservationsBuilder()
                .addGeneric(GenericResource.newBuilder().setKind("gpu").setDiscrete(2));
        waiting(spec, 2);
        var after = pass();
        assertThat(after.tasksByNode("n1").values())
                .singleElement()
                .satisfies(task ->
                        assertThat(task.getAssignedResourcesList()).containsExactly(gpu("uuid-1"), gpu("uuid-2")));
        assertThat(errors(after)).containsExactly("no suitable node (insufficient resources on 1 node)");
        assertThat(pass(after)).as("what runs keeps its own").isEqualTo(after);
    }

    @Test
    void prefersNodesWithFewerTasksOfTheServiceThenWithFewerAtAll() {
        nodes(3);
        var other = waiting(Specs.replicated("other", 4), 4);
        var after = pass();
        assertThat(placed(after)).isEqualTo(Map.of("n1", 2L, "n2", 1L, "n3", 1L));
        assertThat(other).isNotNull();
        var again = new ClusterStateBuilder(after);
        put(again, Specs.replicated("web", 2), 2);
        var last = pass(again.build());
        assertThat(of(last, "web")).as("n1 is the fullest").isEqualTo(Map.of("n2", 1L, "n3", 1L));
    }

    @Test
    void spreadsOverLabelsBeforeNodes() {
        node("e1", node -> label(node, "east"));
        node("e2", node -> label(node, "east"));
        node("e3", node -> label(node, "east"));
        node("w1", node -> label(node, "west"));
        node("x1", node -> node);
        var spec = Specs.replicated("web", 6);
        spec.getTaskBuilder()
                .getPlacementBuilder()
                .addSpread("node.labels.zone")
                .addSpread("nonsense");
        waiting(spec, 6);
        assertThat(placed(pass())).isEqualTo(Map.of("e1", 1L, "e2", 1L, "w1", 2L, "x1", 2L));
    }

    @Test
    void spreadGoesOnWhereABranchIsFull() {
        node("e1", node -> label(node, "east"));
        node("w1", node -> withMemory(label(node, "west"), 1));
        var spec = Specs.replicated("web", 4);
        spec.getTaskBuilder().getPlacementBuilder().addSpread("node.labels.zone");
        spec.getTaskBuilder().getResourcesBuilder().getReservationsBuilder().setMemoryBytes(1L << 30);
        waiting(spec, 4);
        assertThat(placed(pass())).isEqualTo(Map.of("e1", 3L, "w1", 1L));
    }

    @Test
    void aNodeOnWhichItKeepsFailingIsTheLastChoice() {
        nodes(2);
        var service = waiting(Specs.replicated("web", 1), 1);
        for (int i = 0; i < 5; i++) {
            state.put(failed(service, "n1", NOW.minus(Duration.ofMinutes(4))));
        }
        // As many on the other, but long ago.
        for (int i = 0; i < 5; i++) {
            state.put(failed(service, "n2", NOW.minus(Duration.ofMinutes(6))));
        }
        state.put(occupying(service, "n2"));
        assertThat(pass().tasksByNode("n2").values())
                .filteredOn(task -> task.getStatus().getState() == TaskState.TASK_ASSIGNED)
                .hasSize(2);
    }

    @Test
    void aNodeThatChangedMeanwhileTakesNothing() {
        nodes(1);
        waiting(Specs.replicated("web", 1), 1);
        var seen = state.build();
        var decision = new SchedulerReconciler().decide(seen, NOW, new SplittableRandom(1), Touched.EVERYTHING);
        node("n1", node -> {
            node.getSpecBuilder().setAvailability(Availability.AVAILABILITY_DRAIN);
            return node;
        });
        var log = new LocalLog(new ClusterStates(state.build()));
        assertThat(log.propose(decision.changeSets())).noneMatch(result -> result.accepted());
        assertThat(errors(pass(log.states().current())))
                .containsExactly("no suitable node (1 node not available for new tasks)");
    }

    private String alone(UnaryOperator<ServiceSpec.Builder> change) {
        var builder = new ClusterStateBuilder();
        var node = Specs.node("n1");
        node.getDescriptionBuilder()
                .addPlugins(Plugin.newBuilder().setType("Log").setName("json-file"));
        builder.put(node.build());
        put(builder, change.apply(Specs.replicated("web", 1)), 1);
        return String.join("", errors(pass(builder.build())));
    }

    private String explanation() {
        return String.join("", errors(pass()));
    }

    private ClusterState pass() {
        return pass(state.build());
    }

    private static ClusterState pass(ClusterState before) {
        var log = new LocalLog(new ClusterStates(before));
        var decision = new SchedulerReconciler().decide(before, NOW, new SplittableRandom(1), Touched.EVERYTHING);
        log.propose(decision.changeSets())
                .forEach(result ->
                        assertThat(result.accepted()).as(result.message()).isTrue());
        return log.states().current();
    }

    private static List<String> errors(ClusterState state) {
        return state.tasksObserved(TaskState.TASK_PENDING).stream()
                .map(task -> task.getStatus().getErr())
                .toList();
    }

    private static Map<String, Long> placed(ClusterState state) {
        var counts = new TreeMap<String, Long>();
        state.tasksObserved(TaskState.TASK_ASSIGNED).forEach(task -> counts.merge(task.getNodeId(), 1L, Long::sum));
        return counts;
    }

    private static Map<String, Long> of(ClusterState state, String service) {
        var counts = new TreeMap<String, Long>();
        state.tasksObserved(TaskState.TASK_ASSIGNED).stream()
                .filter(task -> task.getServiceName().equals(service))
                .forEach(task -> counts.merge(task.getNodeId(), 1L, Long::sum));
        return counts;
    }

    private void nodes(int count) {
        for (int i = 1; i <= count; i++) {
            node("n" + i, node -> node);
        }
    }

    private void node(String id, UnaryOperator<Node.Builder> change) {
        state.put(change.apply(Specs.node(id)).build());
    }

    private Service waiting(ServiceSpec.Builder spec, int count) {
        return put(state, spec, count);
    }

    private Service put(ClusterStateBuilder builder, ServiceSpec.Builder spec, int count) {
        var name = spec.getAnnotations().getName();
        var service =
                Service.newBuilder().setId(name).setRevision(1).setSpec(spec).build();
        builder.put(service);
        for (int slot = 1; slot <= count; slot++) {
            builder.put(task(service)
                    .setSlot(slot)
                    .setStatus(TaskStatus.newBuilder().setState(TaskState.TASK_PENDING))
                    .build());
        }
        return service;
    }

    private Task.Builder task(Service service) {
        return Task.newBuilder()
                .setId("task%04d".formatted(tasks++))
                .setServiceId(service.getId())
                .setServiceName(service.getId())
                .setRevision(1)
                .setDesiredState(TaskState.TASK_RUNNING);
    }

    private Task failed(Service service, String node, Instant at) {
        return task(service)
                .setSlot(1)
                .setNodeId(node)
                .setDesiredState(TaskState.TASK_SHUTDOWN)
                .setStatus(
                        TaskStatus.newBuilder().setState(TaskState.TASK_FAILED).setTimestamp(Timestamps.of(at)))
                .build();
    }

    private Task occupying(Service service, String node) {
        return task(service)
                .setSlot(2)
                .setNodeId(node)
                .setStatus(TaskStatus.newBuilder().setState(TaskState.TASK_ASSIGNED))
                .build();
    }

    private static Node.Builder withMemory(Node.Builder node, int gibibytes) {
        node.getDescriptionBuilder()
                .setResources(
                        Resources.newBuilder().setNanoCpus(4_000_000_000L).setMemoryBytes((long) gibibytes << 30));
        return node;
    }

    private static Node.Builder label(Node.Builder node, String zone) {
        node.getSpecBuilder().getAnnotationsBuilder().putLabels("zone", zone);
        return node;
    }

    private static GenericResource gpu(String name) {
        return GenericResource.newBuilder().setKind("gpu").setNamed(name).build();
    }

    private static ServiceSpec.Builder mount(ServiceSpec.Builder spec, Mount.Type type, String driver) {
        var mount = Mount.newBuilder().setType(type).setTarget("/data");
        mount.getVolumeBuilder().getDriverBuilder().setName(driver);
        spec.getTaskBuilder().getContainerBuilder().addMounts(mount);
        return spec;
    }
}
