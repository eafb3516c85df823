package dev.muster.manager.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Availability;
import dev.muster.api.Durations;
import dev.muster.api.TaskState;
import dev.muster.api.UpdateConfig;
import dev.muster.api.UpdateStatus;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Updates that fail, and what is done about it: pause, go on, roll back. */
class FailingUpdateScenarioTest {
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
    void startFirstLeavesTheOldTaskAloneIfTheNewOneFails() {
        web.create(2, Specs.update(1, Duration.ZERO).setOrder(UpdateConfig.Order.START_FIRST));
        web.updateTo("bad");
        assertThat(web.status()).isEqualTo(UpdateStatus.State.PAUSED);
        assertThat(cluster.tasks("web"))
                .filteredOn(task -> task.getStatus().getState() == TaskState.TASK_RUNNING)
                .hasSize(2)
                .allMatch(task -> task.getRevision() == 1);
    }

    @Test
    void pausesOnTheFirstFailure() {
        web.create(3, Specs.update(1, Duration.ofSeconds(10)));
        web.updateTo("bad");
        assertThat(cluster.trace().text()).startsWith("""
                  0 s  web updating: update in progress
                  0 s  web.1a to be shutdown
                  0 s  web.1b created, to be ready
                  1 s  web.1a is shutdown
                  1 s  web.1b to be running
                  2 s  web.1b is failed
                  2 s  web paused: update paused due to failure or early termination of task web.1b
                """);
        assertThat(web.images()).contains("v1", "v1").doesNotContain("bad");
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        cluster.run(Web.LONG);
        assertThat(web.status()).as("the next update starts anew").isEqualTo(UpdateStatus.State.COMPLETED);
        assertThat(web.images()).containsExactly("v2", "v2", "v2");
    }

    @Test
    void aFailureSoonAfterTheStartCountsToo() {
        web.create(3, Specs.update(1, Duration.ZERO));
        web.updateTo("shaky");
        assertThat(cluster.trace().text())
                .contains("  5 s  web paused: update paused due to failure or early termination of task web.1b\n");
    }

    @Test
    void aFailureAfterTheMonitoringTimeDoesNotCount() {
        web.create(1, Specs.update(1, Duration.ZERO).setMonitor(Durations.of(Duration.ofSeconds(2))));
        cluster.trace().restart(cluster.now());
        cluster.update("web", spec -> Specs.image(spec, "shaky"));
        cluster.run(Duration.ofSeconds(8));
        assertThat(cluster.trace().text())
                .contains("  4 s  web completed: update completed\n  5 s  web.1b is failed\n");
    }

    @Test
    void rollsBackWhenTheUpdateFails() {
        web.create(3, Specs.update(2, Duration.ofSeconds(10)).setFailureAction(UpdateConfig.FailureAction.ROLLBACK));
        web.updateTo("bad");
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
        assertThat(web.images()).containsExactly("v1", "v1", "v1");
        var service = cluster.service("web");
        assertThat(service.hasPreviousSpec()).isFalse();
        assertThat(service.getRevision()).isEqualTo(1);
        assertThat(web.running()).as("web.3a was never touched").anyMatch(task -> task.getSlot() == 3);
    }

    @Test
    void rollsBackWhatAlreadyRan() {
        web.create(3, Specs.update(1, Duration.ZERO).setFailureAction(UpdateConfig.FailureAction.ROLLBACK));
        // Fails while watched, and the next slot has begun by then.
        web.updateTo("shaky");
        assertThat(web.status()).isEqualTo(UpdateStatus.State.ROLLBACK_COMPLETED);
        assertThat(web.images()).containsExactly("v1", "v1", "v1");
    }

    @Test
    void aRollbackThatFailsPausesAndIsNotRolledBackItself() {
        web.create(2, Specs.update(1, Duration.ZERO));
        cluster.update(
                "web",
                spec -> Specs.image(
                        spec.setRollback(
                                Specs.update(1, Duration.ZERO).setFailureAction(UpdateConfig.FailureAction.ROLLBACK)),
                        "v2"));
        cluster.run(Web.LONG);
        cluster.agents().image("v2", new ToyAgents.Behaviour.FailsToStart());
        cluster.update("web", spec -> Specs.image(spec, "v3"));
        cluster.run(Web.LONG);
        cluster.rollBack("web");
        cluster.run(Duration.ofSeconds(4));
        assertThat(web.status()).isEqualTo(UpdateStatus.State.ROLLBACK_PAUSED);
        assertThat(cluster.service("web").getUpdateStatus().getMessage())
                .startsWith("rollback paused due to failure or early termination of task ");
    }

    @Test
    void twoManualRollbacksAreARedo() {
        web.create(2, Specs.update(1, Duration.ZERO));
        web.updateTo("v2");
        cluster.trace().restart(cluster.now());
        cluster.rollBack("web");
        cluster.run(Web.LONG);
        assertThat(cluster.trace().text())
                .startsWith("  0 s  web rollback started: manually requested rollback\n")
                .endsWith("web rollback completed: rollback completed\n");
        assertThat(web.images()).containsExactly("v1", "v1");
        cluster.rollBack("web");
        cluster.run(Web.LONG);
        assertThat(web.images()).containsExactly("v2", "v2");
        assertThat(cluster.state().revisions()).as("both are kept, no more").hasSize(2);
    }

    @Test
    void continuesPastFailuresWhereAskedTo() {
        web.create(2, Specs.update(1, Duration.ZERO).setFailureAction(UpdateConfig.FailureAction.CONTINUE));
        cluster.update("web", spec -> Specs.image(spec, "bad"));
        cluster.run(Duration.ofSeconds(30));
        assertThat(web.status()).isEqualTo(UpdateStatus.State.COMPLETED);
        assertThat(web.images()).isEmpty();
    }

    @Test
    void toleratesFailuresUpToTheRatio() {
        web.create(4, Specs.update(1, Duration.ZERO).setMaxFailureRatio(0.5f));
        web.updateTo("bad");
        assertThat(web.status()).isEqualTo(UpdateStatus.State.PAUSED);
        assertThat(cluster.service("web").getUpdateProgress().getFailedTasksCount())
                .isEqualTo(3);
    }

    @Test
    void aDrainDuringAnUpdateIsNoFailureOfTheNewVersion() {
        web.create(2, Specs.update(1, Duration.ZERO));
        cluster.update("web", spec -> Specs.image(spec, "v2"));
        cluster.run(Duration.ofMillis(1500));
        var begun = cluster.service("web").getUpdateProgress().getSlots(0).getTaskId();
        var node = cluster.state().task(begun).orElseThrow().getNodeId();
        cluster.availability(node, Availability.AVAILABILITY_DRAIN);
        cluster.run(Web.LONG);
        assertThat(web.status()).isEqualTo(UpdateStatus.State.COMPLETED);
        assertThat(web.images()).containsExactly("v2", "v2");
    }
}
