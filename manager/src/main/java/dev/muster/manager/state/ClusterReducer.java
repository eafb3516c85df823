package dev.muster.manager.state;

import dev.muster.api.LogEntry;
import java.util.ArrayList;
import java.util.List;

/**
 * The rule by which the log becomes state, the same on every manager: a pure function of state and entry. It sees no
 * clock, no randomness and no host. Each change set of an entry is taken whole or left out whole, one after the other;
 * {@link ChangeSetCheck} says which.
 */
public final class ClusterReducer {
    /** The form of entries that this reducer reads and that proposers write. */
    public static final int ENTRY_FORMAT = 1;

    /**
     * The greatest feature level whose rules are known here. The cluster's level is raised, by a change to the cluster
     * object, only when all managers have reached it; a rule that is new in a level asks for the state's level.
     */
    public static final int FEATURE_LEVEL = 1;

    private ClusterReducer() {}

    /**
     * What became of an entry.
     *
     * @param state after the entry
     * @param verdicts one per change set, in order
     * @param touched what the accepted ones wrote
     */
    public record Applied(ClusterState state, List<Verdict> verdicts, Touched touched) {
        public Applied {
            verdicts = List.copyOf(verdicts);
        }
    }

    /**
     * Applies one entry of the log.
     *
     * @param entryTerm the Raft term in which the entry was appended
     * @throws UnreadableLogException if the entry, or a level the cluster has reached, is newer than this program:
     *     going on would make this manager disagree with the others
     */
    public static Applied apply(ClusterState state, LogEntry entry, long entryTerm) {
        if (entry.getFormat() != ENTRY_FORMAT) {
            throw new UnreadableLogException("a log entry has format " + entry.getFormat() + ", this manager reads "
                    + ENTRY_FORMAT + ": run a version that is as new as the other managers'");
        }
        var verdicts = new ArrayList<Verdict>(entry.getChangeSetsCount());
        var touched = new Touched.Collector();
        var current = state;
        for (var changeSet : entry.getChangeSetsList()) {
            var fence = entry.getFence();
            if (fence.getTerm() != entryTerm || fence.getEpoch() != current.epoch()) {
                verdicts.add(new Verdict.Rejected(List.of(
                        new Rejection.StaleFence(fence.getEpoch(), fence.getTerm(), current.epoch(), entryTerm))));
                continue;
            }
            var check = new ChangeSetCheck(current, changeSet);
            var reasons = check.run();
            if (reasons.isEmpty()) {
                current = check.after();
                touched.addAll(check.touched());
                verdicts.add(new Verdict.Accepted(current.version()));
                requireKnownLevel(current);
            } else {
                verdicts.add(new Verdict.Rejected(reasons));
            }
        }
        return new Applied(current, verdicts, touched.touched());
    }

    private static void requireKnownLevel(ClusterState state) {
        if (state.featureLevel() > FEATURE_LEVEL) {
            throw new UnreadableLogException("the cluster has feature level " + state.featureLevel()
                    + ", this manager knows levels up to " + FEATURE_LEVEL + ": run a newer version");
        }
    }
}
