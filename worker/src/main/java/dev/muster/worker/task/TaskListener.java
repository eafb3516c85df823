package dev.muster.worker.task;

import dev.muster.api.TaskStatus;

/** Hears what becomes of tasks. Called by the tasks' own threads, in order per task; must be quick. */
public interface TaskListener {

    /** The task's status is another one now. */
    void reported(String taskId, TaskStatus status);

    /** The task's container has left its networks. */
    void detached(AssignedTask task);

    /** Nothing is left of the task. */
    void erased(String taskId);
}
