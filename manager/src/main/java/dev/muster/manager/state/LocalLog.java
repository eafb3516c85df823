package dev.muster.manager.state;

import dev.muster.api.ChangeSet;
import dev.muster.api.Fence;
import dev.muster.api.LogEntry;
import java.util.ArrayList;
import java.util.List;

/**
 * A log of one process, in memory: what is proposed is applied at once by the real reducer. For tests and simulation;
 * it keeps the same promises as the replicated log, but survives nothing. Any thread.
 */
public final class LocalLog implements Proposer {
    private final ClusterStates states;
    private final List<LogEntry> entries = new ArrayList<>();
    private long term = 1;

    public LocalLog(ClusterStates states) {
        this.states = states;
    }

    public ClusterStates states() {
        return states;
    }

    @Override
    public synchronized List<ProposalResult> propose(List<ChangeSet> changeSets) {
        return commit(changeSets, term);
    }

    @Override
    public ClusterState read() {
        return states.current();
    }

    /** Everything accepted or rejected so far, in order. */
    public synchronized List<LogEntry> entries() {
        return List.copyOf(entries);
    }

    /** Begins a new leadership: proposers of earlier ones are stale from now on. */
    public synchronized Leadership elect() {
        term++;
        long fenceTerm = term;
        return new Leadership(fenceTerm, new Proposer() {
            @Override
            public List<ProposalResult> propose(List<ChangeSet> changeSets) {
                return commit(changeSets, fenceTerm);
            }

            @Override
            public ClusterState read() {
                return states.current();
            }
        });
    }

    private synchronized List<ProposalResult> commit(List<ChangeSet> changeSets, long fenceTerm) {
        var results = new ArrayList<ProposalResult>(changeSets.size());
        for (var changeSet : changeSets) {
            if (EntryBounds.tooLarge(changeSet)) {
                results.add(EntryBounds.refusal(changeSet));
                continue;
            }
            var entry = LogEntry.newBuilder()
                    .setFormat(ClusterReducer.ENTRY_FORMAT)
                    .setFence(Fence.newBuilder()
                            .setEpoch(states.current().epoch())
                            .setTerm(fenceTerm))
                    .addChangeSets(changeSet)
                    .build();
            entries.add(entry);
            var applied = ClusterReducer.apply(states.current(), entry, term);
            states.publish(applied.state(), applied.touched());
            results.add(
                    switch (applied.verdicts().getFirst()) {
                        case Verdict.Accepted accepted -> new ProposalResult.Accepted(accepted.version());
                        case Verdict.Rejected rejected -> new ProposalResult.Rejected(rejected.reasons());
                    });
        }
        return results;
    }
}
