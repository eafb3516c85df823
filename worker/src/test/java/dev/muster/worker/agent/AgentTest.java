package dev.muster.worker.agent;

import static dev.muster.api.TaskState.TASK_RUNNING;
import static dev.muster.api.TaskState.TASK_SHUTDOWN;
import static dev.muster.worker.agent.AgentLab.awaitSession;
import static dev.muster.worker.agent.AgentLab.awaitState;
import static dev.muster.worker.agent.AgentLab.complete;
import static dev.muster.worker.agent.AgentLab.endpoint;
import static dev.muster.worker.agent.AgentLab.generation;
import static dev.muster.worker.agent.AgentLab.incremental;
import static dev.muster.worker.agent.AgentLab.network;
import static dev.muster.worker.agent.AgentLab.remove;
import static dev.muster.worker.agent.AgentLab.revision;
import static dev.muster.worker.agent.AgentLab.set;
import static dev.muster.worker.agent.AgentLab.task;
import static dev.muster.worker.agent.AgentLab.web;
import static dev.muster.worker.task.TaskLab.await;
import static dev.muster.worker.task.TaskLab.id;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Assignment;
import dev.muster.api.AssignmentChange;
import dev.muster.api.AssignmentKey;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.UpdateTaskStatusRequest;
import dev.muster.net.OverlayException;
import dev.muster.worker.task.TaskLab;
import dev.muster.worker.task.TaskNames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the agent does with assignments and reports, on real TLS connections and a fake runtime. */
class AgentTest {
    @TempDir
    Path directory;

    private AgentLab node;

    @BeforeEach
    void open() {
        node = new AgentLab(directory);
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void runsWhatTheManagerAssignsAndReportsIt() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);
        assertThat(manager.sessions.getFirst().getDescription()).isEqualTo(node.description);

        manager.assign(complete(1, 1, task(web(1)), revision(web(1))).build());

        awaitState(manager, 1, TASK_RUNNING);
        await("acknowledged", () -> manager.acknowledged.contains(generation(1, 1)));
        assertThat(node.heard.connections).containsExactly(true);
        await("heartbeats", () -> manager.heartbeats.get() >= 2);
    }

    @Test
    void actsOnlyOnWholeSets() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);

        manager.assign(complete(1, 1, task(web(1))).setMore(true).build());
        manager.assign(complete(1, 2, revision(web(1))).setMore(true).build());
        assertThat(node.agent.roster().ids()).isEmpty();
        manager.assign(complete(1, 3, task(web(2))).build());

        awaitState(manager, 1, TASK_RUNNING);
        awaitState(manager, 2, TASK_RUNNING);
        assertThat(manager.acknowledged).containsExactly(generation(1, 3));
    }

    @Test
    void changesAndRemovalsFollowTheWhole() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);
        manager.assign(
                complete(1, 1, task(web(1)), task(web(2)), revision(web(1))).build());
        awaitState(manager, 1, TASK_RUNNING);
        awaitState(manager, 2, TASK_RUNNING);

        manager.assign(
                incremental(1, 2, task(TaskLab.desired(web(1), TASK_SHUTDOWN)), remove(AssignmentKey.Type.TASK, id(2)))
                        .build());

        awaitState(manager, 1, TASK_SHUTDOWN);
        await("task 2 erased", () -> node.agent.roster().ids().equals(java.util.Set.of(id(1))));
        await("acknowledged", () -> manager.acknowledged.contains(generation(1, 2)));
    }

    @Test
    void acknowledgesOnlyWhenTheNetworksAreInForce() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);
        node.lab.network.refuse(Optional.of(OverlayException.temporary("nft is away")));

        manager.assign(complete(1, 1, network("net1"), endpoint("net1", "t9", true), task(web(1)), revision(web(1)))
                .build());
        awaitState(manager, 1, TASK_RUNNING);
        assertThat(manager.acknowledged).isEmpty();
        node.lab.network.refuse(Optional.empty());

        await("acknowledged", () -> manager.acknowledged.contains(generation(1, 1)));
        assertThat(node.lab.network.programmed().getLast().networks()).containsOnlyKeys("net1");
        assertThat(node.lab.network.programmed().getLast().endpoints())
                .singleElement()
                .satisfies(endpoint -> assertThat(endpoint.getServing()).isTrue());
    }

    @Test
    void losesNoStatusWhileTheManagerFailsOrIsGone() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);
        manager.failingStatusCalls.set(2);
        manager.assign(complete(1, 1, task(web(1)), revision(web(1))).build());
        await("second session", () -> manager.sessions.size() >= 3);
        awaitState(manager, 1, TASK_RUNNING);

        int port = manager.port();
        manager.close();
        await("connection lost", () -> !node.agent.connected());
        node.lab.runtime.end(TaskNames.containerId(id(1)), 4, false);
        await("failed", () -> node.agent.roster().status(id(1)).orElseThrow().getState() == TaskState.TASK_FAILED);
        var next = node.manager(port);

        awaitState(next, 1, TaskState.TASK_FAILED);
    }

    @Test
    void tellsAManagerThatKnowsLessWhatIsSo() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);
        manager.assign(complete(1, 1, task(web(1)), revision(web(1))).build());
        awaitState(manager, 1, TASK_RUNNING);

        manager.statuses.clear();
        manager.dropSession();
        awaitSession(manager);
        // It lost the reports: its task is still ASSIGNED.
        manager.assign(complete(2, 1, task(web(1)), revision(web(1))).build());

        awaitState(manager, 1, TASK_RUNNING);
    }

    @Test
    void sendsOneNewestStatusPerTaskWhileACallIsUnderWay() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);
        var changes = new ArrayList<AssignmentChange>();
        changes.add(revision(web(1)));
        for (int i = 1; i <= 40; i++) {
            changes.add(task(web(i)));
        }
        manager.assign(complete(1, 1, changes.toArray(AssignmentChange[]::new)).build());

        for (int i = 1; i <= 40; i++) {
            awaitState(manager, i, TASK_RUNNING);
        }
        assertThat(manager.statuses.stream().mapToInt(UpdateTaskStatusRequest::getUpdatesCount))
                .anyMatch(size -> size > 1);
        for (int i = 1; i <= 40; i++) {
            int number = i;
            var order = manager.statuses.stream()
                    .flatMap(request -> request.getUpdatesList().stream())
                    .filter(update -> update.getTaskId().equals(id(number)))
                    .map(update -> update.getStatus().getState().getNumber())
                    .toList();
            assertThat(order).isSorted();
        }
    }

    @Test
    void aRestartedAgentTakesUpContainersAndNetworksWithoutManagers() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);
        manager.assign(complete(1, 1, network("net1"), endpoint("net1", "t9", true), task(web(1)), revision(web(1)))
                .build());
        awaitState(manager, 1, TASK_RUNNING);
        await("acknowledged", () -> !manager.acknowledged.isEmpty());
        node.agent.close();
        manager.close();
        int programs = node.lab.network.programmed().size();
        node.restart();

        assertThat(node.lab.network.programmed()).hasSize(programs + 1);
        assertThat(node.lab.network.programmed().getLast().endpoints()).hasSize(1);
        node.lab.runtime.end(TaskNames.containerId(id(1)), 9, false);
        await("watched", () -> node.agent.roster().status(id(1)).orElseThrow().getState() == TaskState.TASK_FAILED);
        var next = node.manager();
        node.connect(next.address());
        awaitState(next, 1, TaskState.TASK_FAILED);
    }

    @Test
    void removesContainersThatTheManagersDoNotKnow() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);
        manager.assign(
                complete(1, 1, task(web(1)), task(web(2)), revision(web(1))).build());
        awaitState(manager, 1, TASK_RUNNING);
        awaitState(manager, 2, TASK_RUNNING);
        node.agent.close();
        manager.dropSession();
        node.lab.journal.clear();
        node.restart();
        node.connect(manager.address());
        awaitSession(manager);
        assertThat(node.lab.runtime.list())
                .as("nothing is removed before managers speak")
                .hasSize(2);

        manager.assign(complete(1, 2, task(web(2)), revision(web(1))).build());

        await("stranger removed", () -> node.lab.runtime.list().size() == 1);
        awaitState(manager, 2, TASK_RUNNING);
        assertThat(node.lab.runtime.calls()).noneMatch(call -> call.startsWith("create"));
    }

    @Test
    void neverStartsATaskThatEndedForTheManagers() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);
        var ended = web(1).task().toBuilder();
        ended.getStatusBuilder().setState(TaskState.TASK_FAILED);
        Task task = ended.build();

        manager.assign(complete(1, 1, set(Assignment.newBuilder().setTask(task)), revision(web(1)))
                .build());

        await("acknowledged", () -> manager.acknowledged.contains(generation(1, 1)));
        await("released", () -> node.lab.runtime.calls().stream().anyMatch(call -> call.startsWith("delete")));
        assertThat(node.lab.runtime.calls()).noneMatch(call -> call.startsWith("create"));
        assertThat(manager.statuses).isEmpty();
    }
}
