package dev.muster.manager.placement;

import dev.muster.api.Node;
import java.util.List;
import java.util.Optional;

/** The placement constraints of a service: a node must meet all of them. */
public record Constraints(List<Constraint> all, boolean readable) {
    private static final Constraints NONE = new Constraints(List.of(), true);

    public Constraints {
        all = List.copyOf(all);
    }

    /** The first problem among the expressions; empty if all can be read. */
    public static Optional<String> problem(List<String> expressions) {
        return expressions.stream()
                .map(Constraint::problem)
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Constraints that were validated when they were stored; should one be unreadable all the same, no node fits. */
    public static Constraints of(List<String> expressions) {
        if (expressions.isEmpty()) {
            return NONE;
        }
        if (problem(expressions).isPresent()) {
            return new Constraints(List.of(), false);
        }
        return new Constraints(expressions.stream().map(Constraint::parse).toList(), true);
    }

    public boolean matches(Node node) {
        if (!readable) {
            return false;
        }
        for (var constraint : all) {
            if (!constraint.matches(node)) {
                return false;
            }
        }
        return true;
    }
}
