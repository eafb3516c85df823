package dev.muster.manager.state;

import dev.muster.api.ChangeSet;
import java.util.ArrayList;
import java.util.List;

/** Keeps from the log what the cluster's feature level does not cover, wherever the leader is: it may be of an older version. */
public final class LevelGate implements Proposer {
    private final Proposer behind;
    private final ClusterStates states;

    public LevelGate(Proposer behind, ClusterStates states) {
        this.behind = behind;
        this.states = states;
    }

    @Override
    public List<ProposalResult> propose(List<ChangeSet> changeSets) {
        var state = states.current();
        if (changeSets.stream()
                .allMatch(one -> FeatureLevels.refusal(state, one).isEmpty())) {
            return behind.propose(changeSets);
        }
        var results = new ArrayList<ProposalResult>();
        for (var changeSet : changeSets) {
            results.add(FeatureLevels.refusal(state, changeSet)
                    .orElseGet(() -> behind.propose(List.of(changeSet)).getFirst()));
        }
        return results;
    }

    @Override
    public ClusterState read() {
        return behind.read();
    }
}
