package dev.muster.manager.dispatcher;

import static dev.muster.manager.dispatcher.Cluster3.FRONT;
import static dev.muster.manager.dispatcher.Cluster3.INGRESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.Assignment;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.ChangeSet;
import dev.muster.api.ClusterSpec;
import dev.muster.api.Generation;
import dev.muster.api.Kind;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeState;
import dev.muster.api.NodeStatus;
import dev.muster.api.SessionMessage;
import dev.muster.api.SessionRequest;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.api.Timestamps;
import dev.muster.api.UpdateTaskStatusRequest;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The dispatcher of one leadership, in one thread with a clock that stands. */
class DispatcherTest {
    private static final Duration PERIOD = Duration.ofSeconds(5);

    private final Cluster3 cluster = new Cluster3();
    private final AtomicLong nanos = new AtomicLong(1);
    private final Dispatcher dispatcher = dispatcher(cluster.log);

    /** An agent that applies what it is sent and acknowledges when told to. */
    private final class FakeAgent {
        final String nodeId;
        final FakeStream<SessionMessage> stream = new FakeStream<>();
        final AgentSession session;
        final AssignmentFeed feed;
        SortedMap<ItemKey, Assignment> has = new TreeMap<>();
        List<AssignmentsMessage> last = List.of();
        Generation generation = Generation.getDefaultInstance();

        FakeAgent(String nodeId) {
            this.nodeId = nodeId;
            session = dispatcher.register(
                    nodeId, "192.168.0." + nodeId.substring(4), description(nodeId), new LatestOutlet<>(stream));
            dispatcher.passUpdates();
            feed = dispatcher.openFeed(session);
            take();
            acknowledge();
        }

        void take() {
            dispatcher.passUpdates();
            last = feed.poll();
            has = Cluster3.apply(has, last);
            if (!last.isEmpty()) {
                generation = last.getLast().getGeneration();
            }
        }

        void acknowledge() {
            dispatcher.acknowledge(feed, generation);
        }

        TaskState desired(String taskId) {
            return has.get(ItemKey.task(taskId)).getTask().getDesiredState();
        }

        boolean serving(String network, String taskId) {
            return has.get(ItemKey.endpoint(network, taskId)).getEndpoint().getServing();
        }
    }

    @Test
    void registeringMakesANodeReadyAndTellsItAboutItself() {
        cluster.node("node3", node -> node.clearStatus().clearDescription());

        var agent = new FakeAgent("node3");

        var node = cluster.state().node("node3").orElseThrow();
        assertThat(node.getStatus())
                .isEqualTo(NodeStatus.newBuilder()
                        .setState(NodeState.NODE_READY)
                        .setAddress("192.168.0.3")
                        .setSince(Timestamps.of(Cluster3.NOW))
                        .build());
        assertThat(node.getDescription().getHostname()).isEqualTo("registered-node3");
        var told = agent.stream.sent.getLast();
        assertThat(told.getSessionId()).isEqualTo(agent.session.id()).hasSize(25);
        assertThat(told.getNode().getStatus()).isEqualTo(node.getStatus());
        assertThat(told.getHeartbeatPeriod().getSeconds()).isEqualTo(5);
        assertThat(told.getDataPathPort()).isEqualTo(4789);
        assertThat(told.getRootCaPem().toStringUtf8()).isEqualTo("pem");
    }

    @Test
    void theSessionTellsOfChangesButNotOfTheSameAgain() {
        var agent = new FakeAgent("node1");
        int before = agent.stream.sent.size();

        cluster.node(
                "node1", node -> node.getSpecBuilder().getAnnotationsBuilder().putLabels("zone", "a"));
        cluster.node("node1", node -> node.addAttachments(Cluster3.attachment(Cluster3.BACK, "10.0.2.11/24")));
        dispatcher.passUpdates();
        dispatcher.passUpdates();
        cluster.node("node1", node -> node.removeAttachments(2));
        dispatcher.passUpdates();

        assertThat(agent.stream.sent).hasSize(before + 1);
        assertThat(agent.stream
                        .sent
                        .getLast()
                        .getNode()
                        .getSpec()
                        .getAnnotations()
                        .getLabelsMap())
                .containsEntry("zone", "a");
    }

    @Test
    void aTaskStopsWhenEveryNodeHasStoppedSendingToIt() {
        var own = new FakeAgent("node1");
        var other = new FakeAgent("node2");
        var ingressOnly = new FakeAgent("node3");

        cluster.task("web1", task -> task.setDesiredState(TaskState.TASK_SHUTDOWN));
        own.take();
        other.take();
        ingressOnly.take();

        assertThat(own.serving(FRONT, "web1")).isFalse();
        assertThat(other.serving(FRONT, "web1")).isFalse();
        assertThat(ingressOnly.serving(INGRESS, "web1")).isFalse();
        assertThat(own.desired("web1")).as("nobody has confirmed").isEqualTo(TaskState.TASK_RUNNING);

        own.acknowledge();
        other.acknowledge();
        own.take();
        assertThat(own.desired("web1")).as("one routes to it still").isEqualTo(TaskState.TASK_RUNNING);

        ingressOnly.acknowledge();
        own.take();
        assertThat(own.desired("web1")).isEqualTo(TaskState.TASK_SHUTDOWN);
        assertThat(own.last).hasSize(1);
        assertThat(own.last.getFirst().getChangesList()).hasSize(1);
    }

    @Test
    void aNodeThatDoesNotConfirmHoldsAStopUpForABoundedTime() {
        var own = new FakeAgent("node1");
        var hanging = new FakeAgent("node2");
        cluster.task("web1", task -> task.setDesiredState(TaskState.TASK_SHUTDOWN));
        own.take();
        own.acknowledge();

        pass(StopOrder.BOUND.minusMillis(1));
        own.take();
        assertThat(own.desired("web1")).isEqualTo(TaskState.TASK_RUNNING);

        pass(Duration.ofMillis(1));
        own.take();
        assertThat(own.desired("web1")).isEqualTo(TaskState.TASK_SHUTDOWN);
        assertThat(hanging.serving(FRONT, "web1")).as("it never took it").isTrue();
    }

    @Test
    void aStopThatWaitsDelaysNothingElseOfItsNode() {
        var own = new FakeAgent("node2");
        var hanging = new FakeAgent("node1");
        cluster.task("web2", task -> task.setDesiredState(TaskState.TASK_SHUTDOWN));
        cluster.create(Cluster3.webTask("web3", 3, "node2").toBuilder()
                .setDesiredState(TaskState.TASK_READY)
                .setStatus(Cluster3.status(TaskState.TASK_ASSIGNED))
                .build());
        own.take();
        assertThat(own.desired("web2")).isEqualTo(TaskState.TASK_RUNNING);
        assertThat(own.desired("web3")).isEqualTo(TaskState.TASK_READY);

        cluster.task("web3", task -> task.setDesiredState(TaskState.TASK_RUNNING));
        own.take();
        assertThat(own.desired("web3")).isEqualTo(TaskState.TASK_RUNNING);
        assertThat(own.desired("web2")).isEqualTo(TaskState.TASK_RUNNING);
        assertThat(hanging.feed.confirmed(cluster.state().version())).isFalse();
    }

    @Test
    void tasksOfOneChangeWaitSideBySide() {
        var one = new FakeAgent("node1");
        var two = new FakeAgent("node2");
        cluster.propose(Cluster3.changes().update(stopping("web1")).update(stopping("web2")));
        one.take();
        two.take();
        one.acknowledge();
        two.acknowledge();
        one.take();
        two.take();

        assertThat(one.desired("web1")).isEqualTo(TaskState.TASK_SHUTDOWN);
        assertThat(two.desired("web2")).isEqualTo(TaskState.TASK_SHUTDOWN);
    }

    @Test
    void aNodeThatHasGoneIsNotWaitedFor() {
        var own = new FakeAgent("node1");
        var other = new FakeAgent("node2");
        other.feed.close();
        cluster.task("web1", task -> task.setDesiredState(TaskState.TASK_SHUTDOWN));
        own.take();
        own.acknowledge();
        own.take();

        assertThat(own.desired("web1")).isEqualTo(TaskState.TASK_SHUTDOWN);
    }

    @Test
    void whatDoesNotServeStopsAtOnce() {
        cluster.create(Cluster3.webTask("web3", 3, "node1").toBuilder()
                .setStatus(Cluster3.status(TaskState.TASK_STARTING))
                .build());
        var own = new FakeAgent("node1");
        var unused = new FakeAgent("node2");
        cluster.task("web3", task -> task.setDesiredState(TaskState.TASK_SHUTDOWN));
        own.take();

        assertThat(own.desired("web3")).isEqualTo(TaskState.TASK_SHUTDOWN);
    }

    @Test
    void anAgentThatReturnsGetsTheWholeAgainWithGreaterGenerations() {
        var before = new FakeAgent("node1");
        cluster.task("web2", task -> task.setStatus(Cluster3.status(TaskState.TASK_FAILED)));
        dispatcher.passUpdates();

        var after = new FakeAgent("node1");

        assertThat(after.last).hasSize(1);
        assertThat(after.last.getFirst().getType()).isEqualTo(AssignmentsMessage.Type.COMPLETE);
        assertThat(after.has).isEqualTo(AssignmentSets.of(cluster.state(), "node1"));
        assertThat(after.generation.getNumber()).isGreaterThan(before.generation.getNumber());
        assertThat(code(before.stream.failure)).isEqualTo(Status.Code.ABORTED);
        assertThat(before.feed.poll()).isEmpty();
        assertThatThrownBy(() -> dispatcher.heartbeat("node1", before.session.id()))
                .hasMessageContaining("session " + before.session.id() + " is not known");
    }

    @Test
    void aSilentNodeIsDownAfterThreePeriods() {
        var silent = new FakeAgent("node1");
        var alive = new FakeAgent("node2");
        for (int period = 0; period < 2; period++) {
            pass(PERIOD);
            dispatcher.heartbeat("node2", alive.session.id());
        }
        pass(PERIOD.minusNanos(1));
        assertThat(status("node1").getState()).isEqualTo(NodeState.NODE_READY);

        pass(Duration.ofNanos(1));

        assertThat(status("node1").getState()).isEqualTo(NodeState.NODE_DOWN);
        assertThat(status("node1").getMessage()).isEqualTo("heartbeat failure");
        assertThat(status("node2").getState()).isEqualTo(NodeState.NODE_READY);
        assertThat(code(silent.stream.failure)).isEqualTo(Status.Code.ABORTED);
        assertThatThrownBy(() -> dispatcher.heartbeat("node1", silent.session.id()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.ABORTED));
        alive.take();
        assertThat(alive.serving(FRONT, "web1"))
                .as("no clients for what is lost")
                .isFalse();

        new FakeAgent("node1");
        assertThat(status("node1").getState()).isEqualTo(NodeState.NODE_READY);
        assertThat(status("node1").getMessage()).isEmpty();
    }

    @Test
    void heartbeatsAreAnsweredWithTheSpreadPeriodOfTheCluster() {
        var agent = new FakeAgent("node1");
        cluster.update(cluster.state().cluster().orElseThrow().toBuilder()
                .setSpec(ClusterSpec.newBuilder()
                        .setHeartbeatPeriod(
                                com.google.protobuf.Duration.newBuilder().setSeconds(10)))
                .build());
        var periods = new ArrayList<Duration>();
        for (int i = 0; i < 100; i++) {
            periods.add(dispatcher.heartbeat("node1", agent.session.id()));
        }

        assertThat(periods).allMatch(period -> period.toMillis() >= 9000 && period.toMillis() <= 11000);
        assertThat(periods.stream().distinct().count()).isGreaterThan(50);
    }

    @Test
    void aNewLeaderHasHeardOfNoNodeAndWaitsTwiceAsLong() {
        cluster.node(
                "node3",
                node -> node.getStatusBuilder().setState(NodeState.NODE_DOWN).setMessage("gone"));
        var next = dispatcher(cluster.log);
        next.register("node1", "192.168.0.1", description("node1"), new LatestOutlet<>(new FakeStream<>()));
        next.markUnheard();

        assertThat(status("node1").getState()).isEqualTo(NodeState.NODE_READY);
        assertThat(status("node2").getState()).isEqualTo(NodeState.NODE_UNKNOWN);
        assertThat(status("node2").getMessage())
                .isEqualTo("Node moved to \"unknown\" state due to leadership change in cluster");
        assertThat(status("node3").getMessage()).as("down stays down").isEqualTo("gone");

        nanos.addAndGet(PERIOD.multipliedBy(6).toNanos() - 1);
        next.passHeartbeats();
        assertThat(status("node2").getState()).isEqualTo(NodeState.NODE_UNKNOWN);
        nanos.addAndGet(1);
        next.passHeartbeats();
        assertThat(status("node2").getState()).isEqualTo(NodeState.NODE_DOWN);
        assertThat(status("node2").getMessage()).isEqualTo("heartbeat failure for node in \"unknown\" state");
    }

    @Test
    void reportsMoveTasksForwardOnlyAndOnlyTheNodesOwn() {
        cluster.create(Cluster3.webTask("web3", 3, "node1").toBuilder()
                .setStatus(Cluster3.status(TaskState.TASK_ASSIGNED))
                .build());
        var agent = new FakeAgent("node1");

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

    @Test
    void reportsOfAnotherSessionAreRefused() {
        new FakeAgent("node1");

        assertThatThrownBy(() -> dispatcher.updateTasks(
                        "node1", "0123456789012345678901234", List.of(report("web1", TaskState.TASK_FAILED))))
                .isInstanceOf(StatusRuntimeException.class);
        assertThat(taskStatus("web1").getState()).isEqualTo(TaskState.TASK_RUNNING);
    }

    @Test
    void aRemovedNodeIsToldSo() {
        var agent = new FakeAgent("node3");
        cluster.delete(Kind.KIND_NODE, "node3");
        dispatcher.passUpdates();

        assertThat(code(agent.stream.failure)).isEqualTo(Status.Code.NOT_FOUND);
        assertThatThrownBy(() -> new FakeAgent("node3"))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
    }

    @Test
    void aNodeThatRegistersAllTheTimeIsSlowedDown() {
        for (int i = 0; i < 3; i++) {
            new FakeAgent("node1");
        }
        assertThatThrownBy(() -> new FakeAgent("node1")).hasMessageContaining("registers too often");
        new FakeAgent("node2");

        nanos.addAndGet(Duration.ofSeconds(8).toNanos());
        new FakeAgent("node1");
    }

    @Test
    void theEndOfALeadershipSendsAgentsToTheNextLeader() {
        var agent = new FakeAgent("node1");

        dispatcher.close();

        assertThat(code(agent.stream.failure)).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(Status.trailersFromThrowable(agent.stream.failure).get(DispatcherStatus.LEADER))
                .isEqualTo("10.9.9.9:2377");
        assertThat(agent.session.endOfStream().getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThatThrownBy(() -> dispatcher.heartbeat("node1", agent.session.id()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION));
    }

    private Dispatcher dispatcher(Proposer proposer) {
        return new Dispatcher(
                cluster.log.states(),
                proposer,
                2,
                () -> Cluster3.NOW,
                nanos::get,
                new SplittableRandom(4),
                () -> Optional.of("10.9.9.9:2377"));
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
        dispatcher.passHeartbeats();
        dispatcher.passUpdates();
    }

    private Task stopping(String taskId) {
        return cluster.state().task(taskId).orElseThrow().toBuilder()
                .setDesiredState(TaskState.TASK_SHUTDOWN)
                .build();
    }

    private NodeStatus status(String nodeId) {
        return cluster.state().node(nodeId).orElseThrow().getStatus();
    }

    private TaskStatus taskStatus(String taskId) {
        return cluster.state().task(taskId).orElseThrow().getStatus();
    }

    private static SessionRequest description(String nodeId) {
        return SessionRequest.newBuilder()
                .setDescription(NodeDescription.newBuilder().setHostname("registered-" + nodeId))
                .build();
    }

    private static UpdateTaskStatusRequest.Update report(String taskId, TaskState state) {
        return UpdateTaskStatusRequest.Update.newBuilder()
                .setTaskId(taskId)
                .setStatus(TaskStatus.newBuilder().setState(state).setMessage("as reported"))
                .build();
    }

    private static Status.Code code(Throwable failure) {
        return Status.fromThrowable(failure).getCode();
    }
}
