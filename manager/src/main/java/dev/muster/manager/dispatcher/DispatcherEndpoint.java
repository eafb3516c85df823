package dev.muster.manager.dispatcher;

import static java.lang.System.Logger.Level.ERROR;

import dev.muster.api.AssignmentsMessage;
import dev.muster.api.AssignmentsRequest;
import dev.muster.api.DispatcherGrpc;
import dev.muster.api.Durations;
import dev.muster.api.HeartbeatRequest;
import dev.muster.api.HeartbeatResponse;
import dev.muster.api.SessionMessage;
import dev.muster.api.SessionRequest;
import dev.muster.api.UpdateNodeDescriptionRequest;
import dev.muster.api.UpdateNodeDescriptionResponse;
import dev.muster.api.UpdateTaskStatusRequest;
import dev.muster.api.UpdateTaskStatusResponse;
import dev.muster.manager.loop.LeaderTerm;
import dev.muster.pki.Caller;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC service that agents talk to. Its server tells who calls ({@link Caller#interceptor}) and has checked the
 * caller's role; calls block, so give the server an executor of virtual threads. Answers only while this manager leads.
 * Any thread.
 */
public final class DispatcherEndpoint extends DispatcherGrpc.DispatcherImplBase {
    private static final System.Logger LOG = System.getLogger(DispatcherEndpoint.class.getName());

    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final RandomGenerator.SplittableGenerator random;
    private final Supplier<Optional<String>> leader;
    private final AtomicReference<@Nullable Dispatcher> current = new AtomicReference<>();

    /**
     * @param random for session ids and jitter; a session id is no secret, as its node's certificate goes with it
     * @param leader HOST:PORT of the leading manager's gRPC endpoint, if it is known
     */
    public DispatcherEndpoint(
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator.SplittableGenerator random,
            Supplier<Optional<String>> leader) {
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.random = random;
        this.leader = leader;
    }

    /** Serves agents as long as this leadership lasts. Call it when the term is filled. */
    public void begin(LeaderTerm term) {
        var dispatcher =
                new Dispatcher(term.states(), term.proposer(), term.term(), clock, nanoTime, random.split(), leader);
        term.own(() -> {
            current.compareAndSet(dispatcher, null);
            dispatcher.close();
        });
        term.fork("dispatcher-updates", dispatcher::runUpdates);
        term.fork("dispatcher-heartbeats", dispatcher::runHeartbeats);
        current.set(dispatcher);
    }

    /** Whether the node's agent is registered under this session, as other services for agents ask. */
    public boolean isCurrent(String nodeId, String sessionId) {
        var dispatcher = current.get();
        try {
            return dispatcher != null
                    && dispatcher.session(nodeId, sessionId).id().equals(sessionId);
        } catch (StatusRuntimeException e) {
            return false;
        }
    }

    @Override
    public void session(SessionRequest request, StreamObserver<SessionMessage> observer) {
        var stream = (ServerCallStreamObserver<SessionMessage>) observer;
        var outlet = new LatestOutlet<>(stream);
        var caller = Caller.current();
        try {
            dispatcher().register(caller.node().nodeId(), caller.address(), request, outlet);
        } catch (StatusRuntimeException e) {
            outlet.end(e);
        } catch (RuntimeException e) {
            outlet.end(internal("Session", e));
        }
    }

    @Override
    public void heartbeat(HeartbeatRequest request, StreamObserver<HeartbeatResponse> observer) {
        answer(
                "Heartbeat",
                observer,
                (dispatcher, nodeId) -> HeartbeatResponse.newBuilder()
                        .setPeriod(Durations.of(dispatcher.heartbeat(nodeId, request.getSessionId())))
                        .build());
    }

    @Override
    public void updateTaskStatus(UpdateTaskStatusRequest request, StreamObserver<UpdateTaskStatusResponse> observer) {
        answer("UpdateTaskStatus", observer, (dispatcher, nodeId) -> {
            dispatcher.updateTasks(nodeId, request.getSessionId(), request.getUpdatesList());
            return UpdateTaskStatusResponse.getDefaultInstance();
        });
    }

    @Override
    public void updateNodeDescription(
            UpdateNodeDescriptionRequest request, StreamObserver<UpdateNodeDescriptionResponse> observer) {
        answer("UpdateNodeDescription", observer, (dispatcher, nodeId) -> {
            dispatcher.updateDescription(nodeId, request.getSessionId(), request.getDescription());
            return UpdateNodeDescriptionResponse.getDefaultInstance();
        });
    }

    @Override
    public StreamObserver<AssignmentsRequest> assignments(StreamObserver<AssignmentsMessage> observer) {
        return new AssignmentsCall(
                (ServerCallStreamObserver<AssignmentsMessage>) observer,
                Caller.current().node().nodeId(),
                this::dispatcher);
    }

    private Dispatcher dispatcher() {
        var dispatcher = current.get();
        if (dispatcher == null) {
            throw DispatcherStatus.notLeader(leader.get());
        }
        return dispatcher;
    }

    private interface Call<T> {
        T on(Dispatcher dispatcher, String nodeId);
    }

    private <T> void answer(String method, StreamObserver<T> observer, Call<T> call) {
        try {
            var response = call.on(dispatcher(), Caller.current().node().nodeId());
            observer.onNext(response);
            observer.onCompleted();
        } catch (StatusRuntimeException e) {
            observer.onError(e);
        } catch (RuntimeException e) {
            observer.onError(internal(method, e));
        }
    }

    static StatusRuntimeException internal(String method, RuntimeException e) {
        LOG.log(ERROR, "Dispatcher." + method + " failed", e);
        return Status.INTERNAL
                .withDescription("the manager failed; its log says why")
                .asRuntimeException();
    }
}
