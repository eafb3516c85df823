package dev.muster.manager.logs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.muster.api.LogBrokerGrpc;
import dev.muster.api.LogContext;
import dev.muster.api.LogMessage;
import dev.muster.api.LogOptions;
import dev.muster.api.LogSelector;
import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.PublishRequest;
import dev.muster.api.PublishResponse;
import dev.muster.api.SubscriptionMessage;
import dev.muster.api.SubscriptionsRequest;
import dev.muster.manager.loop.LeaderTerm;
import dev.muster.manager.state.ClusterStateBuilder;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
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
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The service over real gRPC on loopback, for an agent on node1 whose session is "good". */
class LogBrokerEndpointTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final LogSelector NODE1 =
            LogSelector.newBuilder().addNodeIds("node1").build();

    private final LocalLog log = new LocalLog(new ClusterStates(new ClusterStateBuilder()
            .put(Node.newBuilder().setId("node1").build())
            .build()));
    private final LogBroker broker = new LogBroker(log.states(), System::nanoTime, new SplittableRandom(8));
    private final LeaderTerm term = new LeaderTerm(log.elect(), log.states(), () -> NOW, new SplittableRandom(9));
    private final Inbox<SubscriptionMessage> subscriptions = new Inbox<>();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private Server server;
    private ManagedChannel channel;

    /** Collects what a stream brings. */
    private static final class Inbox<T> implements StreamObserver<T> {
        final List<T> messages = new CopyOnWriteArrayList<>();
        volatile @Nullable Throwable failure;
        volatile boolean completed;

        @Override
        public void onNext(T message) {
            messages.add(message);
        }

        @Override
        public void onError(Throwable cause) {
            failure = cause;
        }

        @Override
        public void onCompleted() {
            completed = true;
        }
    }

    @BeforeEach
    void serve() throws IOException {
        broker.begin(term);
        var caller = new Caller(Optional.of(new PeerIdentity("node1", NodeRole.ROLE_WORKER, "c")), "10.1.1.1");
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .intercept(new ServerInterceptor() {
                    @Override
                    public <Q, R> ServerCall.Listener<Q> interceptCall(
                            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
                        return Contexts.interceptCall(caller.within(Context.current()), call, headers, next);
                    }
                })
                .addService(new LogBrokerEndpoint(
                        broker, (node, session) -> node.equals("node1") && session.equals("good")))
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() throws InterruptedException {
        term.close();
        channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }

    @Test
    void aSlowReaderSlowsTheNodeDown() throws InterruptedException {
        subscribe("good");
        var gate = new CountDownLatch(1);
        var reader = read(gate);
        var published = new Inbox<PublishResponse>();
        var call = (ClientCallStreamObserver<PublishRequest>) agent().publish(published);
        var payload = "x".repeat(64 * 1024);
        int sent = 0;
        long quiet = System.nanoTime();
        while (sent < 1000 && System.nanoTime() - quiet < Duration.ofSeconds(1).toNanos()) {
            if (call.isReady()) {
                call.onNext(request(sent + payload, "node1"));
                sent++;
                quiet = System.nanoTime();
            }
            LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
        assertThat(sent).as("64 KiB each, unread").isLessThan(100);

        gate.countDown();
        await("readiness", call::isReady);
        call.onNext(request("last", "node1").toBuilder().setDone(true).build());
        assertThat(reader.join(PATIENCE)).isTrue();
        assertThat(lines).hasSize(sent + 1).last().isEqualTo("last");
        await("the end of the call", () -> published.completed);
    }

    @Test
    void aNodeSendsItsOwnLogsOnly() throws InterruptedException {
        subscribe("good");
        var reader = read(new CountDownLatch(0));
        var published = new Inbox<PublishResponse>();
        agent().publish(published).onNext(request("forged", "node2"));

        await("a refusal", () -> published.failure != null);
        assertThat(Status.fromThrowable(published.failure).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        reader.interrupt();
        assertThat(reader.join(PATIENCE)).isTrue();
        assertThat(lines).isEmpty();
    }

    @Test
    void whoPublishesForNobodyIsToldToStop() {
        var published = new Inbox<PublishResponse>();
        agent().publish(published)
                .onNext(PublishRequest.newBuilder().setSubscriptionId("gone").build());

        await("the end of the call", () -> published.completed);
    }

    @Test
    void anUnknownSessionIsRefused() {
        subscribe("stale");

        await("a refusal", () -> subscriptions.failure != null);
        assertThat(Status.fromThrowable(subscriptions.failure).getCode()).isEqualTo(Status.Code.ABORTED);
        assertThat(broker.agent("node1")).isEmpty();
    }

    @Test
    void anAgentThatLeavesIsNotConnectedAnyMore() {
        subscribe("good");
        await("the link", () -> broker.agent("node1").isPresent());

        channel.shutdownNow();

        await("its end", () -> broker.agent("node1").isEmpty());
    }

    private LogBrokerGrpc.LogBrokerStub agent() {
        return LogBrokerGrpc.newStub(channel);
    }

    private void subscribe(String session) {
        agent().subscriptions(
                        SubscriptionsRequest.newBuilder().setSessionId(session).build(), subscriptions);
    }

    private Thread read(CountDownLatch gate) {
        var reader = Thread.ofVirtual().start(() -> {
            try {
                broker.read(NODE1, LogOptions.getDefaultInstance(), response -> {
                    try {
                        gate.await();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                    response.getMessagesList()
                            .forEach(message -> lines.add(message.getLine().toStringUtf8()));
                });
            } catch (IOException e) {
                lines.add("failed: " + e);
            }
        });
        await("the subscription", () -> !subscriptions.messages.isEmpty());
        return reader;
    }

    private PublishRequest request(String line, String nodeId) {
        return PublishRequest.newBuilder()
                .setSubscriptionId(subscriptions.messages.getFirst().getId())
                .addMessages(LogMessage.newBuilder()
                        .setContext(LogContext.newBuilder().setNodeId(nodeId))
                        .setLine(ByteString.copyFromUtf8(line)))
                .build();
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError(what + " did not come within " + PATIENCE);
            }
            LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
        }
    }
}
