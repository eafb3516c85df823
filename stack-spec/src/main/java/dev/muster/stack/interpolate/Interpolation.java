package dev.muster.stack.interpolate;

import dev.muster.stack.document.Problems;
import dev.muster.stack.document.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Replaces the variables in the five sections of a stack file. String values at paths that the schema wants as numbers
 * or booleans are cast afterwards, whether they were templates or just in quotes.
 */
public final class Interpolation {

    private static final Set<String> SECTIONS = Set.of("services", "volumes", "networks", "secrets", "configs");

    private enum Cast {
        INTEGER,
        FLOAT,
        BOOLEAN
    }

    /** By path, where * stands for one step of any name. */
    private static final Map<List<String>, Cast> CASTS = casts();

    private final Map<String, String> environment;
    private final Problems problems;

    private Interpolation(Map<String, String> environment, Problems problems) {
        this.environment = environment;
        this.problems = problems;
    }

    public static Value.Mapping apply(Value.Mapping document, Map<String, String> environment, Problems problems) {
        var interpolation = new Interpolation(environment, problems);
        Value.Mapping result = document;
        for (String section : SECTIONS) {
            Value.Field field = document.fields().get(section);
            if (field != null) {
                result = result.with(section, interpolation.value(field.value(), List.of(section)));
            }
        }
        return result;
    }

    private Value value(Value value, List<String> path) {
        return switch (value) {
            case Value.Mapping mapping -> {
                Map<String, Value.Field> fields = new LinkedHashMap<>();
                mapping.fields()
                        .forEach((name, field) ->
                                fields.put(name, new Value.Field(field.key(), value(field.value(), step(path, name)))));
                yield new Value.Mapping(mapping.at(), fields);
            }
            case Value.Sequence sequence ->
                new Value.Sequence(
                        sequence.at(),
                        sequence.items().stream()
                                .map(item -> value(item, step(path, "[]")))
                                .toList());
            case Value.Scalar scalar when scalar.isText() -> text(scalar, path);
            case Value.Scalar scalar -> scalar;
        };
    }

    private Value text(Value.Scalar scalar, List<String> path) {
        return switch (Template.substitute(scalar.text(), environment)) {
            case Template.Outcome.Malformed(String what) -> {
                problems.add(
                        scalar.at(),
                        "invalid interpolation format for " + String.join(".", path) + ": \"" + what
                                + "\"; you may need to escape any $ with another $");
                yield scalar;
            }
            case Template.Outcome.Text(String text) -> cast(scalar, text, path);
        };
    }

    private Value cast(Value.Scalar scalar, String text, List<String> path) {
        Cast cast = CASTS.entrySet().stream()
                .filter(entry -> matches(entry.getKey(), path))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
        if (cast == null) {
            return Value.Scalar.of(scalar.at(), text);
        }
        try {
            return Value.Scalar.of(
                    scalar.at(),
                    switch (cast) {
                        case INTEGER -> Long.valueOf(text);
                        case FLOAT -> Double.valueOf(text);
                        case BOOLEAN -> bool(text);
                    });
        } catch (IllegalArgumentException _) {
            if (text.equals(scalar.text())) {
                return scalar;
            }
            String what = switch (cast) {
                case INTEGER -> "\"" + text + "\" is not a whole number";
                case FLOAT -> "\"" + text + "\" is not a number";
                case BOOLEAN -> "invalid boolean: " + text;
            };
            problems.add(
                    scalar.at(),
                    "error while interpolating " + String.join(".", path) + ": failed to cast to expected type: "
                            + what);
            return scalar;
        }
    }

    private static Boolean bool(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "y", "yes", "true", "on" -> true;
            case "n", "no", "false", "off" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    private static boolean matches(List<String> pattern, List<String> path) {
        if (pattern.size() != path.size()) {
            return false;
        }
        for (int i = 0; i < path.size(); i++) {
            if (!pattern.get(i).equals("*") && !pattern.get(i).equals(path.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static List<String> step(List<String> path, String next) {
        List<String> longer = new ArrayList<>(path);
        longer.add(next);
        return longer;
    }

    private static Map<List<String>, Cast> casts() {
        Map<List<String>, Cast> casts = new LinkedHashMap<>();
        add(casts, Cast.INTEGER, "services.*.configs.[].mode", "services.*.secrets.[].mode");
        add(casts, Cast.INTEGER, "services.*.healthcheck.retries", "services.*.oom_score_adj");
        add(casts, Cast.INTEGER, "services.*.deploy.replicas", "services.*.deploy.restart_policy.max_attempts");
        add(casts, Cast.INTEGER, "services.*.deploy.update_config.parallelism");
        add(casts, Cast.INTEGER, "services.*.deploy.rollback_config.parallelism");
        add(casts, Cast.INTEGER, "services.*.deploy.placement.max_replicas_per_node");
        add(casts, Cast.INTEGER, "services.*.ports.[].target", "services.*.ports.[].published");
        add(casts, Cast.INTEGER, "services.*.ulimits.*", "services.*.ulimits.*.hard", "services.*.ulimits.*.soft");
        add(casts, Cast.FLOAT, "services.*.deploy.update_config.max_failure_ratio");
        add(casts, Cast.FLOAT, "services.*.deploy.rollback_config.max_failure_ratio");
        add(casts, Cast.BOOLEAN, "services.*.healthcheck.disable", "services.*.privileged", "services.*.read_only");
        add(casts, Cast.BOOLEAN, "services.*.stdin_open", "services.*.tty");
        add(casts, Cast.BOOLEAN, "services.*.volumes.[].read_only", "services.*.volumes.[].volume.nocopy");
        add(casts, Cast.BOOLEAN, "networks.*.external", "networks.*.internal", "networks.*.attachable");
        add(casts, Cast.BOOLEAN, "volumes.*.external", "secrets.*.external", "configs.*.external");
        return Map.copyOf(casts);
    }

    private static void add(Map<List<String>, Cast> casts, Cast cast, String... paths) {
        for (String path : paths) {
            casts.put(List.of(path.split("\\.")), cast);
        }
    }
}
