package dev.muster.worker.agent;

import dev.muster.api.AssignmentsMessage;
import dev.muster.api.AssignmentsRequest;
import dev.muster.api.DispatcherGrpc;
import dev.muster.api.Durations;
import dev.muster.api.Generation;
import dev.muster.api.HeartbeatRequest;
import dev.muster.api.HeartbeatResponse;
import dev.muster.api.LogBrokerGrpc;
import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.NodeStatus;
import dev.muster.api.Peer;
import dev.muster.api.PublishRequest;
import dev.muster.api.PublishResponse;
import dev.muster.api.SessionMessage;
import dev.muster.api.SessionRequest;
import dev.muster.api.SubscriptionMessage;
import dev.muster.api.SubscriptionsRequest;
import dev.muster.api.UpdateNodeDescriptionRequest;
import dev.muster.api.UpdateNodeDescriptionResponse;
import dev.muster.api.UpdateTaskStatusRequest;
import dev.muster.api.UpdateTaskStatusResponse;
import dev.muster.pki.CertificateAuthority;
import dev.muster.pki.PeerIdentity;
import dev.muster.pki.TlsContexts;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A manager's dispatcher and log broker, played by a test, behind real mutual TLS on loopback. */
public final class FakeManager implements AutoCloseable {
    private static final String CLUSTER = "cluster1";
    private static final Metadata.Key<String> LEADER =
            Metadata.Key.of("muster-leader", Metadata.ASCII_STRING_MARSHALLER);

    /** The authority of one cluster. */
    public static final class Cluster {
        private final SecureRandom random = new SecureRandom();
        private final CertificateAuthority authority =
                CertificateAuthority.create(random, InstantSource.system().instant());

        public TlsContexts tls(String nodeId, NodeRole role) {
            var identity = authority.selfIssue(
                    new PeerIdentity(nodeId, role, CLUSTER),
                    InstantSource.system().instant(),
                    Duration.ofDays(1));
            return new TlsContexts(identity, InstantSource.system());
        }
    }

    public final List<SessionRequest> sessions = new CopyOnWriteArrayList<>();
    public final List<UpdateTaskStatusRequest> statuses = new CopyOnWriteArrayList<>();
    public final List<Generation> acknowledged = new CopyOnWriteArrayList<>();
    public final List<UpdateNodeDescriptionRequest> descriptions = new CopyOnWriteArrayList<>();
    public final List<PublishRequest> published = new CopyOnWriteArrayList<>();
    public final AtomicInteger heartbeats = new AtomicInteger();
    public volatile Duration period = Duration.ofMillis(200);
    public volatile List<Peer> managers = List.of();
    public volatile Optional<String> redirect = Optional.empty();
    public volatile Optional<Status> refusal = Optional.empty();
    public final AtomicInteger failingStatusCalls = new AtomicInteger();
    public volatile boolean silent;
    public volatile String nodeAddress = "127.0.0.1";

    private final Server server;
    private final AtomicInteger sessionNumber = new AtomicInteger();
    private volatile StreamObserver<SessionMessage> session;
    private volatile StreamObserver<AssignmentsMessage> assignments;
    private volatile StreamObserver<SubscriptionMessage> subscriptions;

    public FakeManager(Cluster cluster, int port) throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .sslContext(cluster.tls("manager1", NodeRole.ROLE_MANAGER).server())
                .addService(new Dispatcher())
                .addService(new Broker())
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .permitKeepAliveTime(1, TimeUnit.SECONDS)
                .build()
                .start();
    }

    public String address() {
        return "127.0.0.1:" + server.getPort();
    }

    public int port() {
        return server.getPort();
    }

    /** Whether an agent has opened its assignments' stream. */
    public boolean hasAssignments() {
        return assignments != null;
    }

    public boolean hasSubscriptions() {
        return subscriptions != null;
    }

    public void assign(AssignmentsMessage message) {
        assignments.onNext(message);
    }

    public void tell(SessionMessage.Builder message) {
        session.onNext(message.build());
    }

    public void subscribe(SubscriptionMessage message) {
        subscriptions.onNext(message);
    }

    /** Ends the session as a manager does that forgets it. */
    public void dropSession() {
        var former = session;
        forgetStreams();
        former.onError(Status.ABORTED.withDescription("session over").asRuntimeException());
    }

    /** As if no agent had ever connected: what the next one opens is its own. */
    public void forgetStreams() {
        session = null;
        assignments = null;
        subscriptions = null;
    }

    public SessionMessage.Builder message() {
        return SessionMessage.newBuilder()
                .setSessionId("session-" + sessionNumber.get())
                .setHeartbeatPeriod(Durations.of(period))
                .setDataPathPort(4789)
                .addAllManagers(managers)
                .setNode(Node.newBuilder()
                        .setId("node1")
                        .setStatus(NodeStatus.newBuilder().setAddress(nodeAddress)));
    }

    @Override
    public void close() {
        server.shutdownNow();
        try {
            server.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Dispatcher extends DispatcherGrpc.DispatcherImplBase {
        @Override
        public void session(SessionRequest request, StreamObserver<SessionMessage> responses) {
            sessions.add(request);
            if (silent) {
                return;
            }
            if (redirect.isPresent()) {
                var trailers = new Metadata();
                trailers.put(LEADER, redirect.get());
                responses.onError(Status.FAILED_PRECONDITION
                        .withDescription("not the leader")
                        .asRuntimeException(trailers));
                return;
            }
            if (refusal.isPresent()) {
                responses.onError(refusal.get().asRuntimeException());
                return;
            }
            sessionNumber.incrementAndGet();
            session = responses;
            responses.onNext(message().build());
        }

        @Override
        public void heartbeat(HeartbeatRequest request, StreamObserver<HeartbeatResponse> response) {
            heartbeats.incrementAndGet();
            response.onNext(HeartbeatResponse.newBuilder()
                    .setPeriod(Durations.of(period))
                    .build());
            response.onCompleted();
        }

        @Override
        public StreamObserver<AssignmentsRequest> assignments(StreamObserver<AssignmentsMessage> responses) {
            return new StreamObserver<>() {
                @Override
                public void onNext(AssignmentsRequest request) {
                    if (request.hasApplied()) {
                        acknowledged.add(request.getApplied());
                    } else {
                        assignments = responses;
                    }
                }

                @Override
                public void onError(Throwable failure) {}

                @Override
                public void onCompleted() {}
            };
        }

        @Override
        public void updateTaskStatus(
                UpdateTaskStatusRequest request, StreamObserver<UpdateTaskStatusResponse> response) {
            if (failingStatusCalls.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                response.onError(Status.UNAVAILABLE.withDescription("no quorum").asRuntimeException());
                return;
            }
            statuses.add(request);
            response.onNext(UpdateTaskStatusResponse.getDefaultInstance());
            response.onCompleted();
        }

        @Override
        public void updateNodeDescription(
                UpdateNodeDescriptionRequest request, StreamObserver<UpdateNodeDescriptionResponse> response) {
            descriptions.add(request);
            response.onNext(UpdateNodeDescriptionResponse.getDefaultInstance());
            response.onCompleted();
        }
    }

    private final class Broker extends LogBrokerGrpc.LogBrokerImplBase {
        @Override
        public void subscriptions(SubscriptionsRequest request, StreamObserver<SubscriptionMessage> responses) {
            subscriptions = responses;
        }

        @Override
        public StreamObserver<PublishRequest> publish(StreamObserver<PublishResponse> response) {
            return new StreamObserver<>() {
                @Override
                public void onNext(PublishRequest request) {
                    published.add(request);
                }

                @Override
                public void onError(Throwable failure) {}

                @Override
                public void onCompleted() {
                    response.onNext(PublishResponse.getDefaultInstance());
                    response.onCompleted();
                }
            };
        }
    }
}
