package dev.muster.worker.task;

import static dev.muster.api.TaskState.TASK_ACCEPTED;
import static dev.muster.api.TaskState.TASK_COMPLETE;
import static dev.muster.api.TaskState.TASK_FAILED;
import static dev.muster.api.TaskState.TASK_PREPARING;
import static dev.muster.api.TaskState.TASK_READY;
import static dev.muster.api.TaskState.TASK_REJECTED;
import static dev.muster.api.TaskState.TASK_REMOVE;
import static dev.muster.api.TaskState.TASK_RUNNING;
import static dev.muster.api.TaskState.TASK_SHUTDOWN;
import static dev.muster.api.TaskState.TASK_STARTING;
import static dev.muster.worker.task.TaskLab.await;
import static dev.muster.worker.task.TaskLab.container;
import static dev.muster.worker.task.TaskLab.desired;
import static dev.muster.worker.task.TaskLab.id;
import static dev.muster.worker.task.TaskLab.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Durations;
import dev.muster.api.EndpointSpec;
import dev.muster.api.HealthConfig;
import dev.muster.api.Mount;
import dev.muster.api.PortConfig;
import dev.muster.api.PublishMode;
import dev.muster.worker.image.ImageFailure;
import dev.muster.worker.runtime.ExecResult;
import dev.muster.worker.runtime.RuntimeFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Controllers at work on a fake runtime. */
class TaskRosterTest {
    private static final String CONTAINER_1 = TaskNames.containerId(id(1));

    @TempDir
    Path directory;

    private TaskLab lab;
    private TaskLab.Reports reports;
    private TaskRoster roster;

    @BeforeEach
    void open() {
        lab = new TaskLab(directory).withNetworks();
        begin();
    }

    private void begin() {
        reports = new TaskLab.Reports();
        roster = new TaskRoster(lab.services, reports);
    }

    @AfterEach
    void close() {
        roster.close();
        lab.close();
    }

    private void awaitState(int number, dev.muster.api.TaskState state) {
        await(
                "task " + number + " " + state + ", not " + reports.last(id(number)),
                () -> reports.last(id(number)).getState() == state);
    }

    @Test
    void bringsATaskToRunningThroughEveryState() {
        roster.assign(task(1, TASK_RUNNING, container().build()));

        awaitState(1, TASK_RUNNING);
        assertThat(reports.states(id(1)))
                .containsExactly(TASK_ACCEPTED, TASK_PREPARING, TASK_READY, TASK_STARTING, TASK_RUNNING);
        assertThat(reports.all.stream().map(entry -> entry.getValue().getMessage()))
                .containsExactly("accepted", "preparing", "prepared", "starting", "started");
        var status = reports.last(id(1));
        assertThat(status.getContainer().getContainerId())
                .isEqualTo(CONTAINER_1)
                .hasSize(64);
        assertThat(status.getContainer().getPid()).isPositive();
        assertThat(lab.journal.statuses()).containsEntry(id(1), status);
    }

    @Test
    void waitsPreparedUntilItMayRun() {
        var prepared = task(1, TASK_READY, container().build());
        roster.assign(prepared);
        awaitState(1, TASK_READY);
        assertThat(lab.runtime.calls()).containsExactly("create " + CONTAINER_1);

        roster.assign(desired(prepared, TASK_RUNNING));

        awaitState(1, TASK_RUNNING);
    }

    @Test
    void namesAndLabelsTheContainerAsSwarmDoes() {
        roster.assign(task(
                1,
                TASK_RUNNING,
                container()
                        .putLabels("mine", "1")
                        .putLabels("com.docker.swarm.task.id", "forged")
                        .build()));
        awaitState(1, TASK_RUNNING);

        var plan = lab.runtime.plan(CONTAINER_1);
        assertThat(plan.labels())
                .containsEntry("mine", "1")
                .containsEntry("com.docker.swarm.task.id", id(1))
                .containsEntry("com.docker.swarm.task.name", "web.1." + id(1))
                .containsEntry("com.docker.swarm.service.id", "service1")
                .containsEntry("com.docker.swarm.service.name", "web")
                .containsEntry("com.docker.swarm.node.id", "node1")
                .containsEntry("com.docker.swarm.task", "");
        assertThat(plan.hostname()).isEqualTo(CONTAINER_1.substring(0, 12));
    }

    @Test
    void stopsWithTheSignalOfTheSpecAndRemovesTheContainer() {
        var task = task(1, TASK_RUNNING, container().setStopSignal("SIGINT").build());
        roster.assign(task);
        awaitState(1, TASK_RUNNING);

        roster.assign(desired(task, TASK_SHUTDOWN));

        awaitState(1, TASK_SHUTDOWN);
        await("removed", () -> lab.runtime.find(CONTAINER_1).isEmpty());
        await("detached", () -> lab.network.attached().isEmpty());
        assertThat(lab.runtime.calls()).contains("kill " + CONTAINER_1 + " 2");
        assertThat(lab.runtime.calls()).doesNotContain("kill " + CONTAINER_1 + " 9");
        var status = reports.last(id(1));
        assertThat(status.getMessage()).isEqualTo("shutdown");
        assertThat(status.getErr()).isEmpty();
        assertThat(status.getContainer().getExitCode()).isEqualTo(130);
        assertThat(lab.logs.has(CONTAINER_1))
                .as("log stays until the task is gone")
                .isTrue();
    }

    @Test
    void killsWhatDoesNotStopWithinTheGracePeriod() {
        var task = task(
                1,
                TASK_RUNNING,
                container()
                        .addCommand("deaf")
                        .setStopGracePeriod(Durations.of(Duration.ofMillis(50)))
                        .build());
        roster.assign(task);
        awaitState(1, TASK_RUNNING);

        roster.assign(desired(task, TASK_REMOVE));

        awaitState(1, TASK_SHUTDOWN);
        assertThat(lab.runtime.calls()).contains("kill " + CONTAINER_1 + " 15", "kill " + CONTAINER_1 + " 9");
    }

    @Test
    void reportsHowAContainerEnded() {
        roster.assign(task(1, TASK_RUNNING, container().addCommand("true").build()));
        roster.assign(task(2, TASK_RUNNING, container().addCommand("false").build()));
        roster.assign(task(3, TASK_RUNNING, container().build()));
        awaitState(3, TASK_RUNNING);
        lab.runtime.end(TaskNames.containerId(id(3)), 137, true);

        awaitState(1, TASK_COMPLETE);
        awaitState(2, TASK_FAILED);
        awaitState(3, TASK_FAILED);
        assertThat(reports.last(id(1)).getMessage()).isEqualTo("finished");
        assertThat(reports.last(id(2)).getErr()).isEqualTo("task: non-zero exit (1)");
        assertThat(reports.last(id(2)).getContainer().getExitCode()).isEqualTo(1);
        assertThat(reports.last(id(3)).getErr()).isEqualTo("task: non-zero exit (137): out of memory");
        assertThat(reports.last(id(3)).getContainer().getOomKilled()).isTrue();
    }

    @Test
    void rejectsATaskWhoseImageDoesNotExist() {
        roster.assign(
                task(1, TASK_RUNNING, container().setImage("nothing/here:1").build()));

        awaitState(1, TASK_REJECTED);
        assertThat(reports.last(id(1)).getErr()).isEqualTo("No such image: docker.io/nothing/here:1");
        assertThat(reports.last(id(1)).getMessage()).isEqualTo("preparing");
        await("nothing left", () -> lab.network.attached().isEmpty());
    }

    @Test
    void triesAgainWhatMayPassAndSaysWhatHindersIt() {
        lab.images.fail(TaskLab.IMAGE, new ImageFailure(ImageFailure.Kind.UNREACHABLE, "registry does not answer"));
        roster.assign(task(1, TASK_RUNNING, container().build()));
        await("hindrance", () -> reports.last(id(1)).getErr().equals("registry does not answer"));
        assertThat(reports.last(id(1)).getState()).isEqualTo(TASK_PREPARING);

        lab.images.heal(TaskLab.IMAGE);

        awaitState(1, TASK_RUNNING);
        assertThat(reports.last(id(1)).getErr()).isEmpty();
    }

    @Test
    void aFailureToStartIsAFailureOfTheTask() {
        lab.runtime.failNext("start", new RuntimeFailure(RuntimeFailure.Kind.INTERNAL, "runc broke"));

        roster.assign(task(1, TASK_RUNNING, container().build()));

        awaitState(1, TASK_FAILED);
        assertThat(reports.last(id(1)).getErr()).isEqualTo("runc broke");
        await("removed", () -> lab.runtime.find(CONTAINER_1).isEmpty());
    }

    @Test
    void breaksOffAPullWhenTheTaskIsToStop() throws Exception {
        var task = task(1, TASK_RUNNING, container().setImage("x/hangs:1").build());
        roster.assign(task);
        lab.images.hanging.await();

        roster.assign(desired(task, TASK_SHUTDOWN));

        awaitState(1, TASK_SHUTDOWN);
        assertThat(lab.runtime.calls()).noneMatch(call -> call.startsWith("create"));
    }

    @Test
    void startsOnlyWhenHealthyAndFailsWhenUnhealthy() {
        var answers = new AtomicInteger(1);
        lab.runtime.answerCommands((container, plan) -> new ExecResult.Ended(answers.get(), "checked"));
        var check = HealthConfig.newBuilder()
                .addTest("CMD")
                .addTest("check")
                .setInterval(Durations.of(Duration.ofMillis(20)))
                .setRetries(3)
                .setStartPeriod(Durations.of(Duration.ofMinutes(1)))
                .setStartInterval(Durations.of(Duration.ofMillis(20)));
        roster.assign(task(1, TASK_RUNNING, container().setHealthcheck(check).build()));
        await(
                "checked",
                () -> lab.runtime.calls().stream()
                                .filter(call -> call.startsWith("exec"))
                                .count()
                        > 3);
        assertThat(reports.last(id(1)).getState()).isEqualTo(TASK_STARTING);

        answers.set(0);
        awaitState(1, TASK_RUNNING);
        answers.set(1);

        awaitState(1, TASK_FAILED);
        assertThat(reports.last(id(1)).getErr())
                .isEqualTo("task: non-zero exit (143): dockerexec: unhealthy container");
        assertThat(lab.runtime.calls()).contains("kill " + CONTAINER_1 + " 15");
    }

    @Test
    void erasesEverythingOfATaskThatIsGone() {
        var mount = Mount.newBuilder().setType(Mount.Type.VOLUME).setTarget("/scratch");
        var named =
                Mount.newBuilder().setType(Mount.Type.VOLUME).setSource("kept").setTarget("/data");
        roster.assign(task(
                1, TASK_RUNNING, container().addMounts(mount).addMounts(named).build()));
        awaitState(1, TASK_RUNNING);
        assertThat(lab.volumes.list()).hasSize(2);

        roster.withdraw(id(1));

        await("erased", () -> reports.erased.contains(id(1)));
        assertThat(lab.runtime.list()).isEmpty();
        assertThat(lab.network.attached()).isEmpty();
        assertThat(lab.logs.has(CONTAINER_1)).isFalse();
        assertThat(lab.directories.tasks()).isEmpty();
        assertThat(lab.journal.statuses()).isEmpty();
        assertThat(lab.volumes.list())
                .singleElement()
                .satisfies(volume -> assertThat(volume.name()).isEqualTo("kept"));
        assertThat(roster.ids()).isEmpty();
    }

    @Test
    void reportsHostPortsAndFreesThemBeforeTheEndIsReported() {
        var plain = task(1, TASK_RUNNING, container().build());
        var port = PortConfig.newBuilder()
                .setTargetPort(80)
                .setPublishMode(PublishMode.PUBLISH_HOST)
                .build();
        var revision = plain.revision().orElseThrow().toBuilder()
                .setEndpoint(EndpointSpec.newBuilder().addPorts(port))
                .build();
        var task = new AssignedTask(
                plain.task(),
                java.util.Optional.of(revision),
                plain.secrets(),
                plain.configs(),
                plain.networks(),
                plain.defaultLogDriver());
        roster.assign(task);
        awaitState(1, TASK_RUNNING);
        assertThat(reports.last(id(1)).getHostPortsList())
                .isEqualTo(List.of(port.toBuilder().setPublishedPort(32768).build()));

        roster.assign(desired(task, TASK_SHUTDOWN));

        await("reported", () -> reports.last(id(1)).getState() == TASK_SHUTDOWN);
        assertThat(lab.network.attached()).isEmpty();
    }

    @Test
    void startsManyTasksAtOnce() {
        for (int i = 1; i <= 100; i++) {
            roster.assign(task(i, TASK_RUNNING, container().build()));
        }
        for (int i = 1; i <= 100; i++) {
            awaitState(i, TASK_RUNNING);
        }
        assertThat(lab.runtime.list()).hasSize(100);
    }
}
