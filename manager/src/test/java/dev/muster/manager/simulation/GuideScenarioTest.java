package dev.muster.manager.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Availability;
import dev.muster.api.Node;
import dev.muster.api.NodeState;
import dev.muster.api.RestartPolicy;
import dev.muster.api.ServiceSpec;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the guide does with services, from scaling to losing a node. */
class GuideScenarioTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    private final Simulation cluster = new Simulation(1);

    @BeforeEach
    void threeNodes() {
        cluster.nodes(3);
    }

    @Test
    void spreadsReplicasOverTheNodes() {
        web(3);
        assertThat(runningSlots()).containsExactly(1L, 2L, 3L);
        assertThat(runningByNode()).isEqualTo(Map.of("node1", 1L, "node2", 1L, "node3", 1L));
    }

    @Test
    void scalesUpIntoTheNextSlotsAndDownToAnEvenSpread() {
        web(3);
        cluster.scale("web", 10);
        cluster.run(Duration.ofSeconds(5));
        assertThat(runningSlots()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
        assertThat(runningByNode().values()).containsExactlyInAnyOrder(3L, 3L, 4L);
        cluster.scale("web", 3);
        cluster.run(Duration.ofSeconds(5));
        assertThat(runningSlots()).hasSize(3);
        assertThat(runningByNode()).isEqualTo(Map.of("node1", 1L, "node2", 1L, "node3", 1L));
        assertThat(cluster.tasks("web"))
                .as("nothing is left of the slots that went")
                .hasSize(3);
    }

    @Test
    void scalesUpAgainIntoTheLowestFreeSlots() {
        web(4);
        var gone = running().get(1);
        cluster.scale("web", 2);
        cluster.run(Duration.ofSeconds(5));
        cluster.scale("web", 4);
        cluster.run(Duration.ofSeconds(5));
        assertThat(gone).isNotNull();
        assertThat(runningSlots()).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void scalesToNothingAndBack() {
        web(3);
        cluster.scale("web", 0);
        cluster.run(Duration.ofSeconds(5));
        assertThat(cluster.tasks("web")).isEmpty();
        cluster.scale("web", 1);
        cluster.run(Duration.ofSeconds(5));
        assertThat(runningSlots()).containsExactly(1L);
    }

    @Test
    void drainingANodeMovesItsTasksAtOnce() {
        web(3);
        cluster.trace().restart(cluster.now());
        var moved = running().stream()
                .filter(task -> task.getNodeId().equals("node2"))
                .findFirst()
                .orElseThrow();
        cluster.availability("node2", Availability.AVAILABILITY_DRAIN);
        cluster.run(LONG);
        var slot = moved.getSlot();
        assertThat(cluster.trace().text()).isEqualTo("""
              0 s  web.%1$da to be shutdown
              0 s  web.%1$db created, to be ready
              1 s  web.%1$da is shutdown
              1 s  web.%1$db to be running
              2 s  web.%1$db is running
            """.formatted(slot));
        assertThat(runningByNode().keySet()).containsExactly("node1", "node3");
        cluster.availability("node2", Availability.AVAILABILITY_ACTIVE);
        cluster.run(LONG);
        assertThat(runningByNode().keySet()).as("nothing moves back").containsExactly("node1", "node3");
    }

    @Test
    void aDownNodesTasksRunElsewhereWithoutWaitingForThem() {
        web(3);
        cluster.trace().restart(cluster.now());
        var slot = running().stream()
                .filter(task -> task.getNodeId().equals("node3"))
                .findFirst()
                .orElseThrow()
                .getSlot();
        cluster.nodeState("node3", NodeState.NODE_DOWN);
        cluster.run(Duration.ofSeconds(30));
        assertThat(cluster.trace().text()).isEqualTo("""
              0 s  web.%1$da to be shutdown
              0 s  web.%1$db created, to be ready
              0 s  web.%1$db to be running
              1 s  web.%1$db is running
            """.formatted(slot));
        cluster.nodeState("node3", NodeState.NODE_READY);
        cluster.run(Duration.ofSeconds(30));
        assertThat(runningSlots())
                .as("what came back with the node was stopped")
                .containsExactly(1L, 2L, 3L);
    }

    @Test
    void aDownNodesTasksAreGivenUpAfterADay() {
        web(3);
        cluster.nodeState("node3", NodeState.NODE_DOWN);
        cluster.run(Duration.ofHours(23));
        assertThat(observed("node3")).containsExactly(TaskState.TASK_RUNNING);
        cluster.run(Duration.ofHours(2));
        assertThat(observed("node3")).containsExactly(TaskState.TASK_ORPHANED);
    }

    @Test
    void aRemovedNodesReplicasMoveAndItsGlobalTasksGo() {
        web(3);
        cluster.create(Specs.global("agent"));
        cluster.run(Duration.ofSeconds(5));
        cluster.nodeState("node3", NodeState.NODE_DOWN);
        cluster.removeNode("node3");
        cluster.run(Duration.ofSeconds(30));
        assertThat(runningSlots()).containsExactly(1L, 2L, 3L);
        assertThat(runningByNode().keySet()).containsExactly("node1", "node2");
        assertThat(cluster.tasks("agent")).extracting(Task::getNodeId).containsExactly("node1", "node2");
    }

    @Test
    void restartsAFailedTaskInItsSlotAfterTheDelay() {
        cluster.agents().image("crash", new ToyAgents.Behaviour.Ends(Duration.ofSeconds(10), TaskState.TASK_FAILED));
        cluster.create(restarting(RestartPolicy.Condition.ANY, Duration.ofSeconds(5), 0));
        cluster.run(Duration.ofSeconds(30));
        assertThat(cluster.trace().text()).isEqualTo("""
              0 s  web.1a created, to be running
              1 s  web.1a is running
             11 s  web.1a is failed
             11 s  web.1a to be shutdown
             11 s  web.1b created, to be ready
             16 s  web.1b to be running
             17 s  web.1b is running
             27 s  web.1b is failed
             27 s  web.1b to be shutdown
             27 s  web.1c created, to be ready
            """);
    }

    @Test
    void givesASlotUpAfterTheAttemptsOfItsPolicy() {
        cluster.agents().image("crash", new ToyAgents.Behaviour.FailsToStart());
        cluster.create(restarting(RestartPolicy.Condition.ON_FAILURE, Duration.ofSeconds(5), 3));
        cluster.run(LONG);
        assertThat(cluster.tasks("web"))
                .as("the first and three more")
                .hasSize(4)
                .allMatch(task -> task.getStatus().getState() == TaskState.TASK_FAILED
                        && task.getDesiredState() == TaskState.TASK_SHUTDOWN);
        cluster.changeLeader();
        cluster.run(LONG);
        assertThat(cluster.tasks("web")).as("a new leader does not start over").hasSize(4);
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        cluster.run(LONG);
        assertThat(runningSlots()).as("a new version is tried").containsExactly(1L);
    }

    @Test
    void aTaskThatSucceededIsRestartedOnlyIfThePolicySaysAny() {
        cluster.agents().image("crash", new ToyAgents.Behaviour.Ends(Duration.ofSeconds(1), TaskState.TASK_COMPLETE));
        cluster.create(restarting(RestartPolicy.Condition.ON_FAILURE, Duration.ofSeconds(5), 0));
        cluster.run(LONG);
        assertThat(cluster.tasks("web")).hasSize(1);
        cluster.update("web", spec -> {
            spec.getTaskBuilder().getRestartBuilder().setCondition(RestartPolicy.Condition.ANY);
            return spec;
        });
        cluster.run(LONG);
        assertThat(cluster.tasks("web")).as("history").hasSizeGreaterThan(3);
    }

    @Test
    void drainsDoNotCountAsAttempts() {
        cluster.create(restarting(RestartPolicy.Condition.ON_FAILURE, Duration.ofSeconds(5), 1));
        cluster.update("web", spec -> Specs.image(spec, "v1"));
        cluster.run(Duration.ofSeconds(5));
        for (int i = 0; i < 4; i++) {
            var node = running().getFirst().getNodeId();
            cluster.availability(node, Availability.AVAILABILITY_DRAIN);
            cluster.run(Duration.ofSeconds(10));
            cluster.availability(node, Availability.AVAILABILITY_ACTIVE);
            cluster.run(Duration.ofSeconds(10));
            assertThat(runningSlots()).containsExactly(1L);
        }
    }

    @Test
    void startsAReplacementAfterAMinuteEvenIfTheOldTaskDoesNotStop() {
        cluster.agents().times(Duration.ofSeconds(1), Duration.ofMinutes(10));
        web(1);
        cluster.trace().restart(cluster.now());
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        cluster.run(Duration.ofSeconds(90));
        assertThat(cluster.trace().text()).contains(" 60 s  web.1b to be running\n");
    }

    @Test
    void aReplacementOfATaskThatWaitsGoesOnWaiting() {
        cluster.agents().times(Duration.ofSeconds(1), Duration.ofSeconds(20));
        web(1);
        cluster.trace().restart(cluster.now());
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        cluster.run(Duration.ofSeconds(2));
        var waiting = cluster.tasks("web").stream()
                .filter(task -> task.getRevision() == 2)
                .findFirst()
                .orElseThrow();
        cluster.availability(waiting.getNodeId(), Availability.AVAILABILITY_DRAIN);
        cluster.run(Duration.ofSeconds(60));
        assertThat(cluster.trace().text())
                .contains("  2 s  web.1c created, to be ready\n")
                .contains(" 20 s  web.1a is shutdown\n 20 s  web.1c to be running\n");
    }

    @Test
    void anUpdateWaitsForTheTaskThatRunsThoughAnotherWasLostWithItsNode() {
        cluster.agents().times(Duration.ofSeconds(1), Duration.ofSeconds(20));
        web(1);
        cluster.nodeState(running().getFirst().getNodeId(), NodeState.NODE_DOWN);
        cluster.run(Duration.ofSeconds(10));
        cluster.trace().restart(cluster.now());
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        cluster.run(Duration.ofSeconds(60));
        assertThat(cluster.trace().text())
                .contains("  0 s  web.1c created, to be ready\n")
                .contains(" 20 s  web.1b is shutdown\n 20 s  web.1c to be running\n");
    }

    @Test
    void keepsAsMuchHistoryAsTheClusterSays() {
        cluster.agents().image("crash", new ToyAgents.Behaviour.Ends(Duration.ofSeconds(1), TaskState.TASK_FAILED));
        cluster.create(restarting(RestartPolicy.Condition.ANY, Duration.ofSeconds(5), 0));
        cluster.run(LONG);
        assertThat(cluster.tasks("web")).hasSize(5);
    }

    @Test
    void removingAServiceLeavesNothing() {
        cluster.network("frontend");
        cluster.settle();
        cluster.create(Specs.published(Specs.on(Specs.replicated("web", 3), "frontend"), 80, 80));
        cluster.run(Duration.ofSeconds(5));
        assertThat(running()).allMatch(task -> task.getNetworksCount() == 2);
        cluster.remove("web");
        cluster.removeNetwork("frontend");
        cluster.run(Duration.ofSeconds(5));
        var state = cluster.state();
        assertThat(state.tasks()).isEmpty();
        assertThat(state.services()).isEmpty();
        assertThat(state.revisions()).isEmpty();
        assertThat(state.networks().keySet()).containsExactly("ingress");
        assertThat(state.nodes().values())
                .allMatch(node -> node.getAttachmentsCount() == 1
                        && node.getAttachments(0).getNetworkId().equals("ingress"));
    }

    @Test
    void aNodeThatNoLongerMeetsTheConstraintsLosesItsTasks() {
        cluster.node("node1", node -> label(node, "east"));
        cluster.node("node2", node -> label(node, "east"));
        cluster.create(Specs.constrained(Specs.replicated("web", 2), "node.labels.zone == east"));
        cluster.run(Duration.ofSeconds(5));
        assertThat(runningByNode().keySet()).containsExactly("node1", "node2");
        cluster.node("node1", node -> label(node, "west"));
        cluster.run(Duration.ofSeconds(20));
        assertThat(runningByNode()).isEqualTo(Map.of("node2", 2L));
        assertThat(cluster.tasks("web"))
                .filteredOn(task -> task.getStatus().getState() == TaskState.TASK_REJECTED)
                .singleElement()
                .satisfies(task -> {
                    assertThat(task.getStatus().getMessage()).isEqualTo("task rejected by constraint enforcer");
                    assertThat(task.getStatus().getErr()).isEqualTo("assigned node no longer meets constraints");
                });
    }

    private static Node.Builder label(Node.Builder node, String zone) {
        node.getSpecBuilder().getAnnotationsBuilder().putLabels("zone", zone);
        return node;
    }

    private void web(long replicas) {
        cluster.create(Specs.replicated("web", replicas));
        cluster.run(Duration.ofSeconds(5));
        assertThat(running()).hasSize((int) replicas);
    }

    private static ServiceSpec.Builder restarting(RestartPolicy.Condition condition, Duration delay, long attempts) {
        var spec = Specs.image(Specs.replicated("web", 1), "crash");
        spec.getTaskBuilder().setRestart(Specs.restart(condition, delay, attempts));
        return spec;
    }

    private List<Task> running() {
        return cluster.tasks("web").stream()
                .filter(task -> task.getStatus().getState() == TaskState.TASK_RUNNING && SlotTasks.alive(task))
                .toList();
    }

    private List<Long> runningSlots() {
        return running().stream().map(Task::getSlot).toList();
    }

    private Map<String, Long> runningByNode() {
        var counts = new TreeMap<String, Long>();
        running().forEach(task -> counts.merge(task.getNodeId(), 1L, Long::sum));
        return counts;
    }

    private List<TaskState> observed(String node) {
        return cluster.state().tasksByNode(node).values().stream()
                .map(task -> task.getStatus().getState())
                .toList();
    }
}
