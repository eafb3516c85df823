package dev.muster.manager.raft;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;

import dev.muster.manager.state.Leadership;
import dev.muster.manager.state.LeadershipListener;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Turns what Ratis says about leadership, from many threads and under its locks, into strictly alternating calls of a
 * listener from one thread of its own. It also asks by itself now and then: a step down of which it is not told must not
 * leave a leadership open.
 */
final class LeadershipWatch implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LeadershipWatch.class.getName());

    /** Only a second line of defence; the fence keeps a leadership that is over from doing harm. */
    private static final Duration ASK_EVERY = Duration.ofMillis(500);

    private static final Duration CLOSE_BOUND = Duration.ofSeconds(30);

    /** What Ratis says when asked. */
    interface Probe {
        /** The term in which this member leads and has applied all that was before; 0 if it does not. */
        long leadingTerm();
    }

    /** Makes what a leadership proposes with, and ends it. */
    interface Proposals {
        Leadership open(long term);

        void close();
    }

    private final LeadershipListener listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable Probe probe;
    private @Nullable Proposals proposals;
    private @Nullable Thread thread;
    private boolean signalled;
    private boolean closed;

    /** The open leadership; touched by the watch's thread only. */
    private @Nullable Leadership current;

    LeadershipWatch(LeadershipListener listener) {
        this.listener = listener;
    }

    void start(Probe newProbe, Proposals newProposals) {
        lock.lock();
        try {
            probe = newProbe;
            proposals = newProposals;
            thread = Thread.ofPlatform().name("raft-leadership").daemon().start(this::run);
        } finally {
            lock.unlock();
        }
    }

    /** Something about leadership may have changed: asks Ratis soon. */
    void changed() {
        lock.lock();
        try {
            signalled = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends an open leadership; the listener has been told when this returns. */
    @Override
    public void close() {
        Thread running;
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            running = thread;
        } finally {
            lock.unlock();
        }
        if (running != null) {
            try {
                if (!running.join(CLOSE_BOUND)) {
                    LOG.log(ERROR, "the end of a leadership takes longer than {0}", CLOSE_BOUND);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        while (awaitSignal()) {
            follow(probed());
        }
        follow(0);
    }

    /** Waits for news, or until it is time to ask. False when it is closed. */
    private boolean awaitSignal() {
        lock.lock();
        try {
            long nanos = ASK_EVERY.toNanos();
            while (!signalled && !closed && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            signalled = false;
            return !closed;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    private long probed() {
        return probe == null ? 0 : probe.leadingTerm();
    }

    private void follow(long term) {
        var open = Optional.ofNullable(current);
        if (open.map(Leadership::term).orElse(0L) == term) {
            return;
        }
        open.ifPresent(this::end);
        if (term != 0) {
            begin(term);
        }
    }

    private void begin(long term) {
        LOG.log(INFO, "this manager leads in term {0}", Long.toString(term));
        var leadership = proposals.open(term);
        current = leadership;
        try {
            listener.leadershipBegan(leadership);
        } catch (RuntimeException e) {
            LOG.log(ERROR, "the leadership of term " + term + " could not begin; it is tried again", e);
            proposals.close();
            current = null;
        }
    }

    private void end(Leadership leadership) {
        LOG.log(INFO, "this manager leads no longer; its term was {0}", Long.toString(leadership.term()));
        proposals.close();
        current = null;
        try {
            listener.leadershipEnded(leadership);
        } catch (RuntimeException e) {
            LOG.log(ERROR, "the leadership of term " + leadership.term() + " did not end in order", e);
        }
    }
}
