package dev.muster.manager.state;

import dev.muster.api.ChangeSet;
import java.util.List;

/**
 * The way into the replicated log, and the only way by which state changes. A boundary: Raft is behind it in a manager,
 * {@link LocalLog} in tests and simulation. Many threads at once; the calls block, so make them on virtual threads.
 */
public interface Proposer {
    /**
     * The most bytes that one log entry may have before it is sealed. Large enough for any stack, small enough that a
     * few of them in flight fit in memory.
     */
    int MAX_ENTRY_BYTES = 16 * 1024 * 1024;

    /**
     * Proposes change sets that are independent of each other, in this order, and waits for the outcome of each. What
     * waits at the same time, here and in other threads, shares log entries.
     *
     * @return one result per change set, in order
     */
    List<ProposalResult> propose(List<ChangeSet> changeSets);

    /** Proposes one change set and waits for its outcome. */
    default ProposalResult propose(ChangeSet changeSet) {
        return propose(List.of(changeSet)).getFirst();
    }

    /**
     * The state with everything in it that was acknowledged, by any manager, before this call.
     *
     * @throws ReadFailedException if no majority confirmed in time that it is
     */
    ClusterState read();
}
