package dev.muster.manager.orchestrator.job;

import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.orchestrator.slot.Mode;
import dev.muster.manager.orchestrator.slot.NewTasks;
import dev.muster.manager.orchestrator.slot.RestartRule;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import java.util.Collection;
import java.util.List;

/** How far one slot of a job's present iteration is. */
enum JobSlot {
    /** Nothing in it, or only what was stopped or lost: to be filled. */
    OPEN,
    /** A task is on its way, or about to be restarted. */
    ACTIVE,
    /** A task reached its end. */
    COMPLETE,
    /** The last task failed and must not be tried again. */
    SPENT;

    /** What the slot's tasks, of one iteration, amount to. */
    static JobSlot of(ClusterState state, Service service, SlotTasks slot) {
        if (slot.tasks().stream().anyMatch(task -> task.getStatus().getState() == TaskState.TASK_COMPLETE)) {
            return COMPLETE;
        }
        if (slot.tasks().stream().anyMatch(JobSlot::isActive)) {
            return ACTIVE;
        }
        var newest = slot.newest();
        if (newest.isEmpty() || !SlotTasks.endedByItself(newest.get())) {
            return OPEN;
        }
        var policy = state.revision(newest.get()).getTask().getRestart();
        return RestartRule.again(policy, Mode.of(service), newest.get()) ? OPEN : SPENT;
    }

    static boolean isActive(Task task) {
        return TaskStates.order(task.getDesiredState()) <= TaskStates.order(TaskState.TASK_COMPLETE)
                && task.getStatus().getState() != TaskState.TASK_COMPLETE;
    }

    static List<Task> ofIteration(Service service, Collection<Task> tasks) {
        return tasks.stream()
                .filter(task -> task.getJobIteration() == service.getJobStatus().getIteration())
                .toList();
    }

    /** Takes the tasks of other iterations away. */
    static void removeOthers(Service service, Collection<Task> tasks, ChangeSetBuilder changes) {
        tasks.stream()
                .filter(task -> task.getJobIteration() != service.getJobStatus().getIteration())
                .filter(task -> task.getDesiredState() != TaskState.TASK_REMOVE)
                .forEach(task -> changes.update(NewTasks.desire(task, TaskState.TASK_REMOVE)));
    }
}
