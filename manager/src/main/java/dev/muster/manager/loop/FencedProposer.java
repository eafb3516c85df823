package dev.muster.manager.loop;

import dev.muster.api.ChangeSet;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Lets proposals through until it is closed, and knows when the last one has come back. Any thread. */
final class FencedProposer implements Proposer {
    private final Proposer proposer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private int inFlight;
    private boolean closed;

    FencedProposer(Proposer proposer) {
        this.proposer = proposer;
    }

    @Override
    public List<ProposalResult> propose(List<ChangeSet> changeSets) {
        if (!enter()) {
            ProposalResult refused = new ProposalResult.Refused("this manager's leadership has ended");
            return changeSets.stream().map(_ -> refused).toList();
        }
        try {
            return proposer.propose(changeSets);
        } finally {
            leave();
        }
    }

    @Override
    public ClusterState read() {
        return proposer.read();
    }

    /** Lets nothing through from now on. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until everything that was let through has come back. */
    boolean awaitIdle(Duration timeout) throws InterruptedException {
        long nanos = timeout.toNanos();
        lock.lockInterruptibly();
        try {
            while (inFlight > 0 && nanos > 0) {
                nanos = idle.awaitNanos(nanos);
            }
            return inFlight == 0;
        } finally {
            lock.unlock();
        }
    }

    private boolean enter() {
        lock.lock();
        try {
            if (!closed) {
                inFlight++;
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    private void leave() {
        lock.lock();
        try {
            if (--inFlight == 0) {
                idle.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}
