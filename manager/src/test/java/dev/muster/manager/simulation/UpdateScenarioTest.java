package dev.muster.manager.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Availability;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.UpdateConfig;
import dev.muster.api.UpdateStatus;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Updates step by step: the expected texts are what users would see happen. */
class UpdateScenarioTest {
    private final Simulation cluster = new Simulation(2);
    private final Web web = new Web(cluster);

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
        web.create(3, Specs.update(1, Duration.ofSeconds(10)));
        web.updateTo("v2");
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
        web.create(3, Specs.update(2, Duration.ZERO));
        web.updateTo("v2");
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
        web.create(3, Specs.update(0, Duration.ZERO));
        web.updateTo("v2");
        assertThat(cluster.trace().text()).contains("  2 s  web.3b is running\n  7 s  web completed");
        assertThat(web.images()).containsExactly("v2", "v2", "v2");
    }

    @Test
    void startFirstKeepsTheOldTaskUntilTheNewOneRuns() {
        web.create(2, Specs.update(1, Duration.ZERO).setOrder(UpdateConfig.Order.START_FIRST));
        web.updateTo("v2");
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
    void aTaskThatCannotBePlacedStallsTheUpdateWithoutFailingIt() {
        web.create(2, Specs.update(1, Duration.ZERO));
        cluster.update("web", spec -> Specs.constrained(Specs.image(spec, "v2"), "node.labels.no == where"));
        cluster.run(Web.LONG);
        assertThat(web.status()).isEqualTo(UpdateStatus.State.UPDATING);
        assertThat(web.images()).containsExactly("v1");
        assertThat(cluster.tasks("web"))
                .filteredOn(task -> task.getStatus().getState() == TaskState.TASK_PENDING)
                .singleElement()
                .satisfies(task -> assertThat(task.getStatus().getErr())
                        .isEqualTo("no suitable node (scheduling constraints not satisfied on 3 nodes)"));
    }

    @Test
    void aNewLeaderGoesOnWhereTheOldOneStopped() {
        web.create(3, Specs.update(1, Duration.ofSeconds(10)));
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
        web.create(3, Specs.update(1, Duration.ofSeconds(10)));
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        cluster.run(Duration.ofSeconds(14));
        cluster.update("web", spec -> Specs.image(spec, "v3"));
        cluster.run(Web.LONG);
        assertThat(web.images()).containsExactly("v3", "v3", "v3");
        assertThat(web.status()).isEqualTo(UpdateStatus.State.COMPLETED);
    }

    @Test
    void anUpdateOutOfAStuckVersionNeedsNoHelp() {
        web.create(2, Specs.update(1, Duration.ZERO));
        cluster.update("web", spec -> Specs.image(spec, "stuck"));
        cluster.run(Web.LONG);
        assertThat(web.status()).isEqualTo(UpdateStatus.State.UPDATING);
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        cluster.run(Web.LONG);
        assertThat(web.images()).containsExactly("v2", "v2");
    }

    @Test
    void scalingDuringAnUpdateUsesTheNewVersionForNewSlots() {
        web.create(2, Specs.update(1, Duration.ofSeconds(20)));
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        cluster.run(Duration.ofSeconds(3));
        cluster.scale("web", 4);
        cluster.run(Duration.ofSeconds(3));
        assertThat(web.running())
                .filteredOn(task -> task.getSlot() > 2)
                .hasSize(2)
                .allMatch(task -> task.getRevision() == 2);
        cluster.run(Web.LONG);
        assertThat(web.images()).containsExactly("v2", "v2", "v2", "v2");
    }

    @Test
    void changingWhatTasksAreNotMadeOfRestartsNothing() {
        web.create(2, Specs.update(1, Duration.ZERO));
        cluster.trace().restart(cluster.now());
        cluster.update("web", spec -> {
            spec.getAnnotationsBuilder().putLabels("owner", "me");
            return spec.setUpdate(Specs.update(2, Duration.ofSeconds(1)));
        });
        cluster.run(Web.LONG);
        assertThat(cluster.trace().text()).isEqualTo("\n");
    }

    @Test
    void changingOnlyConstraintsMovesOnlyTasksThatNoLongerMeetThem() {
        web.create(3, Specs.update(1, Duration.ZERO));
        var kept = web.running().stream()
                .filter(task -> !task.getNodeId().equals("node1"))
                .map(Task::getId)
                .toList();
        cluster.update("web", spec -> Specs.constrained(spec, "node.id != node1"));
        cluster.run(Web.LONG);
        assertThat(web.running()).hasSize(3).noneMatch(task -> task.getNodeId().equals("node1"));
        assertThat(web.running()).extracting(Task::getId).containsAll(kept);
    }

    @Test
    void forcingAnUpdateReplacesAllTasks() {
        web.create(2, Specs.update(1, Duration.ZERO));
        var before = web.running().stream().map(Task::getId).toList();
        cluster.update("web", spec -> {
            spec.getTaskBuilder().setForceUpdate(1);
            return spec;
        });
        cluster.run(Web.LONG);
        assertThat(web.running()).hasSize(2).extracting(Task::getId).doesNotContainAnyElementsOf(before);
    }

    @Test
    void globalServicesAreUpdatedNodeByNodeAndPausedNodesLater() {
        cluster.create(Specs.global("web").setUpdate(Specs.update(1, Duration.ofSeconds(10))));
        cluster.run(Duration.ofSeconds(5));
        cluster.availability("node2", Availability.AVAILABILITY_PAUSE);
        web.updateTo("v2");
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
        cluster.run(Web.LONG);
        assertThat(web.images()).containsExactly("v2", "v2", "v2");
    }
}
