package dev.muster.manager.simulation.faults;

import dev.muster.api.LogEntry;
import java.util.List;
import java.util.Optional;

/** What members of the log say to each other (Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm"). */
sealed interface RaftMessage {
    /** The sender's. */
    long term();

    /**
     * One entry of the log.
     *
     * @param payload empty: a new leader's first, which carries nothing
     */
    record Entry(long term, Optional<LogEntry> payload) {}

    record VoteRequest(long term, int lastIndex, long lastTerm) implements RaftMessage {}

    record Vote(long term, boolean granted) implements RaftMessage {}

    /**
     * Entries, perhaps none, that follow an index.
     *
     * @param round grows with each: who answers to it has taken this leader for the leader after it was sent
     */
    record Append(long term, int previousIndex, long previousTerm, List<Entry> entries, int commit, long round)
            implements RaftMessage {
        public Append {
            entries = List.copyOf(entries);
        }
    }

    /**
     * The answer.
     *
     * @param index how far the follower's log is known to be the leader's; if it is not, how long it is at most
     */
    record Appended(long term, boolean fits, int index, long round) implements RaftMessage {}

    /** Asks the leader up to where a linearizable read has to see. */
    record ReadRequest(long term, long number) implements RaftMessage {}

    record ReadAnswer(long term, long number, int index) implements RaftMessage {}
}
