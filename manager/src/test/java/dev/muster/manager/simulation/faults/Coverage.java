package dev.muster.manager.simulation.faults;

import dev.muster.api.Kind;
import dev.muster.api.NodeState;
import dev.muster.api.TaskState;
import dev.muster.api.UpdateStatus;
import dev.muster.manager.simulation.faults.RaftMessage.Entry;
import dev.muster.manager.state.ClusterReducer;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Rejection;
import dev.muster.manager.state.Verdict;
import java.util.Collections;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/** Counts what a run has met: a simulation in which nothing difficult happens proves nothing. */
final class Coverage implements History.Observer {
    /** What is difficult. */
    enum Seen {
        /** Another manager leads, or the same one again. */
        LEADERSHIP,
        /** A leader was deposed with an entry under way, and the proposer told that nobody knows. */
        UNKNOWN_OUTCOME,
        /** Such an entry was committed all the same. */
        LATE_COMMIT,
        /** A change of an earlier leadership was kept out. */
        STALE_FENCE,
        /** Two wrote the same object. */
        CONFLICT,
        /** A node was written off. */
        NODE_DOWN,
        /** A node was removed with what ran on it. */
        NODE_REMOVED,
        /** A task was given up. */
        ORPHAN,
        /** A task failed. */
        FAILURE,
        /** An update came to its end. */
        UPDATE,
        /** An update stopped after failures, or was taken back. */
        FAILED_UPDATE
    }

    private final Map<Seen, Integer> counts = new EnumMap<>(Seen.class);
    private final Set<Entry> abandoned = Collections.newSetFromMap(new IdentityHashMap<>());

    Map<Seen, Integer> counts() {
        return Collections.unmodifiableMap(counts);
    }

    void count(Seen seen) {
        counts.merge(seen, 1, Integer::sum);
    }

    /** Its leader has given it up. */
    void abandoned(Entry entry) {
        count(Seen.UNKNOWN_OUTCOME);
        abandoned.add(entry);
    }

    void applied(Entry entry) {
        if (abandoned.remove(entry)) {
            count(Seen.LATE_COMMIT);
        }
    }

    @Override
    public void committed(ClusterState before, ClusterReducer.Applied step) {
        step.verdicts().forEach(this::verdict);
        for (var id : step.touched().ids(Kind.KIND_NODE)) {
            var node = step.state().node(id);
            if (node.isEmpty()) {
                count(Seen.NODE_REMOVED);
            } else if (node.get().getStatus().getState() == NodeState.NODE_DOWN) {
                count(Seen.NODE_DOWN);
            }
        }
        for (var id : step.touched().ids(Kind.KIND_TASK)) {
            step.state().task(id).ifPresent(task -> {
                if (task.getStatus().getState() == TaskState.TASK_ORPHANED) {
                    count(Seen.ORPHAN);
                } else if (task.getStatus().getState() == TaskState.TASK_FAILED) {
                    count(Seen.FAILURE);
                }
            });
        }
        for (var id : step.touched().ids(Kind.KIND_SERVICE)) {
            step.state()
                    .service(id)
                    .map(service -> service.getUpdateStatus().getState())
                    .ifPresent(this::update);
        }
    }

    private void verdict(Verdict verdict) {
        if (verdict instanceof Verdict.Rejected rejected) {
            for (var reason : rejected.reasons()) {
                if (reason instanceof Rejection.StaleFence) {
                    count(Seen.STALE_FENCE);
                } else if (reason instanceof Rejection.VersionConflict) {
                    count(Seen.CONFLICT);
                }
            }
        }
    }

    private void update(UpdateStatus.State state) {
        switch (state) {
            case COMPLETED -> count(Seen.UPDATE);
            case PAUSED, ROLLBACK_STARTED, ROLLBACK_PAUSED -> count(Seen.FAILED_UPDATE);
            case UNKNOWN, UPDATING, ROLLBACK_COMPLETED, UNRECOGNIZED -> {}
        }
    }
}
