package dev.muster.manager.orchestrator.slot;

import com.google.protobuf.Timestamp;
import dev.muster.api.Durations;
import dev.muster.api.RestartHistory;
import dev.muster.api.RestartPolicy;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.Timestamps;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;

/**
 * Whether a task that ended is to be started again, by the policy of its own revision and the history that its slot
 * handed on to it. Depends on when the task ended and not on the present, so the answer for a task never changes. Pure.
 */
public final class RestartRule {
    /** Swarm's delay before a restart. */
    private static final Duration DEFAULT_DELAY = Duration.ofSeconds(5);

    private RestartRule() {}

    /** Whether the task, should it have ended, is replaced. */
    public static boolean again(RestartPolicy policy, Mode mode, Task task) {
        if (!wanted(policy, mode, task.getStatus().getState())) {
            return false;
        }
        if (policy.getMaxAttempts() == 0) {
            return true;
        }
        var window = Durations.duration(policy.getWindow());
        long attempts = window.isZero()
                ? task.getRestarts().getTotal()
                : recent(task.getRestarts(), ended(task).minus(window));
        return Long.compareUnsigned(attempts, policy.getMaxAttempts()) < 0;
    }

    /** Whether the condition alone lets a task that ended in this state be replaced. Jobs that succeeded are done. */
    private static boolean wanted(RestartPolicy policy, Mode mode, TaskState ended) {
        return switch (policy.getCondition()) {
            case NONE -> false;
            case ON_FAILURE -> ended != TaskState.TASK_COMPLETE;
            case ANY, UNRECOGNIZED -> !mode.job() || ended != TaskState.TASK_COMPLETE;
        };
    }

    public static Duration delay(RestartPolicy policy) {
        return Durations.duration(policy.hasDelay(), policy.getDelay(), DEFAULT_DELAY);
    }

    /** The history of a task that replaces one of the same revision that ended. */
    public static RestartHistory next(RestartPolicy policy, Task ended, Instant now) {
        var history = ended.getRestarts();
        var next = RestartHistory.newBuilder().setTotal(history.getTotal() + 1);
        var window = Durations.duration(policy.getWindow());
        if (policy.getMaxAttempts() == 0 || window.isZero()) {
            return next.build();
        }
        var recent = new ArrayList<Timestamp>();
        history.getRecentList().stream()
                .filter(restart -> Timestamps.instant(restart).isAfter(now.minus(window)))
                .forEach(recent::add);
        recent.add(Timestamps.of(now));
        // More than the greatest number of attempts decide nothing.
        int kept = (int) Math.min(recent.size(), policy.getMaxAttempts());
        return next.addAllRecent(recent.subList(recent.size() - kept, recent.size()))
                .build();
    }

    /** When the task's last state was reached, by the managers' time where they noted it. */
    public static Instant ended(Task task) {
        var status = task.getStatus();
        return Timestamps.instant(status.hasAppliedAt() ? status.getAppliedAt() : status.getTimestamp());
    }

    private static long recent(RestartHistory history, Instant after) {
        return history.getRecentList().stream()
                .filter(restart -> Timestamps.instant(restart).isAfter(after))
                .count();
    }
}
