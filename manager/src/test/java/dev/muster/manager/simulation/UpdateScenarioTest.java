package dev.muster.manager.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Availability;
import dev.muster.api.Durations;
import dev.muster.api.ServiceSpec;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.UpdateConfig;
import dev.muster.api.UpdateStatus;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Updates and rollbacks, step by step: the expected texts are what users would see happen. */
class UpdateScenarioTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    private final Simulation cluster = new Simulation(2);

    @BeforeEach
    void threeNodes() {
        cluster.nodes(3);
        cluster.agents()
                .image("bad", new ToyAgents.Behaviour.FailsToStart())
                .image("shaky", new ToyAgents.Behaviour.Ends(Duration.ofSeconds(3), TaskState.TASK_FAILED))
                .image("stuck", new ToyAgents.Behaviour.Hangs());
    }

    @Test
    void oneSlotAtATimeWithADelayAfterEach() {
        web(3, Specs.update(1, Duration.ofSeconds(10)));
        updateTo("v2");
        assertThat(cluster.trace().text()).isEqualTo("""
                  0 s  web updating: update in progress
                  0 s  web.1a to be shutdown
                  0 s  web.1b created, to be ready
                  1 s  web.1a is shutdown
                  1 s  web.1b to be running
                  2 s  web.1b is running
                 12 s  web.2a to be shutdown
                 12 s  web.2b created, to be ready
                 13 s  web.2a is shutdown
                 13 s  web.2b to be running
                 14 s  web.2b is running
                 24 s  web.3a to be shutdown
                 24 s  web.3b created, to be ready
                 25 s  web.3a is shutdown
                 25 s  web.3b to be running
                 26 s  web.3b is running
                 37 s  web completed: update completed
                """);
    }

    @Test
    void twoAtATimeWithoutDelay() {
        web(3, Specs.update(2, Duration.ZERO));
        updateTo("v2");
        assertThat(cluster.trace().text()).isEqualTo("""
                  0 s  web updating: update in progress
                  0 s  web.1a to be shutdown
                  0 s  web.1b created, to be ready
                  0 s  web.2a to be shutdown
                  0 s  web.2b created, to be ready
                  1 s  web.1a is shutdown
                  1 s  web.2a is shutdown
                  1 s  web.1b to be running
                  1 s  web.2b to be running
                  2 s  web.1b is running
                  2 s  web.2b is running
                  2 s  web.3a to be shutdown
                  2 s  web.3b created, to be ready
                  3 s  web.3a is shutdown
                  3 s  web.3b to be running
                  4 s  web.3b is running
                  9 s  web completed: update completed
                """);
    }

    @Test
    void allAtOnce() {
        web(3, Specs.update(0, Duration.ZERO));
        updateTo("v2");
        assertThat(cluster.trace().text()).contains("  2 s  web.3b is running\n  7 s  web completed");
        assertThat(images()).containsExactly("v2", "v2", "v2");
    }

    @Test
    void startFirstKeepsTheOldTaskUntilTheNewOneRuns() {
        web(2, Specs.update(1, Duration.ZERO).setOrder(UpdateConfig.Order.START_FIRST));
        updateTo("v2");
        assertThat(cluster.trace().text()).isEqualTo("""
                  0 s  web updating: update in progress
                  0 s  web.1b created, to be running
                  1 s  web.1b is running
                  1 s  web.1a to be shutdown
                  1 s  web.2b created, to be running
                  2 s  web.1a is shutdown
                  2 s  web.2b is running
                  2 s  web.2a to be shutdown
                  3 s  web.2a is shutdown
                  7 s  web completed: update completed
                """);
    }

    @Test
    void startFirstLeavesTheOldTaskAloneIfTheNewOneFails() {
        web(2, Specs.update(1, Duration.ZERO).setOrder(UpdateConfig.Order.START_FIRST));
        updateTo("bad");
        assertThat(status()).isEqualTo(UpdateStatus.State.PAUSED);
        assertThat(cluster.tasks("web"))
                .filteredOn(task -> task.getStatus().getState() == TaskState.TASK_RUNNING)
                .hasSize(2)
                .allMatch(task -> task.getRevision() == 1);
    }

    @Test
    void pausesOnTheFirstFailure() {
        web(3, Specs.update(1, Duration.ofSeconds(10)));
        updateTo("bad");
        assertThat(cluster.trace().text()).startsWith("""
                  0 s  web updating: update in progress
                  0 s  web.1a to be shutdown
                  0 s  web.1b created, to be ready
                  1 s  web.1a is shutdown
                  1 s  web.1b to be running
                  2 s  web.1b is failed
                  2 s  web paused: update paused due to failure or early termination of task web.1b
                """);
        assertThat(images()).contains("v1", "v1").doesNotContain("bad");
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        cluster.run(LONG);
        assertThat(status()).as("the next update starts anew").isEqualTo(UpdateStatus.State.COMPLETED);
        assertThat(images()).containsExactly("v2", "v2", "v2");
    }

    @Test
    void aFailureSoonAfterTheStartCountsToo() {
        web(3, Specs.update(1, Duration.ZERO));
        updateTo("shaky");
        assertThat(cluster.trace().text())
                .contains("  5 s  web paused: update paused due to failure or early termination of task web.1b\n");
    }

    @Test
    void aFailureAfterTheMonitoringTimeDoesNotCount() {
        web(1, Specs.update(1, Duration.ZERO).setMonitor(Durations.of(Duration.ofSeconds(2))));
        cluster.trace().restart(cluster.now());
        cluster.update("web", spec -> Specs.image(spec, "shaky"));
        cluster.run(Duration.ofSeconds(8));
        assertThat(cluster.trace().text())
                .contains("  4 s  web completed: update completed\n  5 s  web.1b is failed\n");
    }

    @Test
    void rollsBackWhenTheUpdateFails() {
        web(3, Specs.update(2, Duration.ofSeconds(10)).setFailureAction(UpdateConfig.FailureAction.ROLLBACK));
        updateTo("bad");
        assertThat(cluster.trace().text()).isEqualTo("""
                  0 s  web updating: update in progress
                  0 s  web.1a to be shutdown
                  0 s  web.1b created, to be ready
                  0 s  web.2a to be shutdown
                  0 s  web.2b created, to be ready
                  1 s  web.1a is shutdown
                  1 s  web.2a is shutdown
                  1 s  web.1b to be running
                  1 s  web.2b to be running
                  2 s  web.1b is failed
                  2 s  web.2b is failed
                  2 s  web rollback started: update rolled back due to failure or early termination of task web.2b
                  2 s  web.1b to be shutdown
                  2 s  web.1c created, to be ready
                  2 s  web.2b to be shutdown
                  2 s  web.2c created, to be ready
                  2 s  web rollback completed: rollback completed
                  7 s  web.1c to be running
                  7 s  web.2c to be running
                  8 s  web.1c is running
                  8 s  web.2c is running
                """);
        assertThat(images()).containsExactly("v1", "v1", "v1");
        var service = cluster.service("web");
        assertThat(service.hasPreviousSpec()).isFalse();
        assertThat(service.getRevision()).isEqualTo(1);
        assertThat(running()).as("web.3a was never touched").anyMatch(task -> task.getSlot() == 3);
    }

    @Test
    void rollsBackWhatAlreadyRan() {
        web(3, Specs.update(1, Duration.ZERO).setFailureAction(UpdateConfig.FailureAction.ROLLBACK));
        // Fails while watched, and the next slot has begun by then.
        updateTo("shaky");
        assertThat(status()).isEqualTo(UpdateStatus.State.ROLLBACK_COMPLETED);
        assertThat(images()).containsExactly("v1", "v1", "v1");
    }

    @Test
    void aRollbackThatFailsPausesAndIsNotRolledBackItself() {
        web(2, Specs.update(1, Duration.ZERO));
        cluster.update(
                "web",
                spec -> Specs.image(
                        spec.setRollback(
                                Specs.update(1, Duration.ZERO).setFailureAction(UpdateConfig.FailureAction.ROLLBACK)),
                        "v2"));
        cluster.run(LONG);
        cluster.agents().image("v2", new ToyAgents.Behaviour.FailsToStart());
        cluster.update("web", spec -> Specs.image(spec, "v3"));
        cluster.run(LONG);
        cluster.rollBack("web");
        cluster.run(Duration.ofSeconds(4));
        assertThat(status()).isEqualTo(UpdateStatus.State.ROLLBACK_PAUSED);
        assertThat(cluster.service("web").getUpdateStatus().getMessage())
                .startsWith("rollback paused due to failure or early termination of task ");
    }

    @Test
    void twoManualRollbacksAreARedo() {
        web(2, Specs.update(1, Duration.ZERO));
        updateTo("v2");
        cluster.trace().restart(cluster.now());
        cluster.rollBack("web");
        cluster.run(LONG);
        assertThat(cluster.trace().text())
                .startsWith("  0 s  web rollback started: manually requested rollback\n")
                .endsWith("web rollback completed: rollback completed\n");
        assertThat(images()).containsExactly("v1", "v1");
        cluster.rollBack("web");
        cluster.run(LONG);
        assertThat(images()).containsExactly("v2", "v2");
        assertThat(cluster.state().revisions()).as("both are kept, no more").hasSize(2);
    }

    @Test
    void continuesPastFailuresWhereAskedTo() {
        web(2, Specs.update(1, Duration.ZERO).setFailureAction(UpdateConfig.FailureAction.CONTINUE));
        cluster.update("web", spec -> Specs.image(spec, "bad"));
        cluster.run(Duration.ofSeconds(30));
        assertThat(status()).isEqualTo(UpdateStatus.State.COMPLETED);
        assertThat(images()).isEmpty();
    }

    @Test
    void toleratesFailuresUpToTheRatio() {
        web(4, Specs.update(1, Duration.ZERO).setMaxFailureRatio(0.5f));
        updateTo("bad");
        assertThat(status()).isEqualTo(UpdateStatus.State.PAUSED);
        assertThat(cluster.service("web").getUpdateProgress().getFailedTasksCount())
                .isEqualTo(3);
    }

    @Test
    void aTaskThatCannotBePlacedStallsTheUpdateWithoutFailingIt() {
        web(2, Specs.update(1, Duration.ZERO));
        cluster.update("web", spec -> Specs.constrained(Specs.image(spec, "v2"), "node.labels.no == where"));
        cluster.run(LONG);
        assertThat(status()).isEqualTo(UpdateStatus.State.UPDATING);
        assertThat(images()).containsExactly("v1");
        assertThat(cluster.tasks("web"))
                .filteredOn(task -> task.getStatus().getState() == TaskState.TASK_PENDING)
                .singleElement()
                .satisfies(task -> assertThat(task.getStatus().getErr())
                        .isEqualTo("no suitable node (scheduling constraints not satisfied on 3 nodes)"));
    }

    @Test
    void aNewLeaderGoesOnWhereTheOldOneStopped() {
        web(3, Specs.update(1, Duration.ofSeconds(10)));
        cluster.trace().restart(cluster.now());
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        for (int i = 0; i < 60; i++) {
            cluster.run(Duration.ofSeconds(1));
            cluster.changeLeader();
        }
        assertThat(cluster.trace().text())
                .contains(" 12 s  web.2b created")
                .contains(" 24 s  web.3b created")
                .endsWith(" 37 s  web completed: update completed\n");
    }

    @Test
    void anotherUpdateTakesOver() {
        web(3, Specs.update(1, Duration.ofSeconds(10)));
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        cluster.run(Duration.ofSeconds(14));
        cluster.update("web", spec -> Specs.image(spec, "v3"));
        cluster.run(LONG);
        assertThat(images()).containsExactly("v3", "v3", "v3");
        assertThat(status()).isEqualTo(UpdateStatus.State.COMPLETED);
    }

    @Test
    void anUpdateOutOfAStuckVersionNeedsNoHelp() {
        web(2, Specs.update(1, Duration.ZERO));
        cluster.update("web", spec -> Specs.image(spec, "stuck"));
        cluster.run(LONG);
        assertThat(status()).isEqualTo(UpdateStatus.State.UPDATING);
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        cluster.run(LONG);
        assertThat(images()).containsExactly("v2", "v2");
    }

    @Test
    void scalingDuringAnUpdateUsesTheNewVersionForNewSlots() {
        web(2, Specs.update(1, Duration.ofSeconds(20)));
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        cluster.run(Duration.ofSeconds(3));
        cluster.scale("web", 4);
        cluster.run(Duration.ofSeconds(3));
        assertThat(running())
                .filteredOn(task -> task.getSlot() > 2)
                .hasSize(2)
                .allMatch(task -> task.getRevision() == 2);
        cluster.run(LONG);
        assertThat(images()).containsExactly("v2", "v2", "v2", "v2");
    }

    @Test
    void changingWhatTasksAreNotMadeOfRestartsNothing() {
        web(2, Specs.update(1, Duration.ZERO));
        cluster.trace().restart(cluster.now());
        cluster.update("web", spec -> {
            spec.getAnnotationsBuilder().putLabels("owner", "me");
            return spec.setUpdate(Specs.update(2, Duration.ofSeconds(1)));
        });
        cluster.run(LONG);
        assertThat(cluster.trace().text()).isEqualTo("\n");
    }

    @Test
    void changingOnlyConstraintsMovesOnlyTasksThatNoLongerMeetThem() {
        web(3, Specs.update(1, Duration.ZERO));
        var kept = running().stream()
                .filter(task -> !task.getNodeId().equals("node1"))
                .map(Task::getId)
                .toList();
        cluster.update("web", spec -> Specs.constrained(spec, "node.id != node1"));
        cluster.run(LONG);
        assertThat(running()).hasSize(3).noneMatch(task -> task.getNodeId().equals("node1"));
        assertThat(running()).extracting(Task::getId).containsAll(kept);
    }

    @Test
    void forcingAnUpdateReplacesAllTasks() {
        web(2, Specs.update(1, Duration.ZERO));
        var before = running().stream().map(Task::getId).toList();
        cluster.update("web", spec -> {
            spec.getTaskBuilder().setForceUpdate(1);
            return spec;
        });
        cluster.run(LONG);
        assertThat(running()).hasSize(2).extracting(Task::getId).doesNotContainAnyElementsOf(before);
    }

    @Test
    void globalServicesAreUpdatedNodeByNodeAndPausedNodesLater() {
        cluster.create(Specs.global("web").setUpdate(Specs.update(1, Duration.ofSeconds(10))));
        cluster.run(Duration.ofSeconds(5));
        cluster.availability("node2", Availability.AVAILABILITY_PAUSE);
        updateTo("v2");
        assertThat(cluster.trace().text()).isEqualTo("""
                  0 s  web updating: update in progress
                  0 s  web.node1a to be shutdown
                  0 s  web.node1b created, to be ready
                  1 s  web.node1a is shutdown
                  1 s  web.node1b to be running
                  2 s  web.node1b is running
                 12 s  web.node3a to be shutdown
                 12 s  web.node3b created, to be ready
                 13 s  web.node3a is shutdown
                 13 s  web.node3b to be running
                 14 s  web.node3b is running
                 25 s  web completed: update completed
                """);
        cluster.availability("node2", Availability.AVAILABILITY_ACTIVE);
        cluster.run(LONG);
        assertThat(images()).containsExactly("v2", "v2", "v2");
    }

    @Test
    void aDrainDuringAnUpdateIsNoFailureOfTheNewVersion() {
        web(2, Specs.update(1, Duration.ZERO));
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        cluster.run(Duration.ofMillis(1500));
        var begun = cluster.service("web").getUpdateProgress().getSlots(0).getTaskId();
        var node = cluster.state().task(begun).orElseThrow().getNodeId();
        cluster.availability(node, Availability.AVAILABILITY_DRAIN);
        cluster.run(LONG);
        assertThat(status()).isEqualTo(UpdateStatus.State.COMPLETED);
        assertThat(images()).containsExactly("v2", "v2");
    }

    private void web(long replicas, UpdateConfig.Builder update) {
        ServiceSpec.Builder spec = Specs.replicated("web", replicas).setUpdate(update);
        cluster.create(spec);
        cluster.run(Duration.ofSeconds(5));
        assertThat(running()).hasSize((int) replicas);
    }

    private void updateTo(String image) {
        cluster.trace().restart(cluster.now());
        cluster.update("web", spec -> Specs.image(spec, image));
        cluster.run(LONG);
    }

    private UpdateStatus.State status() {
        return cluster.service("web").getUpdateStatus().getState();
    }

    private List<Task> running() {
        return cluster.tasks("web").stream()
                .filter(task -> task.getStatus().getState() == TaskState.TASK_RUNNING && SlotTasks.alive(task))
                .toList();
    }

    private List<String> images() {
        return running().stream()
                .map(task ->
                        cluster.state().revision(task).getTask().getContainer().getImage())
                .toList();
    }
}
