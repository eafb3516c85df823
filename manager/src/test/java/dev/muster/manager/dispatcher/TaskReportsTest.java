package dev.muster.manager.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.ChangeSet;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.api.Timestamps;
import dev.muster.api.UpdateTaskStatusRequest;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What agents report of their tasks. */
class TaskReportsTest {
    private final DispatcherFixture fixture = new DispatcherFixture();
    private final Cluster3 cluster = fixture.cluster;
    private final Dispatcher dispatcher = fixture.dispatcher;

    @Test
    void reportsMoveTasksForwardOnlyAndOnlyTheNodesOwn() {
        cluster.create(Cluster3.webTask("web3", 3, "node1").toBuilder()
                .setStatus(Cluster3.status(TaskState.TASK_ASSIGNED))
                .build());
        var agent = fixture.agent("node1");

        dispatcher.updateTasks(
                "node1",
                agent.session.id(),
                List.of(
                        report("web3", TaskState.TASK_PREPARING),
                        report("web3", TaskState.TASK_RUNNING),
                        report("web3", TaskState.TASK_STARTING),
                        report("web1", TaskState.TASK_PREPARING),
                        report("web2", TaskState.TASK_FAILED),
                        report("gone", TaskState.TASK_FAILED),
                        report("web1", TaskState.TASK_ORPHANED)));

        assertThat(taskStatus("web3"))
                .isEqualTo(TaskStatus.newBuilder()
                        .setState(TaskState.TASK_RUNNING)
                        .setMessage("as reported")
                        .setAppliedAt(Timestamps.of(Cluster3.NOW))
                        .build());
        assertThat(taskStatus("web1").getState()).as("never backwards").isEqualTo(TaskState.TASK_RUNNING);
        assertThat(taskStatus("web2").getState()).as("another node's").isEqualTo(TaskState.TASK_RUNNING);

        long version = cluster.state().version();
        dispatcher.updateTasks("node1", agent.session.id(), List.of(report("web3", TaskState.TASK_RUNNING)));
        assertThat(cluster.state().version())
                .as("the same again writes nothing")
                .isEqualTo(version);
    }

    @Test
    void aReportThatMeetsAnotherWriteIsTriedAgain() {
        var meddler = new AtomicLong();
        Proposer meddling = new Proposer() {
            @Override
            public List<ProposalResult> propose(List<ChangeSet> changeSets) {
                if (changeSets.getFirst().getOrigin().equals("dispatcher") && meddler.incrementAndGet() <= 2) {
                    cluster.task("web1", task -> task.getStatusBuilder().setMessage("meddled " + meddler.get()));
                }
                return cluster.log.propose(changeSets);
            }

            @Override
            public ClusterState read() {
                return cluster.log.read();
            }
        };
        var reports = new TaskReports(cluster.log.states(), meddling, () -> Cluster3.NOW);

        var failure = reports.record("node1", List.of(report("web1", TaskState.TASK_COMPLETE)));

        assertThat(failure).isEmpty();
        assertThat(meddler.get()).isEqualTo(3);
        assertThat(taskStatus("web1").getState()).isEqualTo(TaskState.TASK_COMPLETE);
    }

    /** A node that was cut off comes back and tells of a task that was replaced meanwhile, in its slot and under its name. */
    @Test
    void aLateReportDoesNotTouchTheReplacementInTheSameSlot() {
        cluster.task("web1", task -> task.setDesiredState(TaskState.TASK_SHUTDOWN));
        cluster.create(Cluster3.webTask("web1b", 1, "node2"));
        var replacement = cluster.state().task("web1b").orElseThrow();
        var agent = fixture.agent("node1");

        dispatcher.updateTasks("node1", agent.session.id(), List.of(report("web1", TaskState.TASK_FAILED)));
        dispatcher.updateTasks("node1", agent.session.id(), List.of(report("web1b", TaskState.TASK_FAILED)));

        assertThat(taskStatus("web1").getState()).isEqualTo(TaskState.TASK_FAILED);
        assertThat(cluster.state().task("web1b")).contains(replacement);
    }

    @Test
    void reportsOfAnotherSessionAreRefused() {
        fixture.agent("node1");

        assertThatThrownBy(() -> dispatcher.updateTasks(
                        "node1", "0123456789012345678901234", List.of(report("web1", TaskState.TASK_FAILED))))
                .isInstanceOf(StatusRuntimeException.class);
        assertThat(taskStatus("web1").getState()).isEqualTo(TaskState.TASK_RUNNING);
    }

    private TaskStatus taskStatus(String taskId) {
        return cluster.state().task(taskId).orElseThrow().getStatus();
    }

    private static UpdateTaskStatusRequest.Update report(String taskId, TaskState state) {
        return UpdateTaskStatusRequest.Update.newBuilder()
                .setTaskId(taskId)
                .setStatus(TaskStatus.newBuilder().setState(state).setMessage("as reported"))
                .build();
    }
}
