package dev.muster.worker.task;

import static dev.muster.api.TaskState.TASK_COMPLETE;
import static dev.muster.api.TaskState.TASK_FAILED;
import static dev.muster.api.TaskState.TASK_READY;
import static dev.muster.api.TaskState.TASK_RUNNING;
import static dev.muster.api.TaskState.TASK_SHUTDOWN;
import static dev.muster.worker.task.TaskLab.await;
import static dev.muster.worker.task.TaskLab.container;
import static dev.muster.worker.task.TaskLab.desired;
import static dev.muster.worker.task.TaskLab.id;
import static dev.muster.worker.task.TaskLab.task;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a new process makes of the tasks that an earlier one left. */
class TaskRestartTest {
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

    private void restart() {
        roster.close();
        lab = lab.restarted(directory).withNetworks();
        begin();
    }

    private void awaitState(int number, dev.muster.api.TaskState state) {
        await(
                "task " + number + " " + state + ", not " + reports.last(id(number)),
                () -> reports.last(id(number)).getState() == state);
    }

    @Test
    void adoptsARunningContainerWithoutTouchingIt() {
        var task = task(1, TASK_RUNNING, container().build());
        roster.assign(task);
        awaitState(1, TASK_RUNNING);
        restart();

        roster.assign(task);
        await("adopted", () -> roster.status(id(1)).isPresent());
        lab.runtime.end(CONTAINER_1, 3, false);

        awaitState(1, TASK_FAILED);
        assertThat(reports.states(id(1))).containsExactly(TASK_FAILED);
        assertThat(lab.runtime.calls()).containsExactly("delete " + CONTAINER_1);
    }

    @Test
    void reportsAnEndThatCameWhileNobodyWatched() {
        var task = task(1, TASK_RUNNING, container().build());
        roster.assign(task);
        awaitState(1, TASK_RUNNING);
        roster.close();
        lab.runtime.end(CONTAINER_1, 7, false);
        restart();

        roster.assign(task);

        awaitState(1, TASK_FAILED);
        assertThat(reports.last(id(1)).getErr()).isEqualTo("task: non-zero exit (7)");
    }

    @Test
    void aContainerThatEndedWhileItWasBeingStoppedIsShutDown() {
        var task = task(1, TASK_RUNNING, container().build());
        roster.assign(task);
        awaitState(1, TASK_RUNNING);
        roster.close();
        lab.runtime.end(CONTAINER_1, 143, false);
        restart();

        roster.assign(desired(task, TASK_SHUTDOWN));

        awaitState(1, TASK_SHUTDOWN);
        assertThat(reports.last(id(1)).getContainer().getExitCode()).isEqualTo(143);
    }

    @Test
    void aContainerThatVanishedIsAFailure() {
        var task = task(1, TASK_RUNNING, container().build());
        roster.assign(task);
        awaitState(1, TASK_RUNNING);
        roster.close();
        lab.runtime.delete(CONTAINER_1);
        restart();

        roster.assign(task);

        awaitState(1, TASK_FAILED);
        assertThat(reports.last(id(1)).getErr()).startsWith("task: non-zero exit (255): nobody saw the container end");
    }

    @Test
    void neverRunsAnEndedTaskAgainAfterARestart() {
        var task = task(1, TASK_RUNNING, container().addCommand("true").build());
        roster.assign(task);
        awaitState(1, TASK_COMPLETE);
        await("removed", () -> lab.runtime.find(CONTAINER_1).isEmpty());
        restart();

        roster.assign(task);
        await("released", () -> lab.runtime.calls().contains("delete " + CONTAINER_1));

        assertThat(roster.status(id(1)).orElseThrow().getState()).isEqualTo(TASK_COMPLETE);
        assertThat(lab.runtime.calls()).noneMatch(call -> call.startsWith("create"));
        assertThat(reports.all).isEmpty();
    }

    @Test
    void goesOnWithAPreparedContainerAfterARestart() {
        var task = task(1, TASK_READY, container().build());
        roster.assign(task);
        awaitState(1, TASK_READY);
        restart();

        roster.assign(desired(task, TASK_RUNNING));

        awaitState(1, TASK_RUNNING);
        assertThat(lab.runtime.calls()).containsExactly("start " + CONTAINER_1);
    }

    @Test
    void removesWhatBelongsToNobody() throws Exception {
        roster.assign(task(1, TASK_RUNNING, container().build()));
        roster.assign(task(2, TASK_RUNNING, container().build()));
        awaitState(1, TASK_RUNNING);
        awaitState(2, TASK_RUNNING);
        restart();
        roster.assign(task(2, TASK_RUNNING, container().build()));

        assertThat(roster.removeStrangers()).isEmpty();

        assertThat(lab.runtime.list())
                .singleElement()
                .satisfies(left -> assertThat(left.id()).isEqualTo(TaskNames.containerId(id(2))));
        assertThat(lab.network.attached()).containsOnlyKeys(id(2));
        assertThat(lab.directories.tasks()).containsExactly(id(2));
        assertThat(lab.journal.statuses()).containsOnlyKeys(id(2));
    }
}
