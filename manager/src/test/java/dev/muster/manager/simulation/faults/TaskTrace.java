package dev.muster.manager.simulation.faults;

import dev.muster.api.Kind;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.state.ClusterReducer;
import dev.muster.manager.state.ClusterState;
import java.util.Optional;

/** Tells what becomes of nodes and tasks, for people who look into a failure. */
final class TaskTrace implements History.Observer {
    private final Events events;

    TaskTrace(Events events) {
        this.events = events;
    }

    @Override
    public void committed(ClusterState before, ClusterReducer.Applied step) {
        for (var id : step.touched().ids(Kind.KIND_NODE)) {
            var earlier = before.node(id).map(node -> node.getStatus().getState());
            var later = step.state().node(id).map(node -> node.getStatus().getState());
            if (!earlier.equals(later)) {
                events.add(id + " is " + later.map(Enum::name).orElse("gone"));
            }
        }
        for (var id : step.touched().ids(Kind.KIND_TASK)) {
            var earlier = before.task(id);
            var later = step.state().task(id);
            if (!words(earlier).equals(words(later))) {
                events.add(place(later.or(() -> earlier).orElseThrow()) + " " + id + " " + words(later));
            }
        }
    }

    private static String place(Task task) {
        return task.getServiceName() + "." + (task.getSlot() == 0 ? task.getNodeId() : task.getSlot());
    }

    private static String words(Optional<Task> task) {
        return task.map(found -> "of revision " + found.getRevision() + " is "
                        + display(found.getStatus().getState()) + ", to be " + display(found.getDesiredState())
                        + (found.getNodeId().isEmpty() ? "" : ", on " + found.getNodeId()))
                .orElse("is deleted");
    }

    private static String display(TaskState state) {
        return TaskStates.display(state);
    }
}
