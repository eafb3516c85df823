package dev.muster.manager.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Availability;
import dev.muster.api.GlobalJobMode;
import dev.muster.api.Node;
import dev.muster.api.NodeState;
import dev.muster.api.ReplicatedJobMode;
import dev.muster.api.RestartPolicy;
import dev.muster.api.ServiceSpec;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One task per node, and tasks that are to end. */
class GlobalAndJobScenarioTest {
    private static final Duration LONG = Duration.ofMinutes(2);

    private final Simulation cluster = new Simulation(3);

    @BeforeEach
    void threeNodes() {
        cluster.nodes(3);
        cluster.agents()
                .image("batch", new ToyAgents.Behaviour.Ends(Duration.ofSeconds(4), TaskState.TASK_COMPLETE))
                .image("bad", new ToyAgents.Behaviour.FailsToStart());
    }

    @Test
    void aGlobalServiceFollowsTheNodes() {
        cluster.create(Specs.global("agent"));
        cluster.run(LONG);
        assertThat(nodes("agent")).containsExactly("node1", "node2", "node3");
        cluster.put(Specs.node("node4").build());
        cluster.run(Duration.ofSeconds(2));
        assertThat(nodes("agent")).as("a new node gets one").contains("node4");
        cluster.availability("node1", Availability.AVAILABILITY_DRAIN);
        cluster.availability("node2", Availability.AVAILABILITY_PAUSE);
        cluster.nodeState("node3", NodeState.NODE_DOWN);
        cluster.run(LONG);
        assertThat(nodes("agent"))
                .as("drained and down ones lose it, paused ones keep it")
                .containsExactly("node2", "node4");
        cluster.availability("node1", Availability.AVAILABILITY_ACTIVE);
        cluster.nodeState("node3", NodeState.NODE_READY);
        cluster.run(LONG);
        assertThat(nodes("agent")).containsExactly("node1", "node2", "node3", "node4");
        assertThat(cluster.tasks("agent")).allMatch(task -> task.getSlot() == 0);
    }

    @Test
    void aTaskWaitsForTheOneThatStillLeavesItsSlot() {
        cluster.agents().times(Duration.ofSeconds(1), Duration.ofSeconds(8));
        cluster.create(Specs.global("agent"));
        cluster.create(Specs.replicated("web", 1));
        cluster.run(LONG);
        cluster.trace().restart(cluster.now());
        cluster.availability("node1", Availability.AVAILABILITY_DRAIN);
        cluster.scale("web", 0);
        cluster.run(Duration.ofSeconds(2));
        cluster.availability("node1", Availability.AVAILABILITY_ACTIVE);
        cluster.scale("web", 1);
        cluster.run(LONG);

        assertThat(cluster.trace().text()).isEqualTo("""
              0 s  web.1a to be remove
              0 s  agent.node1a to be shutdown
              2 s  web.1b created, to be ready
              2 s  agent.node1b created, to be ready
              8 s  agent.node1a is shutdown
              8 s  web.1a is shutdown
              8 s  agent.node1b to be running
              8 s  web.1b to be running
              8 s  web.1a deleted
              9 s  agent.node1b is running
              9 s  web.1b is running
            """);
    }

    @Test
    void aGlobalServiceLeavesNodesThatNoLongerMeetItsConstraints() {
        cluster.create(Specs.constrained(Specs.global("agent"), "node.labels.gpu != yes"));
        cluster.run(LONG);
        cluster.node("node2", GlobalAndJobScenarioTest::gpu);
        cluster.run(LONG);
        assertThat(nodes("agent")).containsExactly("node1", "node3");
        assertThat(cluster.tasks("agent"))
                .filteredOn(task -> task.getNodeId().equals("node2"))
                .singleElement()
                .satisfies(task -> assertThat(task.getStatus().getState()).isEqualTo(TaskState.TASK_SHUTDOWN));
    }

    @Test
    void aFailedGlobalTaskIsRestartedOnItsNode() {
        cluster.agents().image("v1", new ToyAgents.Behaviour.Ends(Duration.ofSeconds(30), TaskState.TASK_FAILED));
        cluster.create(Specs.global("agent"));
        cluster.run(Duration.ofSeconds(40));
        assertThat(nodes("agent")).containsExactly("node1", "node2", "node3");
        assertThat(cluster.tasks("agent")).hasSize(6);
    }

    @Test
    void aPausedNodeGetsNoGlobalTask() {
        cluster.availability("node2", Availability.AVAILABILITY_PAUSE);
        cluster.create(Specs.global("agent"));
        cluster.run(LONG);
        assertThat(nodes("agent")).containsExactly("node1", "node3");
    }

    @Test
    void aGlobalTaskWithoutRoomWaitsAndSaysWhy() {
        var spec = Specs.global("agent");
        spec.getTaskBuilder().getResourcesBuilder().getReservationsBuilder().setMemoryBytes(16L << 30);
        cluster.create(spec);
        cluster.run(LONG);
        assertThat(cluster.tasks("agent")).hasSize(3).allSatisfy(task -> {
            assertThat(task.getStatus().getState()).isEqualTo(TaskState.TASK_PENDING);
            assertThat(task.getStatus().getErr()).isEqualTo("no suitable node (insufficient resources on 1 node)");
        });
    }

    @Test
    void twoGlobalServicesThatWaitDoNotKeepEachOtherOut() {
        for (var name : List.of("one", "two")) {
            var spec = Specs.global(name);
            spec.getTaskBuilder().getResourcesBuilder().getReservationsBuilder().setMemoryBytes(5L << 30);
            cluster.create(spec);
        }
        cluster.run(LONG);
        assertThat(nodes("one").size() + nodes("two").size())
                .as("one of them fits on each node")
                .isEqualTo(3);
    }

    @Test
    void aReplicatedJobRunsSomeAtATimeUntilEnoughAreComplete() {
        cluster.create(job(2, 5));
        cluster.always(() -> assertThat(cluster.tasks("job"))
                .filteredOn(task -> task.getStatus().getState() != TaskState.TASK_COMPLETE)
                .hasSizeLessThanOrEqualTo(2));
        cluster.run(LONG);
        assertThat(cluster.tasks("job"))
                .hasSize(5)
                .allMatch(task -> task.getStatus().getState() == TaskState.TASK_COMPLETE
                        && task.getDesiredState() == TaskState.TASK_COMPLETE);
        assertThat(cluster.tasks("job")).extracting(Task::getSlot).containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 4L);
    }

    @Test
    void anUpdatedJobStartsOver() {
        cluster.create(job(1, 2));
        cluster.run(Duration.ofSeconds(7));
        var before = cluster.tasks("job").stream().map(Task::getId).toList();
        cluster.update("job", spec -> {
            spec.getTaskBuilder().setForceUpdate(1);
            return spec;
        });
        cluster.run(LONG);
        assertThat(cluster.tasks("job"))
                .hasSize(2)
                .allMatch(task -> task.getJobIteration() == 2)
                .extracting(Task::getId)
                .doesNotContainAnyElementsOf(before);
    }

    @Test
    void aFailedJobTaskIsTriedAsOftenAsThePolicyAllows() {
        var spec = Specs.image(job(1, 1), "bad");
        spec.getTaskBuilder().setRestart(Specs.restart(RestartPolicy.Condition.ON_FAILURE, Duration.ofSeconds(1), 2));
        cluster.create(spec);
        cluster.run(LONG);
        assertThat(cluster.tasks("job"))
                .hasSize(3)
                .allMatch(task -> task.getSlot() == 0 && task.getStatus().getState() == TaskState.TASK_FAILED);
    }

    @Test
    void aJobTaskOnALostNodeIsDoneElsewhere() {
        cluster.create(job(1, 1));
        cluster.run(Duration.ofSeconds(2));
        cluster.nodeState(cluster.tasks("job").getFirst().getNodeId(), NodeState.NODE_DOWN);
        cluster.run(LONG);
        assertThat(cluster.tasks("job"))
                .filteredOn(task -> task.getStatus().getState() == TaskState.TASK_COMPLETE)
                .hasSize(1);
    }

    @Test
    void aGlobalJobRunsOnceOnEachNodeAndOnNodesThatComeLater() {
        cluster.availability("node3", Availability.AVAILABILITY_DRAIN);
        cluster.create(Specs.image(Specs.service("job").setGlobalJob(GlobalJobMode.getDefaultInstance()), "batch"));
        cluster.run(LONG);
        assertThat(complete()).containsExactlyInAnyOrder("node1", "node2");
        cluster.put(Specs.node("node4").build());
        cluster.availability("node3", Availability.AVAILABILITY_ACTIVE);
        cluster.run(LONG);
        assertThat(complete()).containsExactlyInAnyOrder("node1", "node2", "node3", "node4");
        cluster.changeLeader();
        cluster.run(LONG);
        assertThat(cluster.tasks("job")).hasSize(4);
    }

    private static Node.Builder gpu(Node.Builder node) {
        node.getSpecBuilder().getAnnotationsBuilder().putLabels("gpu", "yes");
        return node;
    }

    private static ServiceSpec.Builder job(long concurrent, long total) {
        return Specs.image(
                Specs.service("job")
                        .setReplicatedJob(ReplicatedJobMode.newBuilder()
                                .setMaxConcurrent(concurrent)
                                .setTotalCompletions(total)),
                "batch");
    }

    private List<String> complete() {
        return cluster.tasks("job").stream()
                .filter(task -> task.getStatus().getState() == TaskState.TASK_COMPLETE)
                .map(Task::getNodeId)
                .toList();
    }

    private List<String> nodes(String service) {
        return cluster.tasks(service).stream()
                .filter(task -> task.getStatus().getState() == TaskState.TASK_RUNNING && SlotTasks.alive(task))
                .map(Task::getNodeId)
                .sorted()
                .toList();
    }
}
