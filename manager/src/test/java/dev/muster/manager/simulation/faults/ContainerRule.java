package dev.muster.manager.simulation.faults;

import dev.muster.api.Kind;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.Timestamps;
import dev.muster.manager.placement.NodeStanding;
import dev.muster.manager.state.ClusterReducer;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Slot;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Looks at containers as they are, on all hosts: when one starts, no other of its slot runs, apart from what the update
 * order allows, what managers have written off with its node, what has been told to go for good, and what has not stopped
 * within the minute that is waited for it.
 */
final class ContainerRule implements History.Observer, Containers.Observer {
    private static final Duration STOP_BOUND = Duration.ofMinutes(1);

    private final History history;
    private final Set<String> writtenOff = new HashSet<>();

    /** When managers let a task start, by the clock of the one that did. */
    private final Map<String, Instant> letStart = new HashMap<>();

    ContainerRule(History history) {
        this.history = history;
    }

    @Override
    public void committed(ClusterState before, ClusterReducer.Applied step) {
        var after = step.state();
        for (var id : step.touched().ids(Kind.KIND_NODE)) {
            if (NodeStanding.unreachable(after.node(id))) {
                writtenOff.addAll(after.tasksByNode(id).keySet());
            }
        }
        for (var id : step.touched().ids(Kind.KIND_TASK)) {
            after.task(id).ifPresent(task -> note(after, task));
        }
    }

    private void note(ClusterState state, Task task) {
        boolean lost = !task.getNodeId().isEmpty() && NodeStanding.unreachable(state.node(task.getNodeId()));
        if (lost || task.getStatus().getState() == TaskState.TASK_ORPHANED) {
            writtenOff.add(task.getId());
        }
        if (task.getDesiredState() == TaskState.TASK_RUNNING) {
            letStart.putIfAbsent(task.getId(), Timestamps.instant(task.getMeta().getUpdatedAt()));
        }
    }

    @Override
    public void starts(Containers.Running one, List<Containers.Running> others) {
        var slot = Slot.of(one.task());
        var service = history.current().service(one.task().getServiceId());
        if (service.isEmpty() || service.get().getPendingDelete()) {
            return;
        }
        int most = StateRules.mostInSlot(service.get());
        var together = others.stream()
                .filter(other -> Slot.of(other.task()).equals(slot))
                .filter(other -> !excused(other.task(), one.task(), most))
                // The one that starts may be the one that should not: its node has not heard yet.
                .filter(other -> !excused(one.task(), other.task(), most))
                .map(this::describe)
                .toList();
        if (together.size() >= most) {
            throw new Violation(
                    Rule.CONTAINERS,
                    "task " + one.task().getId() + " starts on " + one.host() + " in " + slot + " beside " + together);
        }
    }

    private String describe(Containers.Running one) {
        return one.task().getId() + " on " + one.host() + ", which is "
                + history.current()
                        .task(one.task().getId())
                        .map(task -> task.getStatus().getState() + " and to be " + task.getDesiredState())
                        .orElse("no more");
    }

    /** Whether nothing had to wait for the end of the one before the other was started. */
    private boolean excused(Task one, Task started, int most) {
        var id = one.getId();
        if (writtenOff.contains(id)) {
            return true;
        }
        // Only where the old one stops first does anything wait for the end of what is told to stop.
        var past = most > 1 ? TaskState.TASK_SHUTDOWN : TaskState.TASK_REMOVE;
        var stored = history.current().task(id);
        if (stored.isPresent() && !TaskStates.before(stored.get().getDesiredState(), past)) {
            return true;
        }
        var created = history.current()
                .task(started.getId())
                .map(task -> Timestamps.instant(task.getMeta().getCreatedAt()))
                .orElse(Instant.MAX);
        var let = letStart.getOrDefault(started.getId(), Instant.MIN);
        return created.isBefore(let) && Duration.between(created, let).compareTo(STOP_BOUND) >= 0;
    }
}
