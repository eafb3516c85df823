package dev.muster.manager.dispatcher;

import static dev.muster.manager.dispatcher.Cluster3.FRONT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.muster.api.Assignment;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.AssignmentsRequest;
import dev.muster.api.ConfigSpec;
import dev.muster.api.DispatcherGrpc;
import dev.muster.api.Generation;
import dev.muster.api.HeartbeatRequest;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeRole;
import dev.muster.api.NodeState;
import dev.muster.api.SessionMessage;
import dev.muster.api.SessionRequest;
import dev.muster.api.TaskState;
import dev.muster.api.UpdateNodeDescriptionRequest;
import dev.muster.api.UpdateTaskStatusRequest;
import dev.muster.manager.loop.LeaderTerm;
import dev.muster.pki.Caller;
import dev.muster.pki.PeerIdentity;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The service over real gRPC on loopback, and its threads; the caller's node comes from a header instead of TLS. */
class DispatcherEndpointTest {
    private static final Metadata.Key<String> NODE = Metadata.Key.of("test-node", Metadata.ASCII_STRING_MARSHALLER);

    private final Cluster3 cluster = new Cluster3();
    private final DispatcherEndpoint endpoint = new DispatcherEndpoint(
            () -> Cluster3.NOW, System::nanoTime, new SplittableRandom(5), () -> Optional.of("10.9.9.9:2377"));
    private Server server;
    private ManagedChannel channel;
    private @Nullable LeaderTerm term;

    @BeforeEach
    void serve() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .intercept(new ServerInterceptor() {
                    @Override
                    public <Q, R> ServerCall.Listener<Q> interceptCall(
                            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
                        var identity = new PeerIdentity(headers.get(NODE), NodeRole.ROLE_WORKER, "0cluster");
                        var caller = new Caller(Optional.of(identity), "10.1.1.1");
                        return Contexts.interceptCall(caller.within(Context.current()), call, headers, next);
                    }
                })
                .addService(endpoint)
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (term != null) {
            term.close();
        }
        channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }

    private LeaderTerm lead() {
        var begun =
                new LeaderTerm(cluster.log.elect(), cluster.log.states(), () -> Cluster3.NOW, new SplittableRandom(6));
        term = begun;
        endpoint.begin(begun);
        return begun;
    }

    /** An agent with a session and its assignments; applies all at once, and acknowledges unless told not to. */
    private final class GrpcAgent {
        final DispatcherGrpc.DispatcherBlockingStub calls;
        final Inbox<SessionRequest, SessionMessage> session = new Inbox<>();
        final Inbox<AssignmentsRequest, AssignmentsMessage> assignments = new Inbox<>();
        final StreamObserver<AssignmentsRequest> requests;
        final String sessionId;
        SortedMap<ItemKey, Assignment> has = new TreeMap<>();
        volatile boolean acknowledges = true;

        GrpcAgent(String nodeId) throws InterruptedException {
            var headers = new Metadata();
            headers.put(NODE, nodeId);
            var identified = MetadataUtils.newAttachHeadersInterceptor(headers);
            calls = DispatcherGrpc.newBlockingStub(channel).withInterceptors(identified);
            var streams = DispatcherGrpc.newStub(channel).withInterceptors(identified);
            streams.session(
                    SessionRequest.newBuilder()
                            .setDescription(NodeDescription.newBuilder().setHostname("host-" + nodeId))
                            .build(),
                    session);
            sessionId = session.next().getSessionId();
            requests = streams.assignments(assignments);
            requests.onNext(
                    AssignmentsRequest.newBuilder().setSessionId(sessionId).build());
            takeOne();
        }

        AssignmentsMessage takeOne() throws InterruptedException {
            var message = assignments.next();
            has = Cluster3.apply(has, List.of(message));
            if (acknowledges) {
                acknowledge(message.getGeneration());
            }
            return message;
        }

        void takeUntil(BooleanSupplier condition) throws InterruptedException {
            while (!condition.getAsBoolean()) {
                takeOne();
            }
        }

        void acknowledge(Generation generation) {
            requests.onNext(
                    AssignmentsRequest.newBuilder().setApplied(generation).build());
        }

        TaskState desired(String taskId) {
            return has.get(ItemKey.task(taskId)).getTask().getDesiredState();
        }

        void report(String taskId, TaskState state) {
            var _ = calls.updateTaskStatus(UpdateTaskStatusRequest.newBuilder()
                    .setSessionId(sessionId)
                    .addUpdates(UpdateTaskStatusRequest.Update.newBuilder()
                            .setTaskId(taskId)
                            .setStatus(Cluster3.status(state)))
                    .build());
        }
    }

    @Test
    void anAgentGetsItsWorkAndReportsWhatBecameOfIt() throws InterruptedException {
        lead();
        var agent = new GrpcAgent("node3");
        assertThat(cluster.state().node("node3").orElseThrow().getStatus().getAddress())
                .as("no data path address given: that of the connection")
                .isEqualTo("10.1.1.1");

        cluster.create(Cluster3.webTask("web3", 3, "node3").toBuilder()
                .setStatus(Cluster3.status(TaskState.TASK_ASSIGNED))
                .build());
        agent.takeUntil(() -> agent.has.containsKey(ItemKey.task("web3")));
        agent.report("web3", TaskState.TASK_RUNNING);
        agent.takeUntil(() -> agent.has
                .get(ItemKey.endpoint(Cluster3.INGRESS, "web3"))
                .getEndpoint()
                .getServing());

        assertThat(cluster.state().task("web3").orElseThrow().getStatus().getState())
                .isEqualTo(TaskState.TASK_RUNNING);
        var _ = agent.calls.updateNodeDescription(UpdateNodeDescriptionRequest.newBuilder()
                .setSessionId(agent.sessionId)
                .setDescription(NodeDescription.newBuilder().setHostname("renamed"))
                .build());
        assertThat(cluster.state().node("node3").orElseThrow().getDescription().getHostname())
                .isEqualTo("renamed");
        assertThat(endpoint.isCurrent("node3", agent.sessionId)).isTrue();
        assertThat(endpoint.isCurrent("node2", agent.sessionId)).isFalse();
    }

    @Test
    void aStopPassesThroughAllNodesOfTheNetworkFirst() throws InterruptedException {
        lead();
        var own = new GrpcAgent("node1");
        var other = new GrpcAgent("node2");
        var third = new GrpcAgent("node3");
        cluster.task("web1", task -> task.setDesiredState(TaskState.TASK_SHUTDOWN));

        other.takeUntil(() -> !serving(other, "web1"));
        third.takeUntil(() -> !third.has
                .get(ItemKey.endpoint(Cluster3.INGRESS, "web1"))
                .getEndpoint()
                .getServing());
        own.takeUntil(() -> own.desired("web1") == TaskState.TASK_SHUTDOWN);

        assertThat(serving(own, "web1")).isFalse();
    }

    @Test
    void aNodeThatNeverAcknowledgesDoesNotKeepATaskFromStopping() throws InterruptedException {
        lead();
        var own = new GrpcAgent("node1");
        var deaf = new GrpcAgent("node2");
        deaf.acknowledges = false;
        long began = System.nanoTime();
        cluster.task("web1", task -> task.setDesiredState(TaskState.TASK_SHUTDOWN));

        own.takeUntil(() -> own.desired("web1") == TaskState.TASK_SHUTDOWN);

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(StopOrder.BOUND);
    }

    @Test
    void changesMergeWhileAnAgentDoesNotRead() throws InterruptedException {
        lead();
        var agent = new GrpcAgent("node2");
        agent.assignments.pause();
        int updates = 100;
        for (int i = 1; i <= updates; i++) {
            cluster.update(cluster.state().config("0config").orElseThrow().toBuilder()
                    .setSpec(ConfigSpec.newBuilder().setData(ByteString.copyFrom(new byte[200_000 + i])))
                    .build());
            // Each is seen before the next, or they would merge before they reach the stream.
            LockSupport.parkNanos(Duration.ofMillis(3).toNanos());
        }
        agent.assignments.resume();
        int messages = 0;
        while (agent.has
                        .get(ItemKey.config("0config"))
                        .getConfig()
                        .getSpec()
                        .getData()
                        .size()
                < 200_000 + updates) {
            agent.takeOne();
            messages++;
        }

        assertThat(messages).isLessThan(updates / 2);
    }

    @Test
    void aManagerThatDoesNotLeadNamesTheLeader() {
        var headers = new Metadata();
        headers.put(NODE, "node1");
        var calls = DispatcherGrpc.newBlockingStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));

        assertThatThrownBy(
                        () -> calls.session(SessionRequest.getDefaultInstance()).hasNext())
                .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
                    assertThat(e.getTrailers().get(DispatcherStatus.LEADER)).isEqualTo("10.9.9.9:2377");
                });
    }

    @Test
    void whenTheLeadershipEndsStreamsEndAndNothingIsProposedAnyMore() throws InterruptedException {
        var leading = lead();
        var agent = new GrpcAgent("node1");
        long version = cluster.state().version();

        leading.close();

        assertThat(agent.session.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(agent.assignments.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThatThrownBy(() -> agent.report("web1", TaskState.TASK_FAILED)).hasMessageContaining("not the leader");
        assertThatThrownBy(() -> agent.calls.heartbeat(HeartbeatRequest.newBuilder()
                        .setSessionId(agent.sessionId)
                        .build()))
                .hasMessageContaining("not the leader");
        assertThat(cluster.state().version()).isEqualTo(version);

        lead();
        Inbox.await(
                "unknown nodes",
                () -> cluster.state().node("node2").orElseThrow().getStatus().getState() == NodeState.NODE_UNKNOWN);
        new GrpcAgent("node1");
        assertThat(cluster.state().node("node1").orElseThrow().getStatus().getState())
                .isEqualTo(NodeState.NODE_READY);
    }

    @Test
    void aBrokenStreamLeavesTheNodeReady() throws InterruptedException {
        lead();
        var agent = new GrpcAgent("node1");
        var own = new GrpcAgent("node2");
        agent.requests.onError(Status.CANCELLED.asRuntimeException());
        Inbox.await("the end", () -> agent.assignments.failure != null);

        cluster.task("web2", task -> task.setDesiredState(TaskState.TASK_SHUTDOWN));
        own.takeUntil(() -> own.desired("web2") == TaskState.TASK_SHUTDOWN);

        assertThat(cluster.state().node("node1").orElseThrow().getStatus().getState())
                .isEqualTo(NodeState.NODE_READY);
        assertThat(agent.calls
                        .heartbeat(HeartbeatRequest.newBuilder()
                                .setSessionId(agent.sessionId)
                                .build())
                        .hasPeriod())
                .isTrue();
    }

    @Test
    void anAssignmentsStreamOfAnUnknownSessionIsRefused() throws InterruptedException {
        lead();
        var agent = new GrpcAgent("node1");
        var again = new Inbox<AssignmentsRequest, AssignmentsMessage>();
        var headers = new Metadata();
        headers.put(NODE, "node2");
        DispatcherGrpc.newStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .assignments(again)
                .onNext(AssignmentsRequest.newBuilder()
                        .setSessionId(agent.sessionId)
                        .build());

        assertThat(again.code()).isEqualTo(Status.Code.ABORTED);
    }

    private static boolean serving(GrpcAgent agent, String taskId) {
        return agent.has.get(ItemKey.endpoint(FRONT, taskId)).getEndpoint().getServing();
    }
}
