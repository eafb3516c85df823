package dev.muster.stack.interpolate;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces {@code $$}, {@code $NAME}, {@code ${NAME}}, {@code ${NAME:-default}}, {@code ${NAME-default}},
 * {@code ${NAME:?message}} and {@code ${NAME?message}}. As stock stack files have it, the operators also work without
 * braces (they then swallow the rest up to a closing brace), and a default ends at the first closing brace.
 */
final class Template {

    private static final String BODY = "([_a-zA-Z][_a-zA-Z0-9]*)(?:(:?[-?])([^}]*))?";
    private static final Pattern VARIABLE = Pattern.compile("\\$(?:(\\$)|" + BODY + "|\\{" + BODY + "\\})?");

    private Template() {}

    sealed interface Outcome {
        record Text(String text) implements Outcome {}

        /** Not a template; what names the part of it that is wrong. */
        record Malformed(String what) implements Outcome {}
    }

    static Outcome substitute(String template, Map<String, String> environment) {
        Matcher match = VARIABLE.matcher(template);
        StringBuilder text = new StringBuilder();
        int from = 0;
        while (match.find()) {
            text.append(template, from, match.start());
            from = match.end();
            if (match.group(1) != null) {
                text.append('$');
                continue;
            }
            int group = match.group(2) != null ? 2 : 5;
            String name = match.group(group);
            if (name == null) {
                return new Outcome.Malformed(template);
            }
            String operator = match.group(group + 1) == null ? "" : match.group(group + 1);
            String argument = match.group(group + 2) == null ? "" : match.group(group + 2);
            String value = environment.get(name);
            boolean missing = value == null || (operator.startsWith(":") && value.isEmpty());
            if (missing && operator.endsWith("?")) {
                String reason = argument.isEmpty() ? "" : ": " + argument;
                return new Outcome.Malformed("required variable " + name + " is missing a value" + reason);
            }
            text.append(missing ? (operator.endsWith("-") ? argument : "") : value);
        }
        return new Outcome.Text(text.append(template, from, template.length()).toString());
    }
}
