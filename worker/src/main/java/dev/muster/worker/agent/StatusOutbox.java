package dev.muster.worker.agent;

import dev.muster.api.TaskStatus;
import dev.muster.api.UpdateTaskStatusRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Statuses that managers have not acknowledged: the newest per task, so it is bounded by the number of tasks and nothing
 * is ever lost. Statuses only grow, so a newer one says all that an older one said. Thread-safe.
 */
final class StatusOutbox {
    /** Of one call: what a Raft entry takes easily. */
    static final int BATCH = 1000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final Map<String, TaskStatus> pending = new LinkedHashMap<>();

    void offer(String taskId, TaskStatus status) {
        lock.lock();
        try {
            // A task that is already waiting keeps its place.
            pending.put(taskId, status);
            filled.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Blocks until there is something to send; it stays here until {@link #sent}. */
    List<UpdateTaskStatusRequest.Update> next() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (pending.isEmpty()) {
                filled.await();
            }
            var batch = new ArrayList<UpdateTaskStatusRequest.Update>();
            for (var entry : pending.entrySet()) {
                if (batch.size() == BATCH) {
                    break;
                }
                batch.add(UpdateTaskStatusRequest.Update.newBuilder()
                        .setTaskId(entry.getKey())
                        .setStatus(entry.getValue())
                        .build());
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** A manager has taken them: those that nothing newer has replaced are done. */
    void sent(List<UpdateTaskStatusRequest.Update> batch) {
        lock.lock();
        try {
            for (var update : batch) {
                pending.remove(update.getTaskId(), update.getStatus());
            }
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
