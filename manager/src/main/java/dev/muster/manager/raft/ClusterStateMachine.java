package dev.muster.manager.raft;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;

import dev.muster.api.Cluster;
import dev.muster.api.LogEntry;
import dev.muster.manager.state.ClusterReducer;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.Touched;
import java.io.IOException;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.util.LifeCycle;

/**
 * Ratis' way into the reducer: opens entries, applies them, publishes the state, and takes and loads snapshots. Entries
 * come from one thread; the rest from Ratis' others. A failure to apply ends this member, as going on would make it
 * disagree with the others.
 */
final class ClusterStateMachine extends BaseStateMachine {
    private static final System.Logger LOG = System.getLogger(ClusterStateMachine.class.getName());

    private final ClusterStates states;
    private final KeyRing keys;
    private final LeadershipWatch leadership;
    private final Consumer<Throwable> failed;
    private final SnapshotStorage storage;
    private final SnapshotTaker snapshots;
    private final LogParts parts = new LogParts();

    /**
     * @param storage of this member
     * @param snapshotEntries log entries between two snapshots, where the cluster does not say
     * @param failed told when this member cannot go on
     */
    ClusterStateMachine(
            ClusterStates states,
            KeyRing keys,
            LeadershipWatch leadership,
            SnapshotStorage storage,
            long snapshotEntries,
            Consumer<Throwable> failed) {
        this.states = states;
        this.keys = keys;
        this.leadership = leadership;
        this.storage = storage;
        this.failed = failed;
        this.snapshots = new SnapshotTaker(storage, keys.sealer(), snapshotEntries);
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage raftStorage) throws IOException {
        getLifeCycle()
                .startAndTransition(
                        () -> {
                            super.initialize(server, groupId, raftStorage);
                            storage.init(raftStorage);
                            load();
                        },
                        IOException.class);
    }

    @Override
    public void pause() {
        // A snapshot of the leader's is about to take the place of everything here, snapshots too.
        snapshots.cancel();
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    @Override
    public void reinitialize() throws IOException {
        load();
        if (getLifeCycleState() == LifeCycle.State.PAUSED) {
            getLifeCycle().transition(LifeCycle.State.STARTING);
            getLifeCycle().transition(LifeCycle.State.RUNNING);
        }
    }

    @Override
    public void close() {
        snapshots.cancel();
        getLifeCycle().checkStateAndClose();
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return storage;
    }

    /**
     * Begins a snapshot if it is time, and answers the index of one that is finished, so that Ratis may purge the log
     * before it. Ratis asks behind every few entries: how often snapshots are taken is the cluster's to say.
     */
    @Override
    public long takeSnapshot() {
        if (parts.incomplete()) {
            return RaftLog.INVALID_LOG_INDEX;
        }
        return snapshots.next(states.current(), getLastAppliedTermIndex()).orElse(RaftLog.INVALID_LOG_INDEX);
    }

    @Override
    public TransactionContext startTransaction(RaftClientRequest request) {
        var context = TransactionContext.newBuilder()
                .setStateMachine(this)
                .setClientRequest(request)
                .setLogData(request.getMessage().getContent());
        if (request.getMessage() instanceof AppliedRecord record) {
            context.setStateMachineContext(record);
            return context.build();
        }
        // Whatever comes over the wire as a Raft client is not sealed by us, and nobody of ours sends it.
        return context.build().setException(new IOException("this manager takes proposals from itself only"));
    }

    @Override
    public TransactionContext preAppendTransaction(TransactionContext transaction) {
        if (transaction.getStateMachineContext() instanceof AppliedRecord record && record.last()) {
            record.entry().markAppended();
        }
        return transaction;
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        var logged = Objects.requireNonNull(transaction.getLogEntry());
        try {
            // A record that this leader has just made is not read again, and its entry not opened.
            var own = transaction.getStateMachineContext() instanceof AppliedRecord record ? record : null;
            var sealed = parts.next(own == null ? LogEntries.record(logged) : own.record(), logged.getTerm());
            updateLastAppliedTermIndex(logged.getTerm(), logged.getIndex());
            if (sealed.isPresent()) {
                if (own == null) {
                    apply(LogEntries.open(sealed.get(), keys.sealer()), logged.getTerm(), logged.getIndex());
                } else {
                    own.entry()
                            .applied(apply(own.entry().entry(), logged.getTerm(), logged.getIndex())
                                    .verdicts());
                }
            }
        } catch (RuntimeException e) {
            LOG.log(ERROR, "this manager cannot apply entry " + logged.getIndex() + " of the log and stops", e);
            failed.accept(e);
            throw e;
        }
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    /** Nothing to look up: who reads waits for this only, and then has {@link ClusterStates}. */
    @Override
    public CompletableFuture<Message> query(Message request) {
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    @Override
    public void notifyLeaderReady() {
        leadership.changed();
    }

    @Override
    public void notifyNotLeader(Collection<TransactionContext> pending) {
        leadership.changed();
    }

    @Override
    public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId newLeader) {
        leadership.changed();
    }

    @Override
    public void notifyLogFailed(Throwable cause, LogEntryProto entry) {
        LOG.log(ERROR, "the Raft log cannot be written", cause);
        failed.accept(cause);
    }

    private ClusterReducer.Applied apply(LogEntry entry, long term, long index) {
        var before = states.current();
        var applied = ClusterReducer.apply(before, entry, term);
        if (!before.cluster().equals(applied.state().cluster())) {
            applied.state().cluster().ifPresent(cluster -> followKeys(cluster, index));
        }
        states.publish(applied.state(), applied.touched());
        return applied;
    }

    /** The cluster object says which data key seals from now on, and which are needed no more: every manager has it by then. */
    private void followKeys(Cluster cluster, long index) {
        if (!cluster.getActiveDataKey().isEmpty()) {
            keys.activate(cluster.getActiveDataKey(), index);
        }
        keys.forget(cluster.getDataKeyRotation().getForgottenList());
    }

    private void load() throws IOException {
        var file = storage.latest();
        if (file.isEmpty()) {
            return;
        }
        var loaded = SnapshotFile.read(file.get(), keys.sealer());
        parts.interrupt();
        setLastAppliedTermIndex(TermIndex.valueOf(loaded.term(), loaded.index()));
        snapshots.loaded(loaded.index());
        // A backup that was restored names a key of another ring; its snapshot is sealed with one of this.
        loaded.state()
                .cluster()
                .filter(cluster -> keys.has(cluster.getActiveDataKey()))
                .ifPresent(cluster -> followKeys(cluster, loaded.index()));
        states.publish(loaded.state(), Touched.EVERYTHING);
        LOG.log(
                INFO,
                "loaded the snapshot of index {0}, state version {1}",
                Long.toString(loaded.index()),
                Long.toString(loaded.state().version()));
    }
}
