package dev.muster.manager.orchestrator.enforcer;

import dev.muster.api.ChangeSet;
import dev.muster.api.Node;
import dev.muster.api.NodeState;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.Timestamps;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Touched;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Gives up the tasks of a node that has been down for a day: they become ORPHANED, so that their addresses, ports and
 * reservations are free. Should the node return, it is told to stop what it still has of them.
 */
public final class LostNodeReconciler implements ControlLoop {
    /** Swarm's patience with a node that is down. */
    private static final Duration PATIENCE = Duration.ofHours(24);

    /** Tasks in one change set. */
    private static final int CHUNK = 500;

    @Override
    public String name() {
        return "lost-nodes";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        var changeSets = new ArrayList<ChangeSet>();
        @Nullable Instant wakeup = null;
        for (var node : state.nodes().values()) {
            if (node.getStatus().getState() != NodeState.NODE_DOWN) {
                continue;
            }
            var due = Timestamps.instant(node.getStatus().getSince()).plus(PATIENCE);
            if (due.isAfter(now)) {
                wakeup = wakeup == null || due.isBefore(wakeup) ? due : wakeup;
            } else {
                orphan(state, node, now, changeSets);
            }
        }
        return new Decision(changeSets, Optional.ofNullable(wakeup), List.of());
    }

    private void orphan(ClusterState state, Node node, Instant now, List<ChangeSet> changeSets) {
        var changes = new ChangeSetBuilder(now, name()).require(node);
        for (var task : state.tasksByNode(node.getId()).values()) {
            // What never reached the node has nothing there to give up.
            if (!TaskStates.ended(task) && !TaskStates.before(task.getStatus().getState(), TaskState.TASK_ASSIGNED)) {
                changes.update(orphaned(task, now));
            }
            if (changes.size() == CHUNK) {
                changeSets.add(changes.build());
                changes = new ChangeSetBuilder(now, name()).require(node);
            }
        }
        changeSets.add(changes.build());
    }

    private static Task orphaned(Task task, Instant now) {
        return task.toBuilder()
                .setStatus(task.getStatus().toBuilder()
                        .setState(TaskState.TASK_ORPHANED)
                        .setTimestamp(Timestamps.of(now))
                        .setAppliedAt(Timestamps.of(now))
                        .setMessage("orphaned")
                        .setErr("its node has been down for 24 hours"))
                .build();
    }
}
