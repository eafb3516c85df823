package dev.muster.manager.orchestrator.global;

import dev.muster.api.Availability;
import dev.muster.api.ChangeSet;
import dev.muster.api.Kind;
import dev.muster.api.Node;
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
 * Compares each global service with the nodes. A node fits if it is neither drained nor down and meets the service's
 * constraints; a paused one keeps what it has and gets nothing. What no longer fits is stopped; what belongs to a node
 * that is gone is removed. Looks at touched services on all nodes, and at touched nodes for all services.
 */
public final class GlobalReconciler implements ControlLoop {
    @Override
    public String name() {
        return "global";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        var changeSets = new ArrayList<ChangeSet>();
        var whole = new HashSet<String>();
        for (var service : Mode.touched(state, touched, Mode.GLOBAL)) {
            whole.add(service.getId());
            var nodes = new TreeSet<>(state.nodes().keySet());
            state.slots(service.getId()).keySet().forEach(slot -> nodes.add(slot.nodeId()));
            reconcile(state, service, nodes, now, random, changeSets);
        }
        var touchedNodes = touched.ids(Kind.KIND_NODE);
        if (!touchedNodes.isEmpty()) {
            for (var service : state.services().values()) {
                if (Mode.of(service) == Mode.GLOBAL
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
            var tasks = SlotTasks.of(slot, state.tasksBySlot(slot));
            var node = state.node(nodeId);
            if (node.isEmpty()) {
                stop(tasks, TaskState.TASK_REMOVE, now, changeSets);
            } else if (NodeStanding.evicts(node) || !constraints.matches(node.get())) {
                stop(tasks, TaskState.TASK_SHUTDOWN, now, changeSets);
            } else if (isOpen(node.get()) && !tasks.isHeld(state, service)) {
                changeSets.add(new ChangeSetBuilder(now, name())
                        .require(service)
                        .requireExists(ObjectKey.node(nodeId))
                        .create(NewTasks.inSlot(service, Optional.of(tasks), random, now)
                                .setNodeId(nodeId)
                                .build())
                        .build());
            }
        }
    }

    private static boolean isOpen(Node node) {
        return node.getSpec().getAvailability() == Availability.AVAILABILITY_ACTIVE;
    }

    private void stop(SlotTasks tasks, TaskState desired, Instant now, List<ChangeSet> changeSets) {
        var changes = new ChangeSetBuilder(now, name());
        for (var task : tasks.tasks()) {
            if (desired == TaskState.TASK_REMOVE || SlotTasks.alive(task)) {
                var stopped = NewTasks.desire(task, desired);
                if (!stopped.equals(task)) {
                    changes.update(stopped);
                }
            }
        }
        changeSets.add(changes.build());
    }
}
