package dev.muster.worker.template;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A template that has been read, to be expanded with values. Immutable.
 *
 * <p>Inside, a text holds one byte of UTF-8 per character: payloads need not be text at all, and lengths are Go's.
 */
public final class Template {
    /** As much as twice the largest config: an expansion cannot fill the memory. */
    private static final int OUTPUT_LIMIT_BYTES = 2 * 1024 * 1024;

    /** A piece of a template. */
    sealed interface Node {
        record Text(String text) implements Node {}

        record Output(Pipeline pipeline, String source) implements Node {}

        record If(Pipeline condition, String source, List<Node> then, List<Node> otherwise) implements Node {}
    }

    /** Commands, each given the result of the one before as its last argument. */
    record Pipeline(List<Command> commands) {}

    /** One operand, or a function and its arguments. */
    record Command(List<Operand> operands) {}

    /** What a command is made of. */
    sealed interface Operand {
        record Literal(Object value) implements Operand {}

        /** {@code .A.B}; no names: the dot itself. */
        record Field(List<String> names) implements Operand {}

        record Function(String name) implements Operand {}

        /** A pipeline in parentheses, and fields of its result. */
        record Nested(Pipeline pipeline, List<String> names) implements Operand {}
    }

    private final List<Node> nodes;

    private Template(List<Node> nodes) {
        this.nodes = nodes;
    }

    /** Whether the text holds any action: if not, it expands to itself. */
    public static boolean isTemplate(String text) {
        return text.contains("{{");
    }

    /** Expands a text. */
    public static String expand(String text, Map<String, Object> values, Map<String, TemplateFunction> functions) {
        if (!isTemplate(text)) {
            return text;
        }
        return text(expandBytes(bytes(text), values, functions));
    }

    /** Expands a payload, which need not be text. */
    public static byte[] expand(byte[] payload, Map<String, Object> values, Map<String, TemplateFunction> functions) {
        var text = new String(payload, StandardCharsets.ISO_8859_1);
        if (!isTemplate(text)) {
            return payload;
        }
        return expandBytes(text, values, functions).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The form in which templates hold a text. */
    public static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    static String text(String bytes) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** For functions to throw. */
    public static TemplateFailure failure(String message) {
        return new TemplateFailure(message);
    }

    private static String expandBytes(
            String text, Map<String, Object> values, Map<String, TemplateFunction> functions) {
        var known = new HashMap<>(BuiltIns.FUNCTIONS);
        known.putAll(functions);
        var template = new Template(new TemplateParser(text, known.keySet()).parse());
        var out = new StringBuilder();
        template.new Run(asBytes(values), known, out).all(template.nodes);
        return out.toString();
    }

    private static Map<String, Object> asBytes(Map<?, ?> values) {
        var result = new TreeMap<String, Object>();
        values.forEach((key, value) -> result.put(bytes(String.valueOf(key)), convert(value)));
        return result;
    }

    private static Object convert(Object value) {
        return switch (value) {
            case String text -> bytes(text);
            case Map<?, ?> map -> asBytes(map);
            case Integer number -> (long) number;
            case Long number -> number;
            case Boolean flag -> flag;
            default -> throw new IllegalArgumentException("templates cannot hold " + value.getClass());
        };
    }

    /** One expansion. */
    private final class Run {
        private final Map<String, Object> values;
        private final Map<String, TemplateFunction> functions;
        private final StringBuilder out;

        Run(Map<String, Object> values, Map<String, TemplateFunction> functions, StringBuilder out) {
            this.values = values;
            this.functions = functions;
            this.out = out;
        }

        void all(List<Node> list) {
            for (var node : list) {
                switch (node) {
                    case Node.Text text -> write(text.text());
                    case Node.Output output -> write(print(located(output.source(), output.pipeline())));
                    case Node.If branch ->
                        all(truth(located(branch.source(), branch.condition())) ? branch.then() : branch.otherwise());
                }
            }
        }

        private void write(String text) {
            if (out.length() + text.length() > OUTPUT_LIMIT_BYTES) {
                throw new TemplateFailure("template expands to more than " + OUTPUT_LIMIT_BYTES + " bytes");
            }
            out.append(text);
        }

        private Object located(String source, Pipeline pipeline) {
            try {
                return pipeline(pipeline);
            } catch (TemplateFailure e) {
                throw new TemplateFailure("template: in {{" + text(source) + "}}: " + e.getMessage());
            }
        }

        private Object pipeline(Pipeline pipeline) {
            Object result = command(pipeline.commands().getFirst(), List.of());
            for (var next : pipeline.commands().subList(1, pipeline.commands().size())) {
                result = command(next, List.of(result));
            }
            return result;
        }

        private Object command(Command command, List<Object> piped) {
            var first = command.operands().getFirst();
            if (first instanceof Operand.Function function) {
                var arguments = new java.util.ArrayList<Object>();
                for (var operand :
                        command.operands().subList(1, command.operands().size())) {
                    arguments.add(value(operand));
                }
                arguments.addAll(piped);
                return functions.get(function.name()).call(arguments);
            }
            if (command.operands().size() > 1 || !piped.isEmpty()) {
                throw new TemplateFailure("only a function can be given arguments");
            }
            return value(first);
        }

        private Object value(Operand operand) {
            return switch (operand) {
                case Operand.Literal literal -> literal.value();
                case Operand.Field field -> field(values, field.names());
                case Operand.Function function -> functions.get(function.name()).call(List.of());
                case Operand.Nested nested -> field(pipeline(nested.pipeline()), nested.names());
            };
        }

        private Object field(Object start, List<String> names) {
            Object at = start;
            var path = new StringBuilder();
            for (var name : names) {
                if (!(at instanceof Map<?, ?> map)) {
                    throw new TemplateFailure("\"" + path + "\" has no fields, so no ." + name);
                }
                Object next = map.get(name);
                path.append('.').append(name);
                if (next == null) {
                    throw new TemplateFailure("unknown placeholder \"" + path + "\""
                            + (map.isEmpty()
                                    ? ""
                                    : ": known here are "
                                            + map.keySet().stream()
                                                    .map(key -> "." + key)
                                                    .collect(Collectors.joining(", "))));
                }
                at = next;
            }
            return at;
        }
    }

    static boolean truth(Object value) {
        return switch (value) {
            case Boolean flag -> flag;
            case Long number -> number != 0;
            case String text -> !text.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            default -> true;
        };
    }

    /** As Go's fmt prints it. */
    static String print(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(entry -> entry.getKey() + ":" + print(entry.getValue()))
                    .collect(Collectors.joining(" ", "map[", "]"));
        }
        return value.toString();
    }
}
