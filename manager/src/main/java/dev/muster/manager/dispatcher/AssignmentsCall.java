package dev.muster.manager.dispatcher;

import static java.lang.System.Logger.Level.ERROR;

import dev.muster.api.AssignmentsMessage;
import dev.muster.api.AssignmentsRequest;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One agent's stream of assignments: the first request names the session and opens the feed, whose messages a virtual
 * thread of this call's own sends as the connection takes them; each later request acknowledges. Requests come one at a
 * time.
 */
final class AssignmentsCall implements StreamObserver<AssignmentsRequest> {
    private static final System.Logger LOG = System.getLogger(AssignmentsCall.class.getName());

    private final ServerCallStreamObserver<AssignmentsMessage> stream;
    private final String nodeId;
    private final Supplier<Dispatcher> dispatchers;
    private volatile @Nullable AssignmentFeed feed;
    private @Nullable Dispatcher dispatcher;

    /** Create it in the call's own thread, before the method that serves the call returns. */
    AssignmentsCall(
            ServerCallStreamObserver<AssignmentsMessage> stream, String nodeId, Supplier<Dispatcher> dispatchers) {
        this.stream = stream;
        this.nodeId = nodeId;
        this.dispatchers = dispatchers;
        stream.setOnReadyHandler(() -> {
            var open = feed;
            if (open != null) {
                open.signal();
            }
        });
        stream.setOnCancelHandler(this::leave);
    }

    @Override
    public void onNext(AssignmentsRequest request) {
        var open = feed;
        if (open != null && dispatcher != null) {
            if (request.hasApplied()) {
                dispatcher.acknowledge(open, request.getApplied());
            }
            return;
        }
        try {
            begin(dispatchers.get(), request.getSessionId());
        } catch (StatusRuntimeException e) {
            stream.onError(e);
        }
    }

    @Override
    public void onError(Throwable cause) {
        leave();
    }

    @Override
    public void onCompleted() {
        if (feed == null) {
            stream.onError(DispatcherStatus.invalid("the first message of an assignments stream names its session"));
        } else {
            leave();
        }
    }

    private void begin(Dispatcher owner, String sessionId) {
        var session = owner.session(nodeId, sessionId);
        var opened = owner.openFeed(session);
        dispatcher = owner;
        feed = opened;
        Thread.ofVirtual().name("assignments-" + nodeId).start(() -> {
            try {
                send(owner, opened);
                end(session.endOfStream());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                opened.close();
                LOG.log(ERROR, "sending assignments to node " + nodeId + " failed", e);
                end(DispatcherEndpoint.internal("Assignments", e));
            }
        });
    }

    private void send(Dispatcher owner, AssignmentFeed opened) throws InterruptedException {
        for (var next = opened.await(stream::isReady); next.isPresent(); next = opened.await(stream::isReady)) {
            if (!send(next.get(), opened)) {
                return;
            }
            // What made no difference to this agent is confirmed by that alone.
            owner.letStopsGo();
        }
    }

    private boolean send(List<AssignmentsMessage> messages, AssignmentFeed opened) throws InterruptedException {
        for (var message : messages) {
            if (!opened.awaitReady(stream::isReady)) {
                return false;
            }
            stream.onNext(message);
        }
        return true;
    }

    private void end(StatusRuntimeException status) {
        if (!stream.isCancelled()) {
            stream.onError(status);
        }
    }

    /** The agent has gone: nothing waits for what it would have confirmed. */
    private void leave() {
        var open = feed;
        if (open != null) {
            open.close();
        }
    }
}
