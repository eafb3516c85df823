package dev.muster.worker.template;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The functions that every template knows: Go's, and swarm's join. */
final class BuiltIns {
    static final Map<String, TemplateFunction> FUNCTIONS = Map.ofEntries(
            Map.entry("and", BuiltIns::and),
            Map.entry("or", BuiltIns::or),
            Map.entry("not", arguments -> !Template.truth(only(arguments, "not"))),
            Map.entry("eq", BuiltIns::equalToAny),
            Map.entry("ne", arguments -> !pair(arguments, "ne").getFirst().equals(arguments.get(1))),
            Map.entry("lt", arguments -> compare(arguments, "lt") < 0),
            Map.entry("le", arguments -> compare(arguments, "le") <= 0),
            Map.entry("gt", arguments -> compare(arguments, "gt") > 0),
            Map.entry("ge", arguments -> compare(arguments, "ge") >= 0),
            Map.entry("index", BuiltIns::index),
            Map.entry("len", BuiltIns::length),
            Map.entry("join", BuiltIns::join),
            Map.entry(
                    "print",
                    arguments -> arguments.stream().map(Template::print).collect(Collectors.joining())),
            Map.entry(
                    "println",
                    arguments -> arguments.stream().map(Template::print).collect(Collectors.joining(" ", "", "\n"))),
            Map.entry("printf", BuiltIns::format));

    private BuiltIns() {}

    private static Object and(List<Object> arguments) {
        for (var each : atLeast(1, arguments, "and")) {
            if (!Template.truth(each)) {
                return each;
            }
        }
        return arguments.getLast();
    }

    private static Object or(List<Object> arguments) {
        for (var each : atLeast(1, arguments, "or")) {
            if (Template.truth(each)) {
                return each;
            }
        }
        return arguments.getLast();
    }

    private static Object equalToAny(List<Object> arguments) {
        var first = atLeast(2, arguments, "eq").getFirst();
        return arguments.subList(1, arguments.size()).contains(first);
    }

    private static int compare(List<Object> arguments, String name) {
        pair(arguments, name);
        if (arguments.get(0) instanceof Long left && arguments.get(1) instanceof Long right) {
            return left.compareTo(right);
        }
        if (arguments.get(0) instanceof String left && arguments.get(1) instanceof String right) {
            return left.compareTo(right);
        }
        throw new TemplateFailure(name + " compares two numbers or two texts");
    }

    private static Object index(List<Object> arguments) {
        Object at = atLeast(1, arguments, "index").getFirst();
        for (var key : arguments.subList(1, arguments.size())) {
            if (!(at instanceof Map<?, ?> map)) {
                throw new TemplateFailure("index looks into maps only, as in index .Service.Labels \"key\"");
            }
            Object next = map.get(key);
            if (next == null) {
                // As in Go: the zero value of a map of texts.
                next = "";
            }
            at = next;
        }
        return at;
    }

    private static Object length(List<Object> arguments) {
        return switch (only(arguments, "len")) {
            case String text -> (long) text.length();
            case Map<?, ?> map -> (long) map.size();
            default -> throw new TemplateFailure("len takes a text or a map");
        };
    }

    private static Object join(List<Object> arguments) {
        atLeast(1, arguments, "join");
        return arguments.subList(1, arguments.size()).stream()
                .map(Template::print)
                .collect(Collectors.joining(Template.print(arguments.getFirst())));
    }

    private static Object format(List<Object> arguments) {
        var format = Template.print(atLeast(1, arguments, "printf").getFirst());
        var out = new StringBuilder();
        int next = 1;
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%') {
                out.append(c);
                continue;
            }
            char verb = ++i < format.length() ? format.charAt(i) : 0;
            if (verb == '%') {
                out.append('%');
                continue;
            }
            if ("svdqt".indexOf(verb) < 0 || verb == 0) {
                throw new TemplateFailure("printf knows %s, %v, %d, %q, %t and %%, not \"%"
                        + (verb == 0 ? "" : String.valueOf(verb)) + "\"");
            }
            if (next >= arguments.size()) {
                throw new TemplateFailure("printf has fewer values than its format names");
            }
            var text = Template.print(arguments.get(next++));
            out.append(verb == 'q' ? '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"' : text);
        }
        if (next < arguments.size()) {
            throw new TemplateFailure("printf has more values than its format names");
        }
        return out.toString();
    }

    private static Object only(List<Object> arguments, String name) {
        if (arguments.size() != 1) {
            throw new TemplateFailure(name + " takes one value, not " + arguments.size());
        }
        return arguments.getFirst();
    }

    private static List<Object> pair(List<Object> arguments, String name) {
        if (arguments.size() != 2) {
            throw new TemplateFailure(name + " takes two values, not " + arguments.size());
        }
        return arguments;
    }

    private static List<Object> atLeast(int count, List<Object> arguments, String name) {
        if (arguments.size() < count) {
            throw new TemplateFailure(name + " takes at least " + count + " values, not " + arguments.size());
        }
        return arguments;
    }
}
