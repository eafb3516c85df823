package dev.muster.manager.raft;

import dev.muster.api.LogEntry;
import dev.muster.manager.state.Verdict;
import java.util.List;
import java.util.Optional;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * An entry on its way through this manager's log: sealed for the log, plain for this manager's own reducer, so that a
 * leader need not open what it has just sealed. Ratis hands it from the proposer to the state machine. Fields are
 * written by Ratis' threads, one after the other.
 */
final class AppliedEntry implements Message {
    private final LogEntry entry;
    private final ByteString sealed;
    private volatile boolean appended;
    private volatile @Nullable List<Verdict> verdicts;

    AppliedEntry(LogEntry entry, ByteString sealed) {
        this.entry = entry;
        this.sealed = sealed;
    }

    LogEntry entry() {
        return entry;
    }

    @Override
    public ByteString getContent() {
        return sealed;
    }

    /** It is about to enter the log: from here on it may be committed, whatever this manager is told. */
    void markAppended() {
        appended = true;
    }

    boolean appended() {
        return appended;
    }

    void applied(List<Verdict> outcome) {
        verdicts = outcome;
    }

    /** What the reducer said; empty until it is applied here. */
    Optional<List<Verdict>> verdicts() {
        return Optional.ofNullable(verdicts);
    }
}
