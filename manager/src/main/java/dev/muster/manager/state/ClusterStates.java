package dev.muster.manager.state;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Holds the current {@link ClusterState} and wakes who waits for the next. Any thread reads; whoever applies the log
 * publishes, one thread at a time. Publishing never waits for a reader: each subscription keeps only what was touched
 * since it was last asked, so a slow reader costs a bounded amount of memory and misses no change, only steps between.
 */
public final class ClusterStates {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition published = lock.newCondition();
    private final List<Subscription> subscriptions = new ArrayList<>();
    private volatile ClusterState current;

    public ClusterStates() {
        this(ClusterState.EMPTY);
    }

    public ClusterStates(ClusterState initial) {
        current = initial;
    }

    public ClusterState current() {
        return current;
    }

    /** Makes a state the current one. */
    public void publish(ClusterState state, Touched touched) {
        lock.lock();
        try {
            current = state;
            if (!touched.nothing()) {
                subscriptions.forEach(subscription -> subscription.add(touched));
            }
            published.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the state has at least this version. Empty if it has not when the time is over. */
    public Optional<ClusterState> awaitVersion(long version, Duration timeout) throws InterruptedException {
        long nanos = timeout.toNanos();
        lock.lockInterruptibly();
        try {
            while (current.version() < version) {
                if (nanos <= 0) {
                    return Optional.empty();
                }
                nanos = published.awaitNanos(nanos);
            }
            return Optional.of(current);
        } finally {
            lock.unlock();
        }
    }

    /** Begins to collect what is touched from now on. Close it when it is no longer asked. */
    public Subscription subscribe() {
        lock.lock();
        try {
            var subscription = new Subscription(current);
            subscriptions.add(subscription);
            return subscription;
        } finally {
            lock.unlock();
        }
    }

    /**
     * From the state that a subscription saw last to the one it sees now.
     *
     * @param touched what may differ between the two
     */
    public record Update(ClusterState before, ClusterState after, Touched touched) {}

    /** What one reader has not seen yet. One thread takes from it. */
    public final class Subscription implements AutoCloseable {
        private ClusterState seen;
        private final List<Touched> pending = new ArrayList<>();
        private int pendingKeys;
        private boolean closed;

        private Subscription(ClusterState seen) {
            this.seen = seen;
        }

        /** The state that the last update led to; at first, the one at subscription. */
        public ClusterState seen() {
            return seen;
        }

        /** Whether there is something to take. */
        public boolean pending() {
            lock.lock();
            try {
                return !pending.isEmpty();
            } finally {
                lock.unlock();
            }
        }

        /** What has happened since it was last asked; empty if nothing. Does not wait. */
        public Optional<Update> poll() {
            lock.lock();
            try {
                return take();
            } finally {
                lock.unlock();
            }
        }

        /** Waits for something to happen, no longer than the timeout, or until the subscription is closed. */
        public Optional<Update> await(Duration timeout) throws InterruptedException {
            long nanos = saturatedNanos(timeout);
            lock.lockInterruptibly();
            try {
                while (pending.isEmpty() && !closed && nanos > 0) {
                    nanos = published.awaitNanos(nanos);
                }
                return take();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                closed = true;
                forget();
                subscriptions.remove(this);
                published.signalAll();
            } finally {
                lock.unlock();
            }
        }

        /** Costs the publisher next to nothing: the reader puts together what it was slow to take. */
        private void add(Touched touched) {
            pendingKeys += touched.size();
            if (touched.everything() || pendingKeys > Touched.MAX_KEYS) {
                forget();
                pending.add(Touched.EVERYTHING);
            } else if (pending.isEmpty() || !pending.getFirst().everything()) {
                pending.add(touched);
            }
        }

        private Optional<Update> take() {
            if (pending.isEmpty()) {
                return Optional.empty();
            }
            var update = new Update(seen, current, Touched.union(pending));
            seen = current;
            forget();
            return Optional.of(update);
        }

        private void forget() {
            pending.clear();
            pendingKeys = 0;
        }

        private static long saturatedNanos(Duration timeout) {
            return timeout.compareTo(Duration.ofDays(365)) > 0 ? TimeUnit.DAYS.toNanos(365) : timeout.toNanos();
        }
    }
}
