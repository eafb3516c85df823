package dev.muster.worker.agent;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Messages of one gRPC call, to be taken by one thread that may block. At most a few are buffered: the manager is held
 * back while they are not taken. Sending and cancelling from any thread.
 */
final class MessageStream<Q, R> implements ClientResponseObserver<Q, R>, AutoCloseable {
    private static final int BUFFERED = 4;

    /** A message, or the end. */
    private sealed interface Event<R> {
        record Message<R>(R message) implements Event<R> {}

        record End<R>(Optional<Throwable> failure) implements Event<R> {}
    }

    private final String manager;
    // Bounded by flow control: gRPC delivers only what was asked for, and one end.
    private final LinkedBlockingQueue<Event<R>> events = new LinkedBlockingQueue<>();

    @Nullable
    private volatile ClientCallStreamObserver<Q> call;

    MessageStream(String manager) {
        this.manager = manager;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<Q> started) {
        call = started;
        started.disableAutoRequestWithInitial(BUFFERED);
    }

    @Override
    public void onNext(R message) {
        events.add(new Event.Message<>(message));
    }

    @Override
    public void onError(Throwable failure) {
        events.add(new Event.End<>(Optional.of(failure)));
    }

    @Override
    public void onCompleted() {
        events.add(new Event.End<>(Optional.empty()));
    }

    /** The next message. Throws {@link LinkFailure} when there will be none. */
    R take() throws InterruptedException {
        return message(events.take());
    }

    /** Likewise; empty when the time is over. */
    Optional<R> poll(Duration atMost) throws InterruptedException {
        var event = events.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
        return event == null ? Optional.empty() : Optional.of(message(event));
    }

    /** Whether another message waits. */
    boolean hasNext() {
        return events.peek() instanceof Event.Message;
    }

    private R message(Event<R> event) {
        return switch (event) {
            case Event.Message<R>(var message) -> {
                var current = call;
                if (current != null) {
                    current.request(1);
                }
                yield message;
            }
            case Event.End<R>(var failure) -> {
                // For whoever asks again.
                events.add(event);
                throw failure.map(thrown -> LinkFailure.of(manager, thrown))
                        .orElseGet(() -> new LinkFailure("manager " + manager + " ended the connection"));
            }
        };
    }

    /** Ends the call; a thread that waits for a message learns it. */
    @Override
    public void close() {
        var current = call;
        if (current != null) {
            current.cancel("closed", null);
        }
    }
}
