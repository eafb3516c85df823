package dev.muster.worker.runtime;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * One container as it is now.
 *
 * @param imageName as in its plan's {@link ImageHandle#name}
 * @param pid of the first process; 0 unless created, running or paused
 * @param exit present if and only if the phase is ENDED
 */
public record ContainerSummary(
        String id,
        Map<String, String> labels,
        String imageName,
        Instant createdAt,
        Phase phase,
        int pid,
        Optional<ContainerExit> exit) {

    /** Where a container is in its life. */
    public enum Phase {
        /** Recorded, but with no process: its creation was interrupted, or the host was restarted. */
        EMPTY,
        /** Prepared up to the exec of its command. */
        CREATED,
        RUNNING,
        PAUSED,
        ENDED
    }

    public ContainerSummary {
        labels = Map.copyOf(labels);
    }
}
