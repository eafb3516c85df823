package dev.muster.manager.dispatcher;

import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Collects what a stream brings. */
final class Inbox<Q, T> implements ClientResponseObserver<Q, T> {
    static final Duration PATIENCE = Duration.ofSeconds(10);

    final BlockingQueue<T> messages = new LinkedBlockingQueue<>();
    volatile @Nullable Throwable failure;
    private volatile boolean paused;
    private @Nullable ClientCallStreamObserver<Q> call;

    @Override
    public void beforeStart(ClientCallStreamObserver<Q> started) {
        call = started;
        started.disableAutoRequestWithInitial(1);
    }

    @Override
    public void onNext(T message) {
        messages.add(message);
        if (!paused) {
            call.request(1);
        }
    }

    /** Takes one message more, and no other until it is resumed. */
    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
        call.request(1);
    }

    @Override
    public void onError(Throwable cause) {
        failure = cause;
    }

    @Override
    public void onCompleted() {
        failure = new IllegalStateException("the stream ended without a reason");
    }

    T next() throws InterruptedException {
        var message = messages.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        if (message == null) {
            throw new AssertionError("nothing came; the stream: " + failure);
        }
        return message;
    }

    Status.Code code() {
        await("the end of the stream", () -> failure != null);
        return Status.fromThrowable(failure).getCode();
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError(what + " did not come within " + PATIENCE);
            }
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
