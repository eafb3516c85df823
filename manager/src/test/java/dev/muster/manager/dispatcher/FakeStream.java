package dev.muster.manager.dispatcher;

import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The server's end of a call: remembers what was sent, and is ready when the test says so. */
final class FakeStream<T> extends ServerCallStreamObserver<T> {
    final List<T> sent = new ArrayList<>();
    boolean ready = true;

    @Nullable
    Throwable failure;

    Consumer<T> onSent = _ -> {};
    Consumer<Throwable> onFailure = _ -> {};
    Runnable onReady = () -> {};
    Runnable onCancel = () -> {};

    @Override
    public void onNext(T value) {
        sent.add(value);
        onSent.accept(value);
    }

    @Override
    public void onError(Throwable cause) {
        failure = cause;
        onFailure.accept(cause);
    }

    @Override
    public void onCompleted() {}

    @Override
    public boolean isReady() {
        return ready;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {
        onReady = handler;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {
        onCancel = handler;
    }

    @Override
    public boolean isCancelled() {
        return false;
    }

    @Override
    public void setCompression(String compression) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}
}
