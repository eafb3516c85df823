package dev.muster.manager.state;

import dev.muster.api.Change;
import dev.muster.api.ChangeSet;
import java.util.Optional;

/**
 * Which changes take a feature level of the cluster. Managers of two versions apply the same log: what the older one does not
 * know must not enter it before the cluster's level says that there is no older one any more. Pure.
 */
public final class FeatureLevels {
    /** Root certificates that are replaced, step by step. */
    private static final int ROOT_ROTATION = 1;

    private FeatureLevels() {}

    /** The least level that every manager has to know for the change set to mean the same to all. */
    public static int needed(ChangeSet changeSet) {
        return changeSet.getChangesList().stream()
                .mapToInt(FeatureLevels::needed)
                .max()
                .orElse(0);
    }

    private static int needed(Change change) {
        return change.getObject().hasCluster()
                        && change.getObject().getCluster().getRootCa().hasRotation()
                ? ROOT_ROTATION
                : 0;
    }

    /** Why the change set must not be proposed yet; empty if it may be. */
    public static Optional<ProposalResult> refusal(ClusterState state, ChangeSet changeSet) {
        int needed = needed(changeSet);
        return state.cluster().isEmpty() || needed <= state.featureLevel()
                ? Optional.empty()
                : Optional.of(new ProposalResult.Refused("this takes feature level " + needed
                        + ", and the cluster has level "
                        + state.featureLevel() + ": it rises by itself when every manager runs a version that knows it"
                        + " (muster node ls shows the versions)"));
    }
}
