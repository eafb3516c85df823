package dev.muster.manager.scheduler;

import dev.muster.manager.placement.Constraint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Nodes that a group may go to, sorted into branches by the values of its spread descriptors. The next task goes to the
 * branch with the fewest tasks of the service, level by level, and there to the best node: one without many recent
 * failures, then with the fewest tasks of the service, then with the fewest at all. Mutable, for one group.
 */
final class SpreadTree {
    private final Branch root;
    private final TaskGroup group;

    /** @param failing nodes on which the group failed too often lately */
    SpreadTree(TaskGroup group, Collection<Candidate> candidates, List<String> descriptors, Set<String> failing) {
        this.group = group;
        var order = Comparator.comparing((Candidate candidate) ->
                        failing.contains(candidate.node().getId()))
                .thenComparingInt(candidate -> candidate.activeOf(group.serviceId()))
                .thenComparingInt(Candidate::activeTasks)
                .thenComparing(candidate -> candidate.node().getId());
        this.root = new Branch(order);
        for (var candidate : candidates) {
            root.add(candidate, descriptors, order);
        }
    }

    /**
     * Takes the best place for one more task; empty if there is none.
     *
     * @param fits whether the node can still take one; if not it is dropped
     */
    Optional<Candidate> next(Predicate<Candidate> fits) {
        return root.next(fits);
    }

    /** Puts a node back after a task was placed on it, so that it can be chosen again. */
    void placed(Candidate candidate, List<String> descriptors) {
        root.putBack(candidate, descriptors);
    }

    private final class Branch {
        private final PriorityQueue<Candidate> nodes;
        private final TreeMap<String, Branch> branches = new TreeMap<>();
        private long tasks;

        Branch(Comparator<Candidate> order) {
            this.nodes = new PriorityQueue<>(order);
        }

        void add(Candidate candidate, List<String> descriptors, Comparator<Candidate> order) {
            tasks += candidate.activeOf(group.serviceId());
            if (descriptors.isEmpty()) {
                nodes.add(candidate);
            } else {
                branches.computeIfAbsent(value(candidate, descriptors), _ -> new Branch(order))
                        .add(candidate, rest(descriptors), order);
            }
        }

        Optional<Candidate> next(Predicate<Candidate> fits) {
            if (branches.isEmpty()) {
                while (!nodes.isEmpty()) {
                    var best = nodes.poll();
                    if (fits.test(best)) {
                        return Optional.of(best);
                    }
                }
                return Optional.empty();
            }
            var byTasks = new ArrayList<>(branches.values());
            byTasks.sort(Comparator.comparingLong(branch -> branch.tasks));
            return byTasks.stream()
                    .map(branch -> branch.next(fits))
                    .flatMap(Optional::stream)
                    .findFirst();
        }

        void putBack(Candidate candidate, List<String> descriptors) {
            tasks++;
            if (descriptors.isEmpty()) {
                nodes.add(candidate);
            } else {
                branches.get(value(candidate, descriptors)).putBack(candidate, rest(descriptors));
            }
        }

        private static String value(Candidate candidate, List<String> descriptors) {
            return Constraint.label(descriptors.getFirst(), candidate.node()).orElse("");
        }

        private static List<String> rest(List<String> descriptors) {
            return descriptors.subList(1, descriptors.size());
        }
    }
}
