package dev.muster.manager.logs;

import dev.muster.api.LogBrokerGrpc;
import dev.muster.api.PublishRequest;
import dev.muster.api.PublishResponse;
import dev.muster.api.SubscriptionMessage;
import dev.muster.api.SubscriptionsRequest;
import dev.muster.pki.Caller;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;

/**
 * The gRPC service by which agents send logs. Its server tells who calls ({@link Caller#interceptor}) and has checked
 * the caller's role. Any thread.
 */
public final class LogBrokerEndpoint extends LogBrokerGrpc.LogBrokerImplBase {
    private final LogBroker broker;
    private final BiPredicate<String, String> sessions;

    /**
     * @param sessions whether a node's agent is registered under a session
     */
    public LogBrokerEndpoint(LogBroker broker, BiPredicate<String, String> sessions) {
        this.broker = broker;
        this.sessions = sessions;
    }

    @Override
    public void subscriptions(SubscriptionsRequest request, StreamObserver<SubscriptionMessage> observer) {
        var nodeId = Caller.current().node().nodeId();
        var link = new StreamLink((ServerCallStreamObserver<SubscriptionMessage>) observer, nodeId);
        if (sessions.test(nodeId, request.getSessionId())) {
            broker.connect(nodeId, link);
        } else {
            link.end("session " + request.getSessionId() + " is not known");
        }
    }

    @Override
    public StreamObserver<PublishRequest> publish(StreamObserver<PublishResponse> observer) {
        return new PublishCall(
                broker,
                (ServerCallStreamObserver<PublishResponse>) observer,
                Caller.current().node().nodeId());
    }

    /** An agent's stream of subscriptions. Its messages are few and small, so it takes them whether it is ready or not. */
    private final class StreamLink implements AgentLink {
        private final ReentrantLock lock = new ReentrantLock();
        private final ServerCallStreamObserver<SubscriptionMessage> stream;
        private boolean ended;

        private StreamLink(ServerCallStreamObserver<SubscriptionMessage> stream, String nodeId) {
            this.stream = stream;
            stream.setOnCancelHandler(() -> {
                broker.disconnect(nodeId, this);
                abandon();
            });
        }

        @Override
        public void send(SubscriptionMessage message) {
            lock.lock();
            try {
                if (!ended) {
                    stream.onNext(message);
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void end(String why) {
            lock.lock();
            try {
                if (!ended) {
                    ended = true;
                    // As the dispatcher says: register again.
                    stream.onError(Status.ABORTED.withDescription(why).asRuntimeException());
                }
            } finally {
                lock.unlock();
            }
        }

        private void abandon() {
            lock.lock();
            try {
                ended = true;
            } finally {
                lock.unlock();
            }
        }
    }
}
