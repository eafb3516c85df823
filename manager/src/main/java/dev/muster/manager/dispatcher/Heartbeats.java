package dev.muster.manager.dispatcher;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/** Until when each node counts as alive. Any thread. */
final class Heartbeats {
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Life> lives = new HashMap<>();
    private final LongSupplier nanoTime;

    /**
     * What is known of a node.
     *
     * @param registered false while it has not been heard of under this leadership
     */
    private record Life(long deadlineNanos, boolean registered) {}

    /** A node that was silent for too long. */
    record Silent(String nodeId, boolean registered) {}

    Heartbeats(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A node that has to register within the time. */
    void expect(String nodeId, Duration within) {
        put(nodeId, new Life(nanoTime.getAsLong() + within.toNanos(), false));
    }

    /** The node has registered, or says that it is alive: it has this long until the next time. */
    void beat(String nodeId, Duration timeToLive) {
        put(nodeId, new Life(nanoTime.getAsLong() + timeToLive.toNanos(), true));
    }

    void forget(String nodeId) {
        lock.lock();
        try {
            lives.remove(nodeId);
        } finally {
            lock.unlock();
        }
    }

    boolean alive(String nodeId) {
        lock.lock();
        try {
            return lives.containsKey(nodeId);
        } finally {
            lock.unlock();
        }
    }

    boolean registered(String nodeId) {
        lock.lock();
        try {
            var life = lives.get(nodeId);
            return life != null && life.registered();
        } finally {
            lock.unlock();
        }
    }

    /** Takes out the nodes whose time is over. */
    List<Silent> takeSilent() {
        long now = nanoTime.getAsLong();
        var silent = new ArrayList<Silent>();
        lock.lock();
        try {
            lives.entrySet().removeIf(entry -> {
                boolean over = entry.getValue().deadlineNanos() - now <= 0;
                if (over) {
                    silent.add(new Silent(entry.getKey(), entry.getValue().registered()));
                }
                return over;
            });
        } finally {
            lock.unlock();
        }
        silent.sort(Comparator.comparing(Silent::nodeId));
        return silent;
    }

    /** How long until the first node's time is over. */
    Optional<Duration> untilNextDeadline() {
        long now = nanoTime.getAsLong();
        lock.lock();
        try {
            return lives.values().stream()
                    .map(life -> Duration.ofNanos(Math.max(0, life.deadlineNanos() - now)))
                    .min(Comparator.naturalOrder());
        } finally {
            lock.unlock();
        }
    }

    private void put(String nodeId, Life life) {
        lock.lock();
        try {
            lives.put(nodeId, life);
        } finally {
            lock.unlock();
        }
    }
}
