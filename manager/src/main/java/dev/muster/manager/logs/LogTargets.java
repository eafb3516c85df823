package dev.muster.manager.logs;

import dev.muster.api.LogSelector;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Touched;
import java.util.SortedSet;
import java.util.TreeSet;

/** Which nodes have the logs that somebody wants to read. Pure. */
final class LogTargets {
    private LogTargets() {}

    /** The nodes that have, or had, tasks of the selection; a node that is named itself is always among them. */
    static SortedSet<String> nodes(ClusterState state, LogSelector selector) {
        var nodes = new TreeSet<String>();
        for (var serviceId : selector.getServiceIdsList()) {
            state.tasksByService(serviceId).stream()
                    .filter(LogTargets::mayHaveLogs)
                    .forEach(task -> nodes.add(task.getNodeId()));
        }
        for (var taskId : selector.getTaskIdsList()) {
            state.task(taskId).filter(LogTargets::mayHaveLogs).ifPresent(task -> nodes.add(task.getNodeId()));
        }
        selector.getNodeIdsList().stream()
                .filter(nodeId -> state.node(nodeId).isPresent())
                .forEach(nodes::add);
        return nodes;
    }

    /** Whether what was touched may have changed the nodes. */
    static boolean affected(Touched touched, LogSelector selector) {
        return touched.everything()
                || selector.getServiceIdsList().stream()
                        .anyMatch(id -> touched.services().contains(id))
                || touched.keys().stream()
                        .anyMatch(key -> selector.getTaskIdsList().contains(key.id())
                                || selector.getNodeIdsList().contains(key.id()));
    }

    /** A task whose node is gone for good has left its logs there. */
    private static boolean mayHaveLogs(Task task) {
        var observed = task.getStatus().getState();
        return !task.getNodeId().isEmpty()
                && !TaskStates.before(observed, TaskState.TASK_ASSIGNED)
                && observed != TaskState.TASK_ORPHANED;
    }
}
