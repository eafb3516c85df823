package dev.muster.manager.state;

import dev.muster.api.Ids;
import dev.muster.api.NetworkAttachment;
import dev.muster.api.Resources;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * The ways to find tasks. Immutable: {@link #with} gives the index of the next state.
 *
 * @param bySlot tasks of each slot; a service's slots are neighbours
 * @param byNode tasks of each node, ended ones too
 * @param byState tasks by desired and observed state
 * @param byNetwork tasks not ended that have an address in a network
 * @param byRevision how many tasks name a revision
 * @param loads what the active tasks assigned to each node add up to
 */
record TaskIndex(
        Index<Slot, Task> bySlot,
        Index<String, Task> byNode,
        Index<StatePair, Task> byState,
        Index<String, Task> byNetwork,
        TreePMap<String, Integer> byRevision,
        TreePMap<String, NodeLoad> loads) {
    static final TaskIndex EMPTY = new TaskIndex(
            Index.empty(), Index.empty(), Index.empty(), Index.empty(), TreePMap.empty(), TreePMap.empty());

    /** Desired and observed state of a task. */
    record StatePair(TaskState desired, TaskState observed) implements Comparable<StatePair> {
        static StatePair of(Task task) {
            return new StatePair(task.getDesiredState(), task.getStatus().getState());
        }

        @Override
        public int compareTo(StatePair other) {
            int byDesired = Integer.compare(TaskStates.order(desired), TaskStates.order(other.desired));
            return byDesired != 0
                    ? byDesired
                    : Integer.compare(TaskStates.order(observed), TaskStates.order(other.observed));
        }
    }

    /** The index after a task was created ({@code before} null), changed, or deleted ({@code after} null). */
    TaskIndex with(@Nullable Task before, @Nullable Task after, TreePMap<String, ServiceRevision> revisions) {
        var index = before == null ? this : without(before, after, revisions);
        return after == null ? index : index.plus(after, revisions);
    }

    private TaskIndex without(Task task, @Nullable Task replacement, TreePMap<String, ServiceRevision> revisions) {
        var id = task.getId();
        // Entries that the replacement overwrites under the same key stay: half the work of a status report.
        boolean sameSlot = replacement != null && Slot.of(replacement).equals(Slot.of(task));
        boolean sameNode = replacement != null && replacement.getNodeId().equals(task.getNodeId());
        boolean samePair = replacement != null && StatePair.of(replacement).equals(StatePair.of(task));
        var networks = byNetwork;
        for (var network : liveNetworks(task)) {
            networks = networks.minus(network, id);
        }
        return new TaskIndex(
                sameSlot ? bySlot : bySlot.minus(Slot.of(task), id),
                sameNode || task.getNodeId().isEmpty() ? byNode : byNode.minus(task.getNodeId(), id),
                samePair ? byState : byState.minus(StatePair.of(task), id),
                networks,
                count(Ids.revision(task), -1),
                load(task, revisions, false));
    }

    private TaskIndex plus(Task task, TreePMap<String, ServiceRevision> revisions) {
        var id = task.getId();
        var networks = byNetwork;
        for (var network : liveNetworks(task)) {
            networks = networks.plus(network, id, task);
        }
        return new TaskIndex(
                bySlot.plus(Slot.of(task), id, task),
                task.getNodeId().isEmpty() ? byNode : byNode.plus(task.getNodeId(), id, task),
                byState.plus(StatePair.of(task), id, task),
                networks,
                count(Ids.revision(task), 1),
                load(task, revisions, true));
    }

    private TreePMap<String, Integer> count(String revisionId, int by) {
        int count = byRevision.getOrDefault(revisionId, 0) + by;
        return count == 0 ? byRevision.minus(revisionId) : byRevision.plus(revisionId, count);
    }

    private TreePMap<String, NodeLoad> load(Task task, TreePMap<String, ServiceRevision> revisions, boolean add) {
        // A task of a global service comes with its node, but takes nothing there before it is let in.
        boolean assigned = !task.getNodeId().isEmpty()
                && !TaskStates.before(task.getStatus().getState(), TaskState.TASK_ASSIGNED);
        if (!assigned || !TaskStates.active(task)) {
            return loads;
        }
        var revision = revisions.get(Ids.revision(task));
        var reserved = revision == null
                ? Resources.getDefaultInstance()
                : revision.getTask().getResources().getReservations();
        var load = loads.getOrDefault(task.getNodeId(), NodeLoad.NONE);
        var changed = add ? load.plus(task.getServiceId(), reserved) : load.minus(task.getServiceId(), reserved);
        return changed.activeTasks() == 0 ? loads.minus(task.getNodeId()) : loads.plus(task.getNodeId(), changed);
    }

    private static Iterable<String> liveNetworks(Task task) {
        var networks = new TreeSet<String>();
        if (!TaskStates.ended(task)) {
            for (NetworkAttachment attachment : task.getNetworksList()) {
                networks.add(attachment.getNetworkId());
            }
        }
        return networks;
    }
}
