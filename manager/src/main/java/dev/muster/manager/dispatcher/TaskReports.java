package dev.muster.manager.dispatcher;

import static java.lang.System.Logger.Level.DEBUG;

import dev.muster.api.ChangeSet;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.TaskStatus;
import dev.muster.api.Timestamps;
import dev.muster.api.UpdateTaskStatusRequest;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes into the state what agents report of their tasks, each task for itself: one report that does not fit holds up no
 * other. Reports of many agents share log entries, as the proposer groups what waits. Blocks until all is committed. Any
 * thread.
 */
final class TaskReports {
    private static final System.Logger LOG = System.getLogger(TaskReports.class.getName());

    /** A task is written by loops too, at most a few times in its life. */
    private static final int MOST_TRIES = 10;

    /** Tasks proposed at once: an entry of this many statuses stays far below its bound. */
    private static final int MOST_AT_ONCE = 500;

    /** Users read this; a whole log in an error text would be kept in memory by every manager. */
    private static final int MOST_TEXT = 4096;

    private final ClusterStates states;
    private final Proposer proposer;
    private final InstantSource clock;

    TaskReports(ClusterStates states, Proposer proposer, InstantSource clock) {
        this.states = states;
        this.proposer = proposer;
        this.clock = clock;
    }

    /**
     * Records reports from a node. What is about tasks that are gone or not the node's, or would move a task backwards,
     * is left out.
     *
     * @return the outcome that kept something from being recorded; empty if all is well
     */
    Optional<ProposalResult> record(String nodeId, List<UpdateTaskStatusRequest.Update> updates) {
        var open = List.copyOf(latest(updates).entrySet());
        for (int from = 0; from < open.size(); from += MOST_AT_ONCE) {
            var failure = recordSome(nodeId, open.subList(from, Math.min(open.size(), from + MOST_AT_ONCE)));
            if (failure.isPresent()) {
                return failure;
            }
        }
        return Optional.empty();
    }

    private Optional<ProposalResult> recordSome(String nodeId, Collection<Map.Entry<String, TaskStatus>> reports) {
        var open = List.copyOf(reports);
        Optional<ProposalResult> failure = Optional.empty();
        for (int tries = 0; tries < MOST_TRIES && !open.isEmpty(); tries++) {
            var state = states.current();
            var now = clock.instant();
            var proposed = new ArrayList<Map.Entry<String, TaskStatus>>();
            var changeSets = new ArrayList<ChangeSet>();
            for (var report : open) {
                reported(state, nodeId, report.getKey(), report.getValue(), now).ifPresent(task -> {
                    proposed.add(report);
                    changeSets.add(
                            new ChangeSetBuilder(now, "dispatcher").update(task).build());
                });
            }
            if (changeSets.isEmpty()) {
                return Optional.empty();
            }
            var results = proposer.propose(changeSets);
            var again = new ArrayList<Map.Entry<String, TaskStatus>>();
            failure = Optional.empty();
            for (int i = 0; i < results.size(); i++) {
                switch (results.get(i)) {
                    case ProposalResult.Accepted _ -> {}
                    case ProposalResult.Rejected rejected -> {
                        LOG.log(
                                DEBUG,
                                "report of task {0}: {1}",
                                proposed.get(i).getKey(),
                                rejected.message());
                        again.add(proposed.get(i));
                        failure = Optional.of(rejected);
                    }
                    case ProposalResult.NotLeader _,
                            ProposalResult.TooLarge _,
                            ProposalResult.Refused _,
                            ProposalResult.Unknown _ -> {
                        return Optional.of(results.get(i));
                    }
                }
            }
            open = again;
        }
        return failure;
    }

    /** The last report of each task; one that arrives out of order does not undo a later one. */
    private static Map<String, TaskStatus> latest(List<UpdateTaskStatusRequest.Update> updates) {
        var latest = new LinkedHashMap<String, TaskStatus>();
        for (var update : updates) {
            latest.merge(
                    update.getTaskId(),
                    update.getStatus(),
                    (earlier, later) -> TaskStates.mayObserve(earlier.getState(), later.getState()) ? later : earlier);
        }
        return latest;
    }

    /** The task as reported; empty if there is nothing to write. */
    private static Optional<Task> reported(
            ClusterState state, String nodeId, String taskId, TaskStatus status, Instant now) {
        var task = state.task(taskId);
        if (task.isEmpty() || !task.get().getNodeId().equals(nodeId)) {
            LOG.log(DEBUG, "node {0} reports task {1}, which is gone or not its own", nodeId, taskId);
            return Optional.empty();
        }
        var known = task.get().getStatus();
        boolean agents = status.getState() != TaskState.TASK_ORPHANED;
        if (!agents || !TaskStates.mayObserve(known.getState(), status.getState())) {
            LOG.log(
                    DEBUG,
                    "node {0} reports task {1} as {2}, which is {3} already",
                    nodeId,
                    taskId,
                    status.getState(),
                    known.getState());
            return Optional.empty();
        }
        var bounded = status.toBuilder()
                .setMessage(bounded(status.getMessage()))
                .setErr(bounded(status.getErr()))
                .clearAppliedAt()
                .build();
        if (known.toBuilder().clearAppliedAt().build().equals(bounded)) {
            return Optional.empty();
        }
        return Optional.of(task.get().toBuilder()
                .setStatus(bounded.toBuilder().setAppliedAt(Timestamps.of(now)))
                .build());
    }

    private static String bounded(String text) {
        return text.length() <= MOST_TEXT ? text : text.substring(0, MOST_TEXT) + "…";
    }
}
