package dev.muster.manager.scheduler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Counts which filter left which nodes out, each by the first filter that it does not pass. Mutable. */
final class Explanation {
    private final List<NodeFilter> filters;
    private final Map<NodeFilter, Integer> failures = new HashMap<>();

    Explanation(List<NodeFilter> filters) {
        this.filters = filters;
    }

    /** The nodes that pass every filter. */
    List<Candidate> passing(Collection<Candidate> candidates) {
        var passing = new ArrayList<Candidate>();
        for (var candidate : candidates) {
            if (passes(candidate)) {
                passing.add(candidate);
            }
        }
        return passing;
    }

    /** Counts the nodes that do not pass. */
    void count(Collection<Candidate> candidates) {
        candidates.forEach(this::passes);
    }

    private boolean passes(Candidate candidate) {
        for (var filter : filters) {
            if (!filter.passes().test(candidate)) {
                failures.merge(filter, 1, Integer::sum);
                return false;
            }
        }
        return true;
    }

    /** Why no node is left: what leaves most nodes out comes first. */
    String text() {
        var reasons = filters.stream()
                .filter(failures::containsKey)
                .sorted(Comparator.comparingInt((NodeFilter filter) -> -failures.get(filter)))
                .map(filter -> filter.explain(failures.get(filter)))
                .collect(Collectors.joining("; "));
        return reasons.isEmpty() ? "no suitable node" : "no suitable node (" + reasons + ")";
    }
}
