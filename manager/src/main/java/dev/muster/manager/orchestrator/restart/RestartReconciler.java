package dev.muster.manager.orchestrator.restart;

import dev.muster.api.ChangeSet;
import dev.muster.api.RestartHistory;
import dev.muster.api.RestartPolicy;
import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.Timestamps;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.loop.Reason;
import dev.muster.manager.orchestrator.slot.Mode;
import dev.muster.manager.orchestrator.slot.NewTasks;
import dev.muster.manager.orchestrator.slot.RestartRule;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import dev.muster.manager.placement.Constraints;
import dev.muster.manager.placement.NodeStanding;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ObjectKey;
import dev.muster.manager.state.Slot;
import dev.muster.manager.state.Touched;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Retires each task that is wanted but has ended, or whose node is drained, down or gone, and, where the policy allows,
 * creates its replacement in the same slot in the same change set. The replacement is desired READY, so that it prepares
 * itself during the delay; {@link StartReconciler} does the rest. A task that only lost its node is replaced at once and
 * the move does not count as an attempt. Tasks of global services stay with their node: without it they are for the
 * global orchestrators to stop. Finds its work by index, so a pass costs as much as there is to do.
 */
public final class RestartReconciler implements ControlLoop {
    private static final Set<TaskState> WANTED =
            EnumSet.of(TaskState.TASK_READY, TaskState.TASK_RUNNING, TaskState.TASK_COMPLETE);
    private static final Set<TaskState> ENDED = EnumSet.of(
            TaskState.TASK_COMPLETE,
            TaskState.TASK_SHUTDOWN,
            TaskState.TASK_FAILED,
            TaskState.TASK_REJECTED,
            TaskState.TASK_ORPHANED);

    /** Keeps one pass, and what it proposes at once, small; the accepted changes bring on the next pass. */
    private static final int MAX_RESTARTS = 1000;

    @Override
    public String name() {
        return "restart";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        var changeSets = new ArrayList<ChangeSet>();
        var reasons = new ArrayList<Reason>();
        Optional<Instant> nextWakeup = Optional.empty();
        for (var task : candidates(state, touched)) {
            if (changeSets.size() == MAX_RESTARTS) {
                break;
            }
            var service = state.service(task.getServiceId());
            if (service.isEmpty() || service.get().getPendingDelete() || !isOurs(state, service.get(), task)) {
                continue;
            }
            var delayed = delayedUntil(task, now);
            if (delayed.isPresent()) {
                nextWakeup = nextWakeup.filter(delayed.get()::isAfter).or(() -> delayed);
            } else {
                restart(state, service.get(), task, now, random, changeSets, reasons);
            }
        }
        return new Decision(changeSets, nextWakeup, reasons);
    }

    /**
     * A replacement that could not even be prepared spends its own delay before it is replaced in turn: an image that
     * does not exist would otherwise use up all attempts, or all of the cluster's time, at once.
     */
    private static Optional<Instant> delayedUntil(Task task, Instant now) {
        return task.getDesiredState() == TaskState.TASK_READY && SlotTasks.endedByItself(task)
                ? Optional.of(Timestamps.instant(task.getStartNotBefore())).filter(now::isBefore)
                : Optional.empty();
    }

    private static Collection<Task> candidates(ClusterState state, Touched touched) {
        Map<String, Task> found = new TreeMap<>();
        for (var desired : WANTED) {
            for (var observed : ENDED) {
                // What was to complete and did is not a candidate, and there may be many.
                if (desired != TaskState.TASK_COMPLETE || observed != TaskState.TASK_COMPLETE) {
                    found.putAll(state.tasksIn(desired, observed));
                }
            }
        }
        var nodes = touched.everything() ? state.nodes().keySet() : touched.nodes();
        for (var nodeId : nodes) {
            if (NodeStanding.evicts(state.node(nodeId))) {
                state.tasksByNode(nodeId).forEach((id, task) -> {
                    if (WANTED.contains(task.getDesiredState()) && !TaskStates.ended(task)) {
                        found.put(id, task);
                    }
                });
            }
        }
        return found.values();
    }

    private static boolean isOurs(ClusterState state, Service service, Task task) {
        var mode = Mode.of(service);
        if (mode.job() && task.getJobIteration() != service.getJobStatus().getIteration()) {
            return false;
        }
        if (!mode.perNode()) {
            return true;
        }
        var node = state.node(task.getNodeId());
        return !NodeStanding.evicts(node)
                && Constraints.of(service.getSpec().getTask().getPlacement().getConstraintsList())
                        .matches(node.orElseThrow());
    }

    private static void restart(
            ClusterState state,
            Service service,
            Task task,
            Instant now,
            RandomGenerator random,
            List<ChangeSet> changeSets,
            List<Reason> reasons) {
        var mode = Mode.of(service);
        var policy = state.revision(task).getTask().getRestart();
        boolean displaced = !SlotTasks.endedByItself(task) && NodeStanding.evicts(state.node(task.getNodeId()));
        var changes = new ChangeSetBuilder(now, "restart").update(NewTasks.desire(task, TaskState.TASK_SHUTDOWN));
        if (isCoveredByAnother(state, service, task)) {
            reasons.add(reason(service, task, "is not restarted: its slot has another task of the same version"));
        } else if (displaced ? policy.getCondition() != RestartPolicy.Condition.NONE : again(policy, mode, task)) {
            var delay = displaced ? Duration.ZERO : RestartRule.delay(policy);
            changes.create(replacement(service, mode, policy, task, displaced, now.plus(delay), now, random));
            reasons.add(reason(
                    service,
                    task,
                    displaced
                            ? "is moved: its node is not available"
                            : "is restarted after " + delay.toSeconds() + " s"));
        } else {
            reasons.add(reason(service, task, "is not restarted: its restart policy does not allow it"));
        }
        changeSets.add(changes.build());
    }

    private static boolean again(RestartPolicy policy, Mode mode, Task task) {
        return RestartRule.again(policy, mode, task);
    }

    /** A newer task of the present revision lives in the slot already: an update put it there. */
    private static boolean isCoveredByAnother(ClusterState state, Service service, Task task) {
        if (task.getRevision() == service.getRevision() || Mode.of(service).job()) {
            return false;
        }
        return state.tasksBySlot(Slot.of(task)).stream()
                .anyMatch(other -> !other.getId().equals(task.getId())
                        && other.getRevision() == service.getRevision()
                        && SlotTasks.alive(other)
                        && !TaskStates.ended(other));
    }

    private static Task replacement(
            Service service,
            Mode mode,
            RestartPolicy policy,
            Task task,
            boolean displaced,
            Instant notBefore,
            Instant now,
            RandomGenerator random) {
        var replacement = mode.job() ? NewTasks.ofJob(service, random, now) : NewTasks.of(service, random, now);
        replacement
                .setSlot(task.getSlot())
                .setDesiredState(TaskState.TASK_READY)
                .setStartNotBefore(Timestamps.of(notBefore))
                .setReplaces(task.getId());
        if (mode.perNode()) {
            replacement.setNodeId(task.getNodeId());
        }
        if (task.getRevision() == service.getRevision()) {
            RestartHistory history = displaced ? task.getRestarts() : RestartRule.next(policy, task, now);
            replacement.setRestarts(history);
        }
        return replacement.build();
    }

    private static Reason reason(Service service, Task task, String text) {
        return new Reason(ObjectKey.service(service.getId()), "task " + task.getId() + " " + text);
    }
}
