package dev.muster.manager.scheduler;

import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.Timestamps;
import dev.muster.manager.state.ClusterState;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** On which nodes a service's revision failed too often lately, by the tasks that the history still has. Pure. */
final class RecentFailures {
    /** Swarm's measure: as many failures, within this time, make a node the last choice. */
    private static final int MANY = 5;

    private static final Duration LATELY = Duration.ofMinutes(5);

    private RecentFailures() {}

    static Set<String> nodes(ClusterState state, TaskGroup group, Instant now) {
        Map<String, Integer> failures = new HashMap<>();
        var since = now.minus(LATELY);
        for (var task : state.tasksByService(group.serviceId())) {
            if (task.getRevision() == group.revision().getRevision()
                    && failed(task)
                    && ended(task).isAfter(since)) {
                failures.merge(task.getNodeId(), 1, Integer::sum);
            }
        }
        var nodes = new HashSet<String>();
        failures.forEach((node, count) -> {
            if (count >= MANY) {
                nodes.add(node);
            }
        });
        return nodes;
    }

    private static boolean failed(Task task) {
        var state = task.getStatus().getState();
        return !task.getNodeId().isEmpty() && (state == TaskState.TASK_FAILED || state == TaskState.TASK_REJECTED);
    }

    private static Instant ended(Task task) {
        var status = task.getStatus();
        return Timestamps.instant(status.hasAppliedAt() ? status.getAppliedAt() : status.getTimestamp());
    }
}
