package dev.muster.manager.dispatcher;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/** Keeps one node that registers again and again from costing the others. Any thread. */
final class RegistrationLimit {
    /** Swarm's. */
    static final int MOST = 3;

    static final Duration WINDOW = Duration.ofSeconds(8);

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Deque<Long>> recent = new HashMap<>();
    private final LongSupplier nanoTime;

    RegistrationLimit(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Whether the node may register now; counts it if so. */
    boolean admit(String nodeId) {
        long now = nanoTime.getAsLong();
        lock.lock();
        try {
            recent.values().forEach(times -> {
                while (!times.isEmpty() && now - times.peekFirst() >= WINDOW.toNanos()) {
                    times.removeFirst();
                }
            });
            recent.values().removeIf(Deque::isEmpty);
            var times = recent.computeIfAbsent(nodeId, _ -> new ArrayDeque<>());
            if (times.size() >= MOST) {
                return false;
            }
            times.addLast(now);
            return true;
        } finally {
            lock.unlock();
        }
    }
}
