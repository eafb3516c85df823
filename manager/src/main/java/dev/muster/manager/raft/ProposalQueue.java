package dev.muster.manager.raft;

import dev.muster.api.ChangeSet;
import dev.muster.api.Fence;
import dev.muster.api.LogEntry;
import dev.muster.manager.state.ClusterReducer;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.EntryBounds;
import dev.muster.manager.state.FeatureLevels;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Verdict;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Groups the proposals of one leadership into log entries: while an entry is on its way, what is proposed waits and then
 * shares the next one, so that a sync of the disk is paid by many. Callers block; a thread of its own builds and sends
 * entries, few at a time. After close nothing is sent.
 */
final class ProposalQueue implements AutoCloseable {
    /**
     * Entries on their way at once: with a second one the disk is not idle while the first is applied. More would only
     * make entries smaller.
     */
    private static final int IN_FLIGHT = 2;

    /** Bytes waiting before callers are held back: the memory that a burst may take. */
    private static final long MAX_WAITING_BYTES = 4L * EntryBounds.limit();

    /** Longer than an election and a slow disk; after that a caller is better told that the outcome is not known. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Puts an entry into the log of this leadership. */
    interface Log {
        /** Sends the entry; the outcome is told once, by any thread. */
        void append(LogEntry entry, Outcome outcome);
    }

    /** What became of an entry. */
    interface Outcome {
        void applied(List<Verdict> verdicts);

        /** It was not applied, or nobody knows: the same result for each of its change sets. */
        void failed(ProposalResult result);
    }

    /** A change set that somebody waits for. */
    private static final class Waiting {
        private final ChangeSet changeSet;
        private final int bytes;
        private final CountDownLatch done;
        private volatile @Nullable ProposalResult result;
        private volatile boolean sent;

        Waiting(ChangeSet changeSet, CountDownLatch done) {
            this.changeSet = changeSet;
            this.bytes = EntryBounds.bytes(changeSet);
            this.done = done;
        }

        void complete(ProposalResult outcome) {
            result = outcome;
            done.countDown();
        }
    }

    private final long term;
    private final ClusterStates states;
    private final DiskRoom disk;
    private final Log log;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition room = lock.newCondition();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private int inFlight;
    private boolean closed;

    ProposalQueue(long term, ClusterStates states, DiskRoom disk, Log log) {
        this.term = term;
        this.states = states;
        this.disk = disk;
        this.log = log;
        Thread.ofPlatform().name("raft-proposals").daemon().start(this::run);
    }

    /** Of the leadership whose entries it makes. */
    long term() {
        return term;
    }

    List<ProposalResult> propose(List<ChangeSet> changeSets) {
        var done = new CountDownLatch(changeSets.size());
        var mine = changeSets.stream()
                .map(changeSet -> new Waiting(changeSet, done))
                .toList();
        try {
            var state = states.current();
            // An older manager may have passed on what it does not know.
            var full = disk.refusal();
            mine.forEach(one ->
                    FeatureLevels.refusal(state, one.changeSet).or(() -> full).ifPresent(one::complete));
            enqueue(mine.stream().filter(one -> one.result == null).toList());
            var _ = done.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return mine.stream().map(this::result).toList();
    }

    /** Nothing is sent after this; what waits is refused. What is on its way gets its outcome from the log. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            waiting.forEach(one -> one.complete(refused()));
            waiting.clear();
            waitingBytes = 0;
            work.signalAll();
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Change sets that are in no entry yet. */
    int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    private void enqueue(List<Waiting> all) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            for (var one : all) {
                if (one.bytes > EntryBounds.limit()) {
                    one.complete(EntryBounds.refusal(one.changeSet));
                } else {
                    enqueue(one);
                }
            }
            work.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock, which is free while this waits for room. */
    private void enqueue(Waiting one) throws InterruptedException {
        long nanos = PATIENCE.toNanos();
        while (!closed && waitingBytes + one.bytes > MAX_WAITING_BYTES && nanos > 0) {
            work.signal();
            nanos = room.awaitNanos(nanos);
        }
        if (closed) {
            one.complete(refused());
        } else if (nanos <= 0) {
            one.complete(new ProposalResult.Refused(
                    "too many changes are waiting for the log, none of them was taken for " + PATIENCE));
        } else {
            waiting.add(one);
            waitingBytes += one.bytes;
        }
    }

    /** The outcome, or what is known after the caller's patience: it takes back what was not sent. */
    private ProposalResult result(Waiting one) {
        var known = one.result;
        if (known != null) {
            return known;
        }
        lock.lock();
        try {
            if (!one.sent) {
                if (waiting.remove(one)) {
                    waitingBytes -= one.bytes;
                }
                return new ProposalResult.Refused("the log did not take the change in time");
            }
            return new ProposalResult.Unknown("the log did not answer in time");
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        var batch = nextBatch();
        while (!batch.isEmpty()) {
            send(batch);
            batch = nextBatch();
        }
    }

    /** What goes into the next entry; empty when it is closed. */
    private List<Waiting> nextBatch() {
        lock.lock();
        try {
            while (!closed && (waiting.isEmpty() || inFlight >= IN_FLIGHT)) {
                work.awaitUninterruptibly();
            }
            var batch = new ArrayList<Waiting>();
            int bytes = 0;
            while (!closed
                    && !waiting.isEmpty()
                    && batch.size() < EntryBounds.MAX_CHANGE_SETS
                    && bytes + waiting.getFirst().bytes <= EntryBounds.limit()) {
                var one = waiting.removeFirst();
                one.sent = true;
                bytes += one.bytes;
                batch.add(one);
            }
            if (!batch.isEmpty()) {
                waitingBytes -= bytes;
                inFlight++;
                room.signalAll();
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void send(List<Waiting> batch) {
        var entry = LogEntry.newBuilder()
                .setFormat(ClusterReducer.ENTRY_FORMAT)
                .setFence(Fence.newBuilder().setEpoch(states.current().epoch()).setTerm(term));
        batch.forEach(one -> entry.addChangeSets(one.changeSet));
        log.append(entry.build(), new Outcome() {
            @Override
            public void applied(List<Verdict> verdicts) {
                for (int i = 0; i < batch.size(); i++) {
                    batch.get(i).complete(toResult(verdicts.get(i)));
                }
                landed();
            }

            @Override
            public void failed(ProposalResult result) {
                batch.forEach(one -> one.complete(result));
                landed();
            }
        });
    }

    private void landed() {
        lock.lock();
        try {
            inFlight--;
            work.signal();
        } finally {
            lock.unlock();
        }
    }

    private static ProposalResult toResult(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Accepted accepted -> new ProposalResult.Accepted(accepted.version());
            case Verdict.Rejected rejected -> new ProposalResult.Rejected(rejected.reasons());
        };
    }

    private static ProposalResult refused() {
        return new ProposalResult.Refused("this manager's leadership has ended");
    }
}
