package dev.muster.manager.raft;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;

import dev.muster.manager.state.ClusterState;
import java.io.IOException;
import java.util.OptionalLong;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

/**
 * Writes snapshots on a thread of its own, one at a time: the state is an immutable value, so entries go on being
 * applied meanwhile. Any thread.
 */
final class SnapshotTaker {
    private static final System.Logger LOG = System.getLogger(SnapshotTaker.class.getName());

    private final SnapshotStorage storage;
    private final Sealer sealer;
    private final long standardInterval;
    private @Nullable Thread writing;
    private volatile boolean cancelled;
    private long newest = -1;
    private long reported = -1;

    /**
     * @param standardInterval log entries between two snapshots, where the cluster does not say
     */
    SnapshotTaker(SnapshotStorage storage, Sealer sealer, long standardInterval) {
        this.storage = storage;
        this.sealer = sealer;
        this.standardInterval = standardInterval;
    }

    /**
     * Begins to write a snapshot, if it is time for one and none is being written.
     *
     * @return the index of a snapshot that was finished since it was last asked; then it begins none
     */
    synchronized OptionalLong next(ClusterState state, TermIndex at) {
        if (newest > reported) {
            reported = newest;
            return OptionalLong.of(newest);
        }
        if (writing == null && at.getIndex() - newest >= interval(state)) {
            cancelled = false;
            writing = Thread.ofPlatform().name("raft-snapshot").daemon().start(() -> write(state, at));
        }
        return OptionalLong.empty();
    }

    private long interval(ClusterState state) {
        long said = state.cluster()
                .map(cluster -> cluster.getSpec().getSnapshotInterval())
                .orElse(0L);
        return said > 0 ? said : standardInterval;
    }

    /** Notes a snapshot that did not come from here. */
    synchronized void loaded(long index) {
        newest = Math.max(newest, index);
        reported = newest;
    }

    /** Stops a snapshot that is being written and waits for that: a block takes a moment at most. */
    void cancel() {
        Thread thread;
        synchronized (this) {
            cancelled = true;
            thread = writing;
        }
        if (thread == null) {
            return;
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(ClusterState state, TermIndex at) {
        try {
            var file = storage.write(state, at, sealer, () -> cancelled);
            LOG.log(INFO, "wrote snapshot {0}", file);
            finished(at.getIndex());
        } catch (IOException | RuntimeException e) {
            if (!cancelled) {
                LOG.log(ERROR, "no snapshot was written at index " + at.getIndex() + "; the log stays longer", e);
            }
            finished(-1);
        }
    }

    private synchronized void finished(long index) {
        writing = null;
        newest = Math.max(newest, index);
    }
}
