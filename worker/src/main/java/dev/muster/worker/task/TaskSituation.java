package dev.muster.worker.task;

import dev.muster.api.TaskState;
import dev.muster.worker.health.HealthState;
import dev.muster.worker.runtime.ContainerSummary;
import java.util.Optional;

/**
 * Everything that decides what a task needs next.
 *
 * @param observed the task's own state
 * @param desired what managers want; SHUTDOWN too if they count the task as ended
 * @param withdrawn the task's object is gone
 * @param complete all that the task names (revision, secrets, configs) is here
 * @param container as the runtime has it
 * @param health STARTING, HEALTHY or UNHEALTHY; HEALTHY if there is no check
 * @param stopping a stop has been ordered
 * @param released nothing but the log and the status is left of it
 */
public record TaskSituation(
        TaskState observed,
        TaskState desired,
        boolean withdrawn,
        boolean complete,
        Container container,
        HealthState.Phase health,
        boolean stopping,
        boolean released) {

    /** What there is of the task's container. */
    public enum Container {
        /** Nothing. */
        ABSENT,
        /** A record without a process: an interrupted creation, or the host was restarted. */
        EMPTY,
        /** Prepared, not started. */
        CREATED,
        /** Running, or paused. */
        RUNNING,
        ENDED;

        static Container of(Optional<ContainerSummary> summary) {
            return summary.map(found -> switch (found.phase()) {
                        case EMPTY -> EMPTY;
                        case CREATED -> CREATED;
                        case RUNNING, PAUSED -> RUNNING;
                        case ENDED -> ENDED;
                    })
                    .orElse(ABSENT);
        }
    }
}
