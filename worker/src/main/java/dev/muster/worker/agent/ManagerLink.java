package dev.muster.worker.agent;

import dev.muster.api.AssignmentsMessage;
import dev.muster.api.AssignmentsRequest;
import dev.muster.api.DispatcherGrpc;
import dev.muster.api.HeartbeatRequest;
import dev.muster.api.HeartbeatResponse;
import dev.muster.api.LogBrokerGrpc;
import dev.muster.api.PublishRequest;
import dev.muster.api.PublishResponse;
import dev.muster.api.SessionMessage;
import dev.muster.api.SessionRequest;
import dev.muster.api.SubscriptionMessage;
import dev.muster.api.SubscriptionsRequest;
import dev.muster.api.UpdateNodeDescriptionRequest;
import dev.muster.api.UpdateTaskStatusRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A channel to one manager and the calls that agents make on it. Thread-safe. All calls throw {@link LinkFailure}. */
final class ManagerLink implements AutoCloseable {
    private final String address;
    private final ManagedChannel channel;

    ManagerLink(String address, ManagedChannel channel) {
        this.address = address;
        this.channel = channel;
    }

    String address() {
        return address;
    }

    MessageStream<SessionRequest, SessionMessage> session(SessionRequest request) {
        var stream = new MessageStream<SessionRequest, SessionMessage>(address);
        DispatcherGrpc.newStub(channel).session(request, stream);
        return stream;
    }

    /** Both directions of the assignments. */
    record Assignments(
            StreamObserver<AssignmentsRequest> requests,
            MessageStream<AssignmentsRequest, AssignmentsMessage> messages) {}

    Assignments assignments() {
        var stream = new MessageStream<AssignmentsRequest, AssignmentsMessage>(address);
        return new Assignments(DispatcherGrpc.newStub(channel).assignments(stream), stream);
    }

    HeartbeatResponse heartbeat(HeartbeatRequest request, Duration timeout) {
        return call(() -> dispatcher(timeout).heartbeat(request));
    }

    void updateTaskStatus(UpdateTaskStatusRequest request, Duration timeout) {
        call(() -> dispatcher(timeout).updateTaskStatus(request));
    }

    void updateNodeDescription(UpdateNodeDescriptionRequest request, Duration timeout) {
        call(() -> dispatcher(timeout).updateNodeDescription(request));
    }

    MessageStream<SubscriptionsRequest, SubscriptionMessage> subscriptions(SubscriptionsRequest request) {
        var stream = new MessageStream<SubscriptionsRequest, SubscriptionMessage>(address);
        LogBrokerGrpc.newStub(channel).subscriptions(request, stream);
        return stream;
    }

    /** The observer is told, before the call starts, where to send. */
    void publish(ClientResponseObserver<PublishRequest, PublishResponse> observer) {
        LogBrokerGrpc.newStub(channel).publish(observer);
    }

    private DispatcherGrpc.DispatcherBlockingStub dispatcher(Duration timeout) {
        return DispatcherGrpc.newBlockingStub(channel).withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    private <T> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException e) {
            throw LinkFailure.of(address, e);
        }
    }

    /** Ends every call on it. */
    @Override
    public void close() {
        channel.shutdownNow();
    }
}
