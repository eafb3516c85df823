package dev.muster.manager.dispatcher;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A stream on which only the newest message counts: a slow reader misses the ones between. Any thread. */
final class LatestOutlet<T> {
    private final ReentrantLock lock = new ReentrantLock();
    private final ServerCallStreamObserver<T> stream;
    private @Nullable T waiting;
    private @Nullable T last;
    private boolean ended;

    /** Create it in the call's own thread, before the method that serves the call returns. */
    LatestOutlet(ServerCallStreamObserver<T> stream) {
        this.stream = stream;
        stream.setOnReadyHandler(this::flush);
        stream.setOnCancelHandler(this::abandon);
    }

    /** Sends the message, now or when the stream can take it, unless it says what the one before said. */
    void offer(T message) {
        lock.lock();
        try {
            if (!message.equals(last)) {
                last = message;
                waiting = message;
            }
        } finally {
            lock.unlock();
        }
        flush();
    }

    void end(StatusRuntimeException status) {
        lock.lock();
        try {
            if (!ended) {
                ended = true;
                stream.onError(status);
            }
        } finally {
            lock.unlock();
        }
    }

    private void flush() {
        lock.lock();
        try {
            if (waiting != null && !ended && stream.isReady()) {
                stream.onNext(waiting);
                waiting = null;
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
