package dev.muster.worker.agent;

import com.google.protobuf.ByteString;
import dev.muster.api.LogContext;
import dev.muster.api.LogMessage;
import dev.muster.api.LogOptions;
import dev.muster.api.LogSelector;
import dev.muster.api.PublishRequest;
import dev.muster.api.PublishResponse;
import dev.muster.api.SubscriptionMessage;
import dev.muster.api.Timestamps;
import dev.muster.worker.log.LogFailure;
import dev.muster.worker.log.LogLine;
import dev.muster.worker.log.LogQuery;
import dev.muster.worker.log.LogReader;
import dev.muster.worker.task.AssignedTask;
import dev.muster.worker.task.TaskNames;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One subscription: a thread per task reads its log into a bounded buffer, one thread sends what is there whenever the
 * call can take more. So a lone line goes at once, and many go in batches. Readers wait while the buffer is full.
 */
final class LogSubscription implements AutoCloseable {
    private static final Logger LOG = System.getLogger(LogSubscription.class.getName());
    private static final int BATCH_BYTES = 64 * 1024;
    private static final int BUFFER_BYTES = 256 * 1024;

    /** Of a message beside its line. */
    private static final int MESSAGE_OVERHEAD_BYTES = 128;

    private final String id;
    private final LogSelector selector;
    private final LogOptions options;
    private final LogReader reader;
    private final RateLimit limit;
    private final Runnable ended;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by the lock.
    private final Map<String, Thread> readers = new HashMap<>();
    private final Deque<LogMessage> buffer = new ArrayDeque<>();
    private final Deque<String> errors = new ArrayDeque<>();
    private int bufferedBytes;
    private int reading;
    private boolean closed;

    @Nullable
    private ClientCallStreamObserver<PublishRequest> call;

    @Nullable
    private Thread sender;

    /**
     * @param ended called when it has ended by itself
     */
    LogSubscription(SubscriptionMessage message, LogReader reader, RateLimit limit, Runnable ended) {
        this.id = message.getId();
        this.selector = message.getSelector();
        this.options = message.getOptions();
        this.reader = reader;
        this.limit = limit;
        this.ended = ended;
    }

    LogSelector selector() {
        return selector;
    }

    void start(ManagerLink link, List<AssignedTask> tasks) {
        lock.lock();
        try {
            link.publish(new Answer());
            tasks.forEach(this::read);
            sender = Thread.ofVirtual().name("log-" + id).start(this::send);
        } finally {
            lock.unlock();
        }
    }

    /** Says only why nothing will come. */
    void refuse(ManagerLink link, String reason) {
        link.publish(new Answer());
        var target = call;
        if (target != null) {
            target.onNext(PublishRequest.newBuilder()
                    .setSubscriptionId(id)
                    .setError(reason)
                    .setDone(true)
                    .build());
            target.onCompleted();
        }
    }

    /** Follows those among the tasks that it does not read yet. */
    void join(List<AssignedTask> tasks) {
        if (!options.getFollow()) {
            return;
        }
        lock.lock();
        try {
            if (!closed) {
                tasks.forEach(this::read);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    private void read(AssignedTask task) {
        if (readers.containsKey(task.id())) {
            return;
        }
        reading++;
        readers.put(task.id(), Thread.ofVirtual().name("log-" + task.id()).start(() -> readAll(task)));
    }

    private void readAll(AssignedTask task) {
        var context = LogContext.newBuilder()
                .setServiceId(task.task().getServiceId())
                .setNodeId(task.task().getNodeId())
                .setTaskId(task.id())
                .build();
        boolean again = false;
        try {
            reader.read(TaskNames.containerId(task.id()), query(), line -> take(context, line));
        } catch (LogFailure e) {
            // Not prepared yet: taken up when the task has moved on.
            again = e.kind() == LogFailure.Kind.NOT_FOUND;
            if (!again) {
                fail("task " + task.id() + ": " + e.getMessage());
            }
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "reading the log of task {0} was ended", task.id());
        }
        lock.lock();
        try {
            reading--;
            if (again) {
                readers.remove(task.id());
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private LogQuery query() {
        return new LogQuery(
                options.getStdout(),
                options.getStderr(),
                options.getFollow(),
                options.hasTail() && options.getTail() >= 0 ? OptionalLong.of(options.getTail()) : OptionalLong.empty(),
                options.hasSince() ? Optional.of(Timestamps.instant(options.getSince())) : Optional.empty(),
                Optional.empty());
    }

    private boolean take(LogContext context, LogLine line) throws InterruptedException {
        var message = LogMessage.newBuilder()
                .setContext(context)
                .setTimestamp(Timestamps.of(line.time()))
                .setStream(line.stream())
                .setLine(ByteString.copyFromUtf8(line.text()))
                .build();
        limit.pass(message.getLine().size());
        lock.lockInterruptibly();
        try {
            while (!closed && bufferedBytes >= BUFFER_BYTES) {
                changed.await();
            }
            if (closed) {
                return false;
            }
            buffer.addLast(message);
            bufferedBytes += bytes(message);
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void fail(String error) {
        lock.lock();
        try {
            errors.addLast(error);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static int bytes(LogMessage message) {
        return message.getLine().size() + MESSAGE_OVERHEAD_BYTES;
    }

    private void send() {
        try {
            boolean more = true;
            while (more) {
                more = sendOnce();
            }
        } catch (InterruptedException | IllegalStateException e) {
            LOG.log(Level.DEBUG, "log subscription {0} was ended: {1}", id, e.getMessage());
        } finally {
            close();
            ended.run();
        }
    }

    /** Sends what is there as soon as the call takes it. False when that was all. */
    private boolean sendOnce() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed && (nothingToSay() || !ready())) {
                changed.await();
            }
            var target = call;
            if (closed || target == null) {
                return false;
            }
            var request = PublishRequest.newBuilder().setSubscriptionId(id).addAllMessages(batch());
            if (!errors.isEmpty()) {
                request.setError(errors.removeFirst());
            }
            boolean done = buffer.isEmpty() && errors.isEmpty() && finished();
            target.onNext(request.setDone(done).build());
            if (done) {
                target.onCompleted();
                return false;
            }
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean nothingToSay() {
        return buffer.isEmpty() && errors.isEmpty() && !finished();
    }

    private boolean finished() {
        return reading == 0 && !options.getFollow();
    }

    private boolean ready() {
        var target = call;
        return target != null && target.isReady();
    }

    private List<LogMessage> batch() {
        var batch = new ArrayList<LogMessage>();
        int size = 0;
        while (!buffer.isEmpty() && size < BATCH_BYTES) {
            var message = buffer.removeFirst();
            size += bytes(message);
            batch.add(message);
        }
        bufferedBytes -= size;
        return batch;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            readers.values().forEach(Thread::interrupt);
            changed.signalAll();
            if (sender != null && sender != Thread.currentThread()) {
                var target = call;
                if (target != null) {
                    target.cancel("closed", null);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** The call's own events. */
    private final class Answer implements ClientResponseObserver<PublishRequest, PublishResponse> {
        @Override
        public void beforeStart(ClientCallStreamObserver<PublishRequest> started) {
            call = started;
            started.setOnReadyHandler(this::wake);
        }

        private void wake() {
            lock.lock();
            try {
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void onNext(PublishResponse response) {}

        @Override
        public void onError(Throwable failure) {
            close();
        }

        @Override
        public void onCompleted() {
            close();
        }
    }
}
