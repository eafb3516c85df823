package dev.muster.manager.scheduler;

import dev.muster.api.ChangeSet;
import dev.muster.api.Node;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.Timestamps;
import dev.muster.manager.placement.Constraint;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Places group after group, each seeing what those before it took. Mutable, one thread, one pass. */
final class PlacementPass {
    /** Tasks in one change set that only notes why they wait. */
    private static final int CHUNK = 200;

    private final ClusterState state;
    private final Instant now;
    private final String origin;
    private final TreeMap<String, Candidate> candidates = new TreeMap<>();
    private int placements;

    PlacementPass(ClusterState state, Instant now, String origin) {
        this.state = state;
        this.now = now;
        this.origin = origin;
        state.nodes().forEach((id, node) -> candidates.put(id, new Candidate(state, node)));
    }

    /** Tasks placed so far. */
    int placements() {
        return placements;
    }

    /** Places the group's tasks, at most this many. */
    List<ChangeSet> place(TaskGroup group, int limit) {
        var changeSets = new ArrayList<ChangeSet>();
        var free = new ArrayList<Task>();
        var preassigned = new ArrayList<Task>();
        group.tasks().forEach(task -> (task.getNodeId().isEmpty() ? free : preassigned).add(task));
        if (!preassigned.isEmpty()) {
            confirm(new TaskGroup(group.revision(), preassigned), changeSets);
        }
        if (!free.isEmpty()) {
            choose(new TaskGroup(group.revision(), free), limit, changeSets);
        }
        return changeSets;
    }

    private void confirm(TaskGroup group, List<ChangeSet> changeSets) {
        var filters = NodeFilter.ofPreassigned(state, group);
        for (var task : group.tasks()) {
            var explanation = new Explanation(filters);
            var own = Optional.ofNullable(candidates.get(task.getNodeId()));
            var passing = explanation.passing(own.stream().toList());
            if (passing.isEmpty()) {
                wait(List.of(task), explanation.text(), changeSets);
            } else {
                assign(
                        group,
                        task,
                        passing.getFirst(),
                        "scheduler confirmed task can run on preassigned node",
                        changeSets);
            }
        }
    }

    private void choose(TaskGroup group, int limit, List<ChangeSet> changeSets) {
        var filters = NodeFilter.of(state, group);
        var passing = new Explanation(filters).passing(candidates.values());
        var descriptors = group.revision().getTask().getPlacement().getSpreadList().stream()
                .filter(descriptor ->
                        Constraint.label(descriptor, Node.getDefaultInstance()).isPresent())
                .toList();
        var failing = passing.isEmpty() ? Set.<String>of() : RecentFailures.nodes(state, group, now);
        var tree = new SpreadTree(group, passing, descriptors, failing);
        int placed = 0;
        for (var task : group.tasks()) {
            if (placed == limit) {
                return;
            }
            var best = tree.next(candidate ->
                    filters.stream().allMatch(filter -> filter.passes().test(candidate)));
            if (best.isEmpty()) {
                break;
            }
            assign(group, task, best.get(), "scheduler assigned task to node", changeSets);
            tree.placed(best.get(), descriptors);
            placed++;
        }
        var left = group.tasks().subList(placed, group.tasks().size());
        if (!left.isEmpty()) {
            var explanation = new Explanation(filters);
            explanation.count(candidates.values());
            wait(left, explanation.text(), changeSets);
        }
    }

    private void assign(TaskGroup group, Task task, Candidate candidate, String message, List<ChangeSet> changeSets) {
        placements++;
        var assigned = task.toBuilder()
                .setNodeId(candidate.node().getId())
                .clearAssignedResources()
                .addAllAssignedResources(candidate.place(group))
                .setStatus(task.getStatus().toBuilder()
                        .setState(TaskState.TASK_ASSIGNED)
                        .setTimestamp(Timestamps.of(now))
                        .setMessage(message)
                        .clearErr());
        // Each on its own: a node that changed in between takes its own tasks back, not those of others.
        changeSets.add(new ChangeSetBuilder(now, origin)
                .require(candidate.node())
                .update(assigned.build())
                .build());
    }

    private void wait(List<Task> tasks, String reason, List<ChangeSet> changeSets) {
        var changes = new ChangeSetBuilder(now, origin);
        for (var task : tasks) {
            if (!task.getStatus().getErr().equals(reason)) {
                changes.update(task.toBuilder()
                        .setStatus(task.getStatus().toBuilder()
                                .setTimestamp(Timestamps.of(now))
                                .setErr(reason))
                        .build());
            }
            if (changes.size() == CHUNK) {
                changeSets.add(changes.build());
                changes = new ChangeSetBuilder(now, origin);
            }
        }
        changeSets.add(changes.build());
    }
}
