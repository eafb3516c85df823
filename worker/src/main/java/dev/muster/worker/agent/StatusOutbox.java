package dev.muster.worker.agent;

import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.TaskStatus;
import dev.muster.api.UpdateTaskStatusRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Statuses that managers have not acknowledged: the newest per task, so it is bounded by the number of tasks and nothing
 * is ever lost. Statuses only grow, so a newer one says all that an older one said. What a task only passes through waits
 * a moment for what comes next: a start would cost the cluster three commits otherwise. Thread-safe.
 */
final class StatusOutbox {
    /** Of one call: what a Raft entry takes easily. */
    static final int BATCH = 1000;

    /** For a state that nobody waits for; people who look see it late, not never. */
    static final Duration MOMENT = Duration.ofMillis(100);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final Map<String, Waiting> pending = new LinkedHashMap<>();
    private final LongSupplier nanoTime;

    /** When the next batch goes, if there is anything: what is urgent takes all else along. */
    private long due;

    private record Waiting(TaskStatus status, long dueNanos) {}

    /** @param nanoTime for how long states in passing wait */
    StatusOutbox(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    void offer(String taskId, TaskStatus status) {
        lock.lock();
        try {
            long moment = nanoTime.getAsLong() + (passing(status) ? MOMENT.toNanos() : 0);
            due = pending.isEmpty() ? moment : earlier(due, moment);
            // A task that is already waiting keeps its place.
            pending.put(taskId, new Waiting(status, moment));
            filled.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Blocks until there is something to send; it stays here until {@link #sent}. */
    List<UpdateTaskStatusRequest.Update> next() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (pending.isEmpty() || due - nanoTime.getAsLong() > 0) {
                if (pending.isEmpty()) {
                    filled.await();
                } else {
                    var _ = filled.awaitNanos(due - nanoTime.getAsLong());
                }
            }
            var batch = new ArrayList<UpdateTaskStatusRequest.Update>();
            for (var entry : pending.entrySet()) {
                if (batch.size() == BATCH) {
                    break;
                }
                batch.add(UpdateTaskStatusRequest.Update.newBuilder()
                        .setTaskId(entry.getKey())
                        .setStatus(entry.getValue().status())
                        .build());
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private static long earlier(long left, long right) {
        return left - right < 0 ? left : right;
    }

    /** Neither runs nor has ended: there is more to come. */
    private static boolean passing(TaskStatus status) {
        return TaskStates.before(status.getState(), TaskState.TASK_RUNNING);
    }

    /** A manager has taken them: those that nothing newer has replaced are done. */
    void sent(List<UpdateTaskStatusRequest.Update> batch) {
        lock.lock();
        try {
            for (var update : batch) {
                var waiting = pending.get(update.getTaskId());
                if (waiting != null && waiting.status().equals(update.getStatus())) {
                    pending.remove(update.getTaskId());
                }
            }
            pending.values().stream()
                    .map(Waiting::dueNanos)
                    .reduce(StatusOutbox::earlier)
                    .ifPresent(earliest -> due = earliest);
        } finally {
            lock.unlock();
        }
    }

    /** The managers have no such task any more. */
    void forget(String taskId) {
        lock.lock();
        try {
            pending.remove(taskId);
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return pending.size();
        } finally {
            lock.unlock();
        }
    }
}
