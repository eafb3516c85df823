package dev.muster.manager.dispatcher;

import static dev.muster.manager.dispatcher.Cluster3.FRONT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.AssignmentsMessage;
import dev.muster.api.ChangeSet;
import dev.muster.api.ClusterSpec;
import dev.muster.api.Kind;
import dev.muster.api.NodeState;
import dev.muster.api.NodeStatus;
import dev.muster.api.TaskState;
import dev.muster.api.Timestamps;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Sessions and heartbeats of one leadership, on a clock that stands. */
class DispatcherTest {
    private static final Duration PERIOD = Duration.ofSeconds(5);

    private final DispatcherFixture fixture = new DispatcherFixture();
    private final Cluster3 cluster = fixture.cluster;
    private final Dispatcher dispatcher = fixture.dispatcher;

    @Test
    void registeringMakesANodeReadyAndTellsItAboutItself() {
        cluster.node("node3", node -> node.clearStatus().clearDescription());

        var agent = fixture.agent("node3");

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
        var agent = fixture.agent("node1");
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
    void anAgentThatReturnsGetsTheWholeAgainWithGreaterGenerations() {
        var before = fixture.agent("node1");
        cluster.task("web2", task -> task.setStatus(Cluster3.status(TaskState.TASK_FAILED)));
        dispatcher.passUpdates();

        var after = fixture.agent("node1");

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
        var silent = fixture.agent("node1");
        var alive = fixture.agent("node2");
        for (int period = 0; period < 2; period++) {
            fixture.pass(PERIOD);
            dispatcher.heartbeat("node2", alive.session.id());
        }
        fixture.pass(PERIOD.minusNanos(1));
        assertThat(status("node1").getState()).isEqualTo(NodeState.NODE_READY);

        fixture.pass(Duration.ofNanos(1));

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

        fixture.agent("node1");
        assertThat(status("node1").getState()).isEqualTo(NodeState.NODE_READY);
        assertThat(status("node1").getMessage()).isEmpty();
    }

    @Test
    void heartbeatsAreAnsweredWithTheSpreadPeriodOfTheCluster() {
        var agent = fixture.agent("node1");
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
        var next = fixture.dispatcher(cluster.log);
        next.register(
                "node1", "192.168.0.1", DispatcherFixture.request("node1"), new LatestOutlet<>(new FakeStream<>()));
        next.markUnheard();

        assertThat(status("node1").getState()).isEqualTo(NodeState.NODE_READY);
        assertThat(status("node2").getState()).isEqualTo(NodeState.NODE_UNKNOWN);
        assertThat(status("node2").getMessage())
                .isEqualTo("Node moved to \"unknown\" state due to leadership change in cluster");
        assertThat(status("node3").getMessage()).as("down stays down").isEqualTo("gone");

        fixture.nanos.addAndGet(PERIOD.multipliedBy(6).toNanos() - 1);
        next.passHeartbeats();
        assertThat(status("node2").getState()).isEqualTo(NodeState.NODE_UNKNOWN);
        fixture.nanos.addAndGet(1);
        next.passHeartbeats();
        assertThat(status("node2").getState()).isEqualTo(NodeState.NODE_DOWN);
        assertThat(status("node2").getMessage()).isEqualTo("heartbeat failure for node in \"unknown\" state");
    }

    @Test
    void whoRegistersWhileBeingWrittenOffIsReady() {
        fixture.agent("node1");
        var next = new AtomicReference<Dispatcher>();
        next.set(fixture.dispatcher(new Proposer() {
            private boolean registering;

            @Override
            public List<ProposalResult> propose(List<ChangeSet> changeSets) {
                // What is proposed here is decided on, and not in the log yet.
                if (!registering) {
                    registering = true;
                    next.get()
                            .register(
                                    "node1",
                                    "192.168.0.1",
                                    DispatcherFixture.request("node1"),
                                    new LatestOutlet<>(new FakeStream<>()));
                }
                return cluster.log.propose(changeSets);
            }

            @Override
            public ClusterState read() {
                return cluster.log.read();
            }
        }));

        next.get().markUnheard();

        assertThat(status("node1").getState()).isEqualTo(NodeState.NODE_READY);
        assertThat(status("node2").getState()).isEqualTo(NodeState.NODE_UNKNOWN);
    }

    @Test
    void aRemovedNodeIsToldSo() {
        var agent = fixture.agent("node3");
        cluster.delete(Kind.KIND_NODE, "node3");
        dispatcher.passUpdates();

        assertThat(code(agent.stream.failure)).isEqualTo(Status.Code.NOT_FOUND);
        assertThatThrownBy(() -> fixture.agent("node3"))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
    }

    @Test
    void aNodeThatRegistersAllTheTimeIsSlowedDown() {
        for (int i = 0; i < 3; i++) {
            fixture.agent("node1");
        }
        assertThatThrownBy(() -> fixture.agent("node1")).hasMessageContaining("registers too often");
        fixture.agent("node2");

        fixture.nanos.addAndGet(Duration.ofSeconds(8).toNanos());
        fixture.agent("node1");
    }

    @Test
    void theEndOfALeadershipSendsAgentsToTheNextLeader() {
        var agent = fixture.agent("node1");

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

    private NodeStatus status(String nodeId) {
        return cluster.state().node(nodeId).orElseThrow().getStatus();
    }

    private static Status.Code code(Throwable failure) {
        return Status.fromThrowable(failure).getCode();
    }
}
