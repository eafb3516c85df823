package dev.muster.manager.orchestrator.enforcer;

import dev.muster.api.Availability;
import dev.muster.api.ChangeSet;
import dev.muster.api.Kind;
import dev.muster.api.Node;
import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.Timestamps;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.orchestrator.slot.Mode;
import dev.muster.manager.placement.Constraints;
import dev.muster.manager.placement.FreeResources;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Touched;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Rejects tasks on active nodes that changed under them: the constraints (of the service's present spec, since a task may
 * have outlived a change of constraints alone) are not met any more, or the node has become too small. The restart loop
 * then moves them. Tasks of global services whose constraints fail are stopped by their own orchestrators. Looks at
 * touched nodes only.
 */
public final class ConstraintReconciler implements ControlLoop {
    @Override
    public String name() {
        return "enforcer";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        var changeSets = new ArrayList<ChangeSet>();
        var nodes = touched.everything() ? state.nodes().keySet() : touched.ids(Kind.KIND_NODE);
        for (var nodeId : nodes) {
            state.node(nodeId)
                    .filter(node -> node.getSpec().getAvailability() == Availability.AVAILABILITY_ACTIVE)
                    .ifPresent(node -> enforce(state, node, now, changeSets));
        }
        return new Decision(changeSets, Optional.empty(), List.of());
    }

    private void enforce(ClusterState state, Node node, Instant now, List<ChangeSet> changeSets) {
        var free = FreeResources.of(node);
        for (var task : state.tasksByNode(node.getId()).values()) {
            if (!TaskStates.active(task) || TaskStates.before(task.getStatus().getState(), TaskState.TASK_ASSIGNED)) {
                continue;
            }
            // A node that has not said what it has is not known to have too little.
            boolean described = node.getDescription().hasResources();
            if (!meetsConstraints(state, node, task) || (described && !fits(state, free, task))) {
                // Each on its own: one that has just changed must not keep the others where they cannot stay.
                changeSets.add(new ChangeSetBuilder(now, name())
                        .require(node)
                        .update(rejected(task, now))
                        .build());
            }
        }
    }

    private static boolean meetsConstraints(ClusterState state, Node node, Task task) {
        var service = state.service(task.getServiceId());
        if (service.map(Mode::of).filter(Mode::perNode).isPresent()) {
            return true;
        }
        var spec = service.map(Service::getSpec)
                .map(present -> present.getTask())
                .orElseGet(() -> state.revision(task).getTask());
        return Constraints.of(spec.getPlacement().getConstraintsList()).matches(node);
    }

    private static boolean fits(ClusterState state, FreeResources free, Task task) {
        var reserved = state.revision(task).getTask().getResources().getReservations();
        if (!free.covers(reserved)) {
            return false;
        }
        free.take(reserved.getNanoCpus(), reserved.getMemoryBytes());
        free.takeGeneric(task.getAssignedResourcesList());
        return true;
    }

    private static Task rejected(Task task, Instant now) {
        return task.toBuilder()
                .setStatus(task.getStatus().toBuilder()
                        .setState(TaskState.TASK_REJECTED)
                        .setTimestamp(Timestamps.of(now))
                        .setAppliedAt(Timestamps.of(now))
                        .setMessage("task rejected by constraint enforcer")
                        .setErr("assigned node no longer meets constraints"))
                .build();
    }
}
