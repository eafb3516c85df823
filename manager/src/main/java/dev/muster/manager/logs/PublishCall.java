package dev.muster.manager.logs;

import dev.muster.api.PublishRequest;
import dev.muster.api.PublishResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A node's call that sends logs. It is granted a few requests ahead and one more for each that the reader has taken: a
 * slow reader slows the node down, and nothing piles up here. Requests come one at a time.
 */
final class PublishCall implements StreamObserver<PublishRequest>, NodeFeed {
    /** Enough to hide a round trip. */
    private static final int AHEAD = 4;

    private final LogBroker broker;
    private final ServerCallStreamObserver<PublishResponse> stream;
    private final String nodeId;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable LogSubscription subscription;
    private boolean ended;

    /** Create it in the call's own thread, before the method that serves the call returns. */
    PublishCall(LogBroker broker, ServerCallStreamObserver<PublishResponse> stream, String nodeId) {
        this.broker = broker;
        this.stream = stream;
        this.nodeId = nodeId;
        stream.disableAutoRequest();
        stream.setOnCancelHandler(() -> over("the connection was lost"));
        stream.request(AHEAD);
    }

    @Override
    public void onNext(PublishRequest request) {
        var reader = subscription;
        if (reader == null) {
            reader = broker.subscription(request.getSubscriptionId()).orElse(null);
            subscription = reader;
        }
        if (reader == null) {
            end();
        } else if (request.getMessagesList().stream()
                .anyMatch(message -> !message.getContext().getNodeId().equals(nodeId))) {
            refuse();
        } else {
            reader.add(new Sent(nodeId, this, request));
        }
    }

    @Override
    public void onError(Throwable cause) {
        over(String.valueOf(cause.getMessage()));
    }

    @Override
    public void onCompleted() {
        over("it sent no more");
        end();
    }

    @Override
    public void grant() {
        stream.request(1);
    }

    @Override
    public void end() {
        lock.lock();
        try {
            if (!ended) {
                ended = true;
                stream.onNext(PublishResponse.getDefaultInstance());
                stream.onCompleted();
            }
        } finally {
            lock.unlock();
        }
    }

    private void refuse() {
        lock.lock();
        try {
            if (!ended) {
                ended = true;
                stream.onError(Status.INVALID_ARGUMENT
                        .withDescription("a node sends its own logs only")
                        .asRuntimeException());
            }
        } finally {
            lock.unlock();
        }
        over("it sent what is not its own");
    }

    private void over(String why) {
        var reader = subscription;
        if (reader != null) {
            reader.add(new Over(nodeId, this, why));
        }
    }
}
