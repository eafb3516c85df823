package dev.muster.manager.control;

import dev.muster.api.Service;
import dev.muster.api.ServiceCounts;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.state.ClusterState;

/** How many tasks a service has, and should have. Pure. */
final class Counts {
    private Counts() {}

    /** Tasks that are told to stop are not counted as running, though they may still run. */
    static ServiceCounts of(ClusterState state, Service service) {
        var spec = service.getSpec();
        var isJob = spec.hasReplicatedJob() || spec.hasGlobalJob();
        var running = 0;
        var wanted = 0;
        var completed = 0;
        for (var slot : state.slots(service.getId()).values()) {
            for (var task : slot.values()) {
                if (isJob && task.getJobIteration() != service.getJobStatus().getIteration()) {
                    continue;
                }
                var active = TaskStates.active(task);
                if (active && task.getStatus().getState() == TaskState.TASK_RUNNING) {
                    running++;
                }
                if (active || (isJob && task.getStatus().getState() == TaskState.TASK_COMPLETE)) {
                    wanted++;
                }
                if (task.getStatus().getState() == TaskState.TASK_COMPLETE) {
                    completed++;
                }
            }
        }
        var desired = switch (spec.getModeCase()) {
            case REPLICATED ->
                spec.getReplicated().hasReplicas() ? spec.getReplicated().getReplicas() : 1;
            case REPLICATED_JOB ->
                spec.getReplicatedJob().hasMaxConcurrent()
                        ? spec.getReplicatedJob().getMaxConcurrent()
                        : 1;
            case MODE_NOT_SET -> 1L;
            case GLOBAL, GLOBAL_JOB -> (long) wanted;
        };
        return ServiceCounts.newBuilder()
                .setRunning(running)
                .setDesired(desired)
                .setCompleted(isJob ? completed : 0)
                .build();
    }
}
