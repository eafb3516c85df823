package dev.muster.manager.revision;

import dev.muster.api.EndpointSpec;
import dev.muster.api.Node;
import dev.muster.api.Service;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.api.TaskSpec;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.placement.Constraints;
import java.util.Optional;

/**
 * Whether a task is outdated: made from a spec that differs from its service's in what tasks are made of. Labels, mode,
 * replicas and update settings are not. Pure.
 */
public final class Dirtiness {
    private Dirtiness() {}

    /**
     * Whether the task no longer is what its service wants.
     *
     * @param made the revision that the task was made from
     * @param node where the task is, if it has a node that exists
     */
    public static boolean dirty(Service service, Task task, ServiceRevision made, Optional<Node> node) {
        if (task.getRevision() == service.getRevision()) {
            return false;
        }
        var wanted = service.getSpec().getTask();
        var endpoint = service.getSpec().getEndpoint();
        if (!made.getEndpoint().equals(endpoint) && !(isDefault(made.getEndpoint()) && isDefault(endpoint))) {
            return true;
        }
        if (made.getTask().equals(wanted)) {
            return false;
        }
        if (withoutPlacement(made.getTask()).equals(withoutPlacement(wanted))) {
            return !node.map(Constraints.of(wanted.getPlacement().getConstraintsList())::matches)
                    .orElse(false);
        }
        if (withoutPullOptions(made.getTask()).equals(withoutPullOptions(wanted))) {
            return !pulled(task);
        }
        return true;
    }

    private static boolean isDefault(EndpointSpec endpoint) {
        return endpoint.equals(EndpointSpec.getDefaultInstance());
    }

    /** The task has its image already, so that other credentials would change nothing. */
    private static boolean pulled(Task task) {
        var state = task.getStatus().getState();
        return TaskStates.order(state) >= TaskStates.order(TaskState.TASK_READY)
                && TaskStates.order(state) <= TaskStates.order(TaskState.TASK_RUNNING)
                && TaskStates.order(task.getDesiredState()) <= TaskStates.order(TaskState.TASK_RUNNING);
    }

    private static TaskSpec withoutPlacement(TaskSpec spec) {
        return spec.toBuilder().clearPlacement().build();
    }

    private static TaskSpec withoutPullOptions(TaskSpec spec) {
        if (!spec.getContainer().hasPull()) {
            return spec;
        }
        return spec.toBuilder()
                .setContainer(spec.getContainer().toBuilder().clearPull())
                .build();
    }
}
