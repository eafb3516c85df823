package dev.muster.worker.runtime.containerd;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.muster.containerd.events.Envelope;
import dev.muster.containerd.events.SubscribeRequest;
import dev.muster.containerd.events.TaskExit;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Follows containerd's exit events and wakes whoever waits for that process. Events are hints: a waiter asks containerd
 * for the truth when it is woken, when the subscription was renewed (events may have been missed), and from time to
 * time.
 */
final class ExitWatch implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(ExitWatch.class.getName());
    private static final Duration RETRY = Duration.ofMillis(500);

    /** By then a subscription is in force, if containerd answers at all. */
    private static final Duration SUBSCRIPTION_DELAY = Duration.ofSeconds(1);

    /** A container's first process, or a command run in it. */
    private record Watched(String containerId, String execId) {}

    private final ContainerdClient client;
    private final Map<Watched, Set<Waiter>> waiters = new ConcurrentHashMap<>();
    private final Context.CancellableContext subscription = Context.current().withCancellation();
    private volatile boolean closed;

    ExitWatch(ContainerdClient client) {
        this.client = client;
        Thread.ofVirtual().name("containerd-exits").start(() -> subscription.run(this::follow));
    }

    /** One thread's interest in one process. */
    final class Waiter implements AutoCloseable {
        private final Watched process;
        private final Semaphore wakeups = new Semaphore(0);

        private Waiter(Watched process) {
            this.process = process;
        }

        /** Returns when there may be something new, or when the time is over. */
        void await(Duration atMost) throws InterruptedException {
            if (wakeups.tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
                wakeups.drainPermits();
            }
        }

        @Override
        public void close() {
            waiters.computeIfPresent(process, (key, all) -> {
                all.remove(this);
                return all.isEmpty() ? null : all;
            });
        }
    }

    /** To be called before the process is asked for, so that nothing falls in between. */
    Waiter register(String containerId, String execId) {
        Watched process = new Watched(containerId, execId);
        Waiter waiter = new Waiter(process);
        waiters.compute(process, (key, all) -> {
            Set<Waiter> result = all == null ? ConcurrentHashMap.newKeySet() : all;
            result.add(waiter);
            return result;
        });
        return waiter;
    }

    private void follow() {
        SubscribeRequest request = SubscribeRequest.newBuilder()
                .addFilters("namespace==" + client.namespace() + ",topic==/tasks/exit")
                .build();
        while (!closed) {
            try {
                Iterator<Envelope> events = client.events().subscribe(request);
                lookAround();
                while (events.hasNext()) {
                    handle(events.next());
                }
            } catch (StatusRuntimeException e) {
                client.reconnect();
            }
            if (!closed) {
                LockSupport.parkNanos(RETRY.toNanos());
            }
        }
    }

    /** Events may have been missed before the subscription; and it counts only some time after the call. */
    private void lookAround() {
        waiters.values().forEach(ExitWatch::wake);
        Thread.ofVirtual().name("containerd-exits-missed").start(() -> {
            LockSupport.parkNanos(SUBSCRIPTION_DELAY.toNanos());
            waiters.values().forEach(ExitWatch::wake);
        });
    }

    private void handle(Envelope envelope) {
        try {
            TaskExit exit = TaskExit.parseFrom(envelope.getEvent().getValue());
            String execId = exit.getId().equals(exit.getContainerId()) ? "" : exit.getId();
            wake(waiters.getOrDefault(new Watched(exit.getContainerId(), execId), Set.of()));
        } catch (InvalidProtocolBufferException e) {
            LOG.log(System.Logger.Level.WARNING, "containerd sent an exit event that cannot be read", e);
        }
    }

    private static void wake(Set<Waiter> all) {
        all.forEach(each -> each.wakeups.release());
    }

    @Override
    public void close() {
        closed = true;
        subscription.cancel(null);
    }
}
