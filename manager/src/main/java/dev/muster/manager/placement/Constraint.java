package dev.muster.manager.placement;

import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One placement constraint, {@code node.labels.zone != east}: the value is compared with the node's, exactly but
 * without regard to case. A key that is not known matches no node; a label that is not there reads as the empty text.
 */
public record Constraint(String key, boolean wantsEqual, String value) {
    private static final String EQUAL = "==";
    private static final String NOT_EQUAL = "!=";
    private static final String NODE_LABELS = "node.labels.";
    private static final String ENGINE_LABELS = "engine.labels.";
    private static final Pattern KEY = Pattern.compile("[a-z_][a-z0-9\\-_.]+", Pattern.CASE_INSENSITIVE);
    private static final Pattern VALUE =
            Pattern.compile("[a-z0-9:\\-_\\s.*()?+\\[\\]\\\\^$|/]+", Pattern.CASE_INSENSITIVE);

    /** What is wrong with the expression, in swarm's words; empty if nothing is. */
    public static Optional<String> problem(String expression) {
        var operator = operator(expression);
        if (operator.isEmpty()) {
            return Optional.of("constraint expected one operator from ==, !=");
        }
        var parsed = split(expression, operator.get());
        if (!KEY.matcher(parsed.key).matches()) {
            return Optional.of("key '" + parsed.key + "' is invalid");
        }
        if (!VALUE.matcher(parsed.value).matches()) {
            return Optional.of("value '" + parsed.value + "' is invalid");
        }
        return Optional.empty();
    }

    /** The constraint; throws {@link IllegalArgumentException} where {@link #problem} finds something. */
    public static Constraint parse(String expression) {
        problem(expression).ifPresent(problem -> {
            throw new IllegalArgumentException(problem);
        });
        return split(expression, operator(expression).orElseThrow());
    }

    public boolean matches(Node node) {
        var description = node.getDescription();
        if (key.equalsIgnoreCase("node.id")) {
            return compare(node.getId());
        }
        if (key.equalsIgnoreCase("node.hostname")) {
            return compare(description.getHostname());
        }
        if (key.equalsIgnoreCase("node.ip")) {
            return AddressRange.parse(value)
                    .map(range -> range.contains(node.getStatus().getAddress()) == wantsEqual)
                    .orElse(false);
        }
        if (key.equalsIgnoreCase("node.role")) {
            return compare(node.getRole() == NodeRole.ROLE_MANAGER ? "manager" : "worker");
        }
        if (key.equalsIgnoreCase("node.platform.os")) {
            return compare(description.getPlatform().getOs());
        }
        if (key.equalsIgnoreCase("node.platform.arch")) {
            return compare(description.getPlatform().getArchitecture());
        }
        return label(node).map(this::compare).orElse(false);
    }

    /** What the key of a label, {@code node.labels.zone}, reads on the node; empty if it is no label's key. */
    public static Optional<String> label(String key, Node node) {
        if (isUnder(NODE_LABELS, key)) {
            var labels = node.getSpec().getAnnotations().getLabelsMap();
            return Optional.of(labels.getOrDefault(key.substring(NODE_LABELS.length()), ""));
        }
        if (isUnder(ENGINE_LABELS, key)) {
            var labels = node.getDescription().getEngineLabelsMap();
            return Optional.of(labels.getOrDefault(key.substring(ENGINE_LABELS.length()), ""));
        }
        return Optional.empty();
    }

    private Optional<String> label(Node node) {
        return label(key, node);
    }

    private static boolean isUnder(String prefix, String key) {
        return key.length() > prefix.length() && key.regionMatches(true, 0, prefix, 0, prefix.length());
    }

    private boolean compare(String found) {
        return value.equalsIgnoreCase(found) == wantsEqual;
    }

    private static Optional<String> operator(String expression) {
        if (expression.contains(EQUAL)) {
            return Optional.of(EQUAL);
        }
        return expression.contains(NOT_EQUAL) ? Optional.of(NOT_EQUAL) : Optional.empty();
    }

    private static Constraint split(String expression, String operator) {
        int at = expression.indexOf(operator);
        return new Constraint(
                expression.substring(0, at).strip(),
                operator.equals(EQUAL),
                expression.substring(at + operator.length()).strip());
    }
}
