package dev.muster.manager.control;

import dev.muster.manager.placement.Constraint;
import dev.muster.manager.placement.Constraints;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Placement constraints as users write them. Keys that no node can have are refused, where swarm lets the tasks wait for
 * ever. Pure.
 */
final class ConstraintCheck {
    private static final Set<String> KEYS =
            Set.of("node.id", "node.hostname", "node.ip", "node.role", "node.platform.os", "node.platform.arch");
    private static final List<String> LABELS = List.of("node.labels.", "engine.labels.");

    private ConstraintCheck() {}

    static void check(List<String> constraints) {
        Constraints.problem(constraints).ifPresent(problem -> {
            throw ControlFailure.invalid(problem);
        });
        for (var constraint : constraints) {
            var key = Constraint.parse(constraint).key();
            if (!known(key.toLowerCase(Locale.ROOT))) {
                throw ControlFailure.invalid("unknown constraint '" + key + "' in '" + constraint
                        + "': expected node.id, node.hostname, node.ip, node.role, node.platform.os,"
                        + " node.platform.arch, node.labels.NAME or engine.labels.NAME");
            }
        }
    }

    private static boolean known(String key) {
        return KEYS.contains(key)
                || LABELS.stream().anyMatch(prefix -> key.startsWith(prefix) && key.length() > prefix.length());
    }
}
