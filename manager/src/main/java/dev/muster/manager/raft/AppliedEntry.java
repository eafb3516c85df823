package dev.muster.manager.raft;

import dev.muster.api.LogEntry;
import dev.muster.manager.state.Verdict;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An entry on its way through this manager's log: its records carry it along, so that a leader need not open what it has
 * just sealed, and the reducer's answer finds its way back. Fields are written by Ratis' threads, one after the other.
 */
final class AppliedEntry {
    private final LogEntry entry;
    private volatile boolean appended;
    private volatile @Nullable List<Verdict> verdicts;

    AppliedEntry(LogEntry entry) {
        this.entry = entry;
    }

    LogEntry entry() {
        return entry;
    }

    /** Its last record is about to enter the log: it may be committed from here on, whatever this manager is told. */
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
