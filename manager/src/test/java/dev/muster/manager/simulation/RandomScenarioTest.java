package dev.muster.manager.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Availability;
import dev.muster.api.NodeState;
import dev.muster.api.PortConfig;
import dev.muster.api.Service;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.UpdateConfig;
import dev.muster.manager.orchestrator.slot.Mode;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Touched;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Users do anything, nodes come and go, leaders change: what must always hold holds, and in the end all is well. */
class RandomScenarioTest {
    private static final int STEPS = 60;
    private static final List<String> SERVICES = List.of("a", "b", "c", "d");

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void holdsItsPromisesAndConverges(long seed) {
        var random = new SplittableRandom(seed);
        var cluster = new Simulation(seed);
        cluster.nodes(4);
        cluster.network("front");
        cluster.network("back");
        cluster.agents()
                .image("bad", new ToyAgents.Behaviour.FailsToStart())
                .image("shaky", new ToyAgents.Behaviour.Ends(Duration.ofSeconds(7), TaskState.TASK_FAILED));
        cluster.settle();
        cluster.always(() -> promises(cluster.state()));
        for (int i = 0; i < STEPS; i++) {
            act(cluster, random);
            for (int races = random.nextInt(4); races > 0; races--) {
                cluster.race();
            }
            cluster.run(Duration.ofMillis(random.nextInt(8000)));
        }
        heal(cluster);
        cluster.run(Duration.ofMinutes(20));
        converged(cluster);
        rests(cluster);
    }

    private static void act(Simulation cluster, SplittableRandom random) {
        var name = SERVICES.get(random.nextInt(SERVICES.size()));
        var node = "node" + (1 + random.nextInt(4));
        boolean exists = cluster.state().serviceNamed(name).isPresent();
        switch (random.nextInt(10)) {
            case 0 -> {
                if (exists) {
                    cluster.remove(name);
                }
            }
            case 1 -> {
                if (exists && !isGlobal(cluster, name)) {
                    cluster.scale(name, random.nextInt(9));
                }
            }
            case 2 -> {
                if (exists && cluster.service(name).hasPreviousSpec()) {
                    cluster.rollBack(name);
                }
            }
            case 3 -> cluster.availability(node, Availability.forNumber(random.nextInt(3)));
            case 4 -> cluster.nodeState(node, random.nextBoolean() ? NodeState.NODE_READY : NodeState.NODE_DOWN);
            case 5 -> cluster.changeLeader();
            default -> {
                var image = List.of("v1", "v2", "v3", "bad", "shaky").get(random.nextInt(5));
                if (exists) {
                    cluster.update(name, spec -> Specs.image(spec, image));
                } else {
                    create(cluster, name, random);
                }
            }
        }
    }

    private static void create(Simulation cluster, String name, SplittableRandom random) {
        var spec = random.nextInt(4) == 0 ? Specs.global(name) : Specs.replicated(name, 1 + random.nextInt(6));
        if (random.nextBoolean()) {
            Specs.on(spec, random.nextBoolean() ? "front" : "back");
        }
        if (random.nextInt(3) == 0) {
            Specs.published(spec, 80, 0);
        }
        spec.getTaskBuilder().getResourcesBuilder().getReservationsBuilder().setMemoryBytes(512L << 20);
        cluster.create(spec.setUpdate(Specs.update(random.nextInt(3), Duration.ofSeconds(random.nextInt(4)))
                .setOrder(UpdateConfig.Order.forNumber(random.nextInt(2)))
                .setFailureAction(UpdateConfig.FailureAction.forNumber(random.nextInt(3)))));
    }

    private static boolean isGlobal(Simulation cluster, String name) {
        return Mode.of(cluster.service(name)) == Mode.GLOBAL;
    }

    /** True of every state, however it came about. */
    private static void promises(ClusterState state) {
        var addresses = new HashSet<String>();
        for (var task : state.tasks().values()) {
            if (!TaskStates.ended(task)) {
                task.getNetworksList()
                        .forEach(attached -> unique(addresses, attached.getNetworkId(), attached.getAddress()));
            }
        }
        var ports = new HashSet<Integer>();
        for (var service : state.services().values()) {
            service.getEndpoint()
                    .getVirtualIpsList()
                    .forEach(vip -> unique(addresses, vip.getNetworkId(), vip.getAddress()));
            if (!service.getPendingDelete()) {
                service.getEndpoint().getPortsList().stream()
                        .map(PortConfig::getPublishedPort)
                        .forEach(port -> assertThat(ports.add(port))
                                .as("port %s twice", port)
                                .isTrue());
                slots(state, service);
            }
        }
        for (var node : state.nodes().values()) {
            node.getAttachmentsList()
                    .forEach(attached -> unique(addresses, attached.getNetworkId(), attached.getAddress()));
            assertThat(state.load(node.getId()).memoryBytes())
                    .as("reserved on %s", node.getId())
                    .isLessThanOrEqualTo(node.getDescription().getResources().getMemoryBytes());
        }
    }

    private static void unique(Set<String> addresses, String network, String address) {
        assertThat(address).as("an address in %s", network).isNotEmpty();
        assertThat(addresses.add(network + " " + address))
                .as("%s in %s twice", address, network)
                .isTrue();
    }

    private static void slots(ClusterState state, Service service) {
        boolean startFirst = service.getSpec().getUpdate().getOrder() == UpdateConfig.Order.START_FIRST;
        for (var slot : SlotTasks.all(state, service.getId())) {
            assertThat(slot.living())
                    .as("living tasks of slot %s", slot.slot())
                    .hasSizeLessThanOrEqualTo(startFirst ? 2 : 1);
        }
    }

    private static void heal(Simulation cluster) {
        for (int i = 1; i <= 4; i++) {
            cluster.availability("node" + i, Availability.AVAILABILITY_ACTIVE);
            cluster.nodeState("node" + i, NodeState.NODE_READY);
        }
        for (var name : SERVICES) {
            if (cluster.state().serviceNamed(name).isPresent()) {
                cluster.update(name, spec -> Specs.image(spec, "final"));
            }
        }
    }

    private static void converged(Simulation cluster) {
        var state = cluster.state();
        for (var service : state.services().values()) {
            var living = state.tasksByService(service.getId()).stream()
                    .filter(SlotTasks::alive)
                    .toList();
            long wanted = Mode.of(service) == Mode.GLOBAL ? 4 : Mode.replicas(service);
            assertThat(living)
                    .as("tasks of %s, %s", service.getSpec().getAnnotations().getName(), service.getUpdateStatus())
                    .hasSize((int) wanted)
                    .allMatch(task -> task.getStatus().getState() == TaskState.TASK_RUNNING
                            && task.getRevision() == service.getRevision());
        }
        assertThat(state.tasks().values())
                .as("what is not wanted has stopped, or never began")
                .filteredOn(task -> !SlotTasks.alive(task) && !TaskStates.ended(task))
                .allMatch(task -> TaskStates.before(task.getStatus().getState(), TaskState.TASK_ASSIGNED));
        assertThat(state.services().values()).noneMatch(Service::getPendingDelete);
    }

    /** Whatever a loop looks at, and whoever leads, nothing is left to do. */
    private static void rests(Simulation cluster) {
        Simulation.loops()
                .forEach(loop -> assertThat(
                                loop.decide(cluster.state(), cluster.now(), new SplittableRandom(0), Touched.EVERYTHING)
                                        .changeSets())
                        .as(loop.name())
                        .isEmpty());
    }
}
