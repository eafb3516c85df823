package dev.muster.manager.orchestrator.job;

import dev.muster.api.ChangeSet;
import dev.muster.api.Kind;
import dev.muster.api.Service;
import dev.muster.api.TaskState;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.orchestrator.slot.Mode;
import dev.muster.manager.orchestrator.slot.NewTasks;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import dev.muster.manager.placement.Constraints;
import dev.muster.manager.placement.NodeStanding;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ObjectKey;
import dev.muster.manager.state.Slot;
import dev.muster.manager.state.Touched;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Runs one task of each iteration of a global job to its end on each node that takes tasks and meets the constraints,
 * nodes that come later too. What is on a node that no longer fits is stopped; it gets another chance when it fits again.
 */
public final class GlobalJobReconciler implements ControlLoop {
    @Override
    public String name() {
        return "global-job";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        var changeSets = new ArrayList<ChangeSet>();
        var whole = new HashSet<String>();
        for (var service : Mode.touched(state, touched, Mode.GLOBAL_JOB)) {
            whole.add(service.getId());
            var nodes = new TreeSet<>(state.nodes().keySet());
            state.slots(service.getId()).keySet().forEach(slot -> nodes.add(slot.nodeId()));
            reconcile(state, service, nodes, now, random, changeSets);
        }
        var touchedNodes = touched.ids(Kind.KIND_NODE);
        if (!touchedNodes.isEmpty()) {
            for (var service : state.services().values()) {
                if (Mode.of(service) == Mode.GLOBAL_JOB
                        && !service.getPendingDelete()
                        && !whole.contains(service.getId())) {
                    reconcile(state, service, touchedNodes, now, random, changeSets);
                }
            }
        }
        return new Decision(changeSets, Optional.empty(), List.of());
    }

    private void reconcile(
            ClusterState state,
            Service service,
            SortedSet<String> nodeIds,
            Instant now,
            RandomGenerator random,
            List<ChangeSet> changeSets) {
        var constraints =
                Constraints.of(service.getSpec().getTask().getPlacement().getConstraintsList());
        for (var nodeId : nodeIds) {
            var slot = Slot.global(service.getId(), nodeId);
            var all = state.tasksBySlot(slot);
            var tasks = SlotTasks.of(slot, JobSlot.ofIteration(service, all));
            var changes = new ChangeSetBuilder(now, name()).require(service);
            JobSlot.removeOthers(service, all, changes);
            var node = state.node(nodeId);
            if (node.isEmpty()) {
                stop(tasks, TaskState.TASK_REMOVE, changes);
            } else if (NodeStanding.evicts(node) || !constraints.matches(node.get())) {
                stop(tasks, TaskState.TASK_SHUTDOWN, changes);
            } else if (NodeStanding.takesTasks(node.get()) && JobSlot.of(state, service, tasks) == JobSlot.OPEN) {
                changes.requireExists(ObjectKey.node(nodeId))
                        .create(NewTasks.ofJob(service, random, now)
                                .setNodeId(nodeId)
                                .build());
            }
            changeSets.add(changes.build());
        }
    }

    private static void stop(SlotTasks tasks, TaskState desired, ChangeSetBuilder changes) {
        for (var task : tasks.tasks()) {
            if (desired == TaskState.TASK_REMOVE || JobSlot.isActive(task)) {
                var stopped = NewTasks.desire(task, desired);
                if (!stopped.equals(task)) {
                    changes.update(stopped);
                }
            }
        }
    }
}
