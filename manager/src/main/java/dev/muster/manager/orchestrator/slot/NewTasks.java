package dev.muster.manager.orchestrator.slot;

import dev.muster.api.Ids;
import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.api.Timestamps;
import dev.muster.api.UpdateConfig;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** How tasks are born: NEW, of the service's present revision. Pure. */
public final class NewTasks {
    private NewTasks() {}

    /** A task without a place; the caller gives it a slot or a node. */
    public static Task.Builder of(Service service, RandomGenerator random, Instant now) {
        return Task.newBuilder()
                .setId(Ids.create(random))
                .setServiceId(service.getId())
                .setServiceName(service.getSpec().getAnnotations().getName())
                .setRevision(service.getRevision())
                .setDesiredState(TaskState.TASK_RUNNING)
                .setStatus(TaskStatus.newBuilder()
                        .setState(TaskState.TASK_NEW)
                        .setMessage("created")
                        .setTimestamp(Timestamps.of(now)));
    }

    /**
     * The next task of a slot in which nothing lives. While an earlier one is still on its way out there, the new one only
     * gets ready, as the two must not run side by side, unless the service starts first anyway.
     */
    public static Task.Builder inSlot(Service service, Optional<SlotTasks> slot, RandomGenerator random, Instant now) {
        var task = of(service, random, now);
        if (service.getSpec().getUpdate().getOrder() == UpdateConfig.Order.STOP_FIRST) {
            slot.flatMap(SlotTasks::furthest)
                    .ifPresent(leaving -> task.setReplaces(leaving.getId())
                            .setStartNotBefore(Timestamps.of(now))
                            .setDesiredState(TaskState.TASK_READY));
        }
        return task;
    }

    /** A task of a job's present iteration, which is to run to its end. */
    public static Task.Builder ofJob(Service service, RandomGenerator random, Instant now) {
        return of(service, random, now)
                .setDesiredState(TaskState.TASK_COMPLETE)
                .setJobIteration(service.getJobStatus().getIteration());
    }

    /** The task with a desired state raised to this; unchanged if it is there already or beyond. */
    public static Task desire(Task task, TaskState state) {
        return task.getDesiredState().getNumber() >= state.getNumber()
                ? task
                : task.toBuilder().setDesiredState(state).build();
    }
}
