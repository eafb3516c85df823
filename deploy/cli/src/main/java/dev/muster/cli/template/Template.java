package dev.muster.cli.template;

import dev.muster.cli.template.Node.Operand;
import dev.muster.cli.template.Node.Pipeline;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A template that has been read. Immutable; each rendering is on its own. */
public final class Template {

    private final String text;
    private final List<Node> nodes;

    private Template(String text, List<Node> nodes) {
        this.text = text;
        this.nodes = nodes;
    }

    /** Throws {@link TemplateFailure} if the text is no template, or one with parts that are not there. */
    public static Template parse(String text) {
        return new Template(text, TemplateParser.parse(text));
    }

    /** Throws {@link TemplateFailure} if the value does not have what the template asks for. */
    public String render(@Nullable Object value) {
        var rendering = new Rendering(value);
        rendering.run(nodes, value);
        return rendering.out.toString();
    }

    /** How a list of nodes ended. */
    private enum Flow {
        ON,
        BREAK,
        CONTINUE
    }

    private final class Rendering {
        private final StringBuilder out = new StringBuilder();
        private final Map<String, @Nullable Object> variables = new HashMap<>();

        private Rendering(@Nullable Object root) {
            variables.put("$", root);
        }

        private Flow run(List<Node> list, @Nullable Object dot) {
            for (Node node : list) {
                Flow flow = run(node, dot);
                if (flow != Flow.ON) {
                    return flow;
                }
            }
            return Flow.ON;
        }

        private Flow run(Node node, @Nullable Object dot) {
            return switch (node) {
                case Node.Text(String literal) -> {
                    out.append(literal);
                    yield Flow.ON;
                }
                case Node.Action(Pipeline pipeline) -> {
                    Object value = evaluate(pipeline, dot);
                    if (pipeline.variable().isEmpty()) {
                        out.append(GoPrint.text(value));
                    }
                    yield Flow.ON;
                }
                case Node.If(Pipeline condition, List<Node> then, List<Node> otherwise) ->
                    run(GoPrint.isTrue(evaluate(condition, dot)) ? then : otherwise, dot);
                case Node.With(Pipeline subject, List<Node> then, List<Node> otherwise) -> {
                    Object value = evaluate(subject, dot);
                    yield GoPrint.isTrue(value) ? run(then, value) : run(otherwise, dot);
                }
                case Node.Range range -> range(range, dot);
                case Node.Break _ -> Flow.BREAK;
                case Node.Continue _ -> Flow.CONTINUE;
            };
        }

        private Flow range(Node.Range range, @Nullable Object dot) {
            Object subject = evaluate(range.subject(), dot);
            List<Map.Entry<Object, @Nullable Object>> entries = entries(subject);
            if (entries.isEmpty()) {
                return run(range.otherwise(), dot);
            }
            for (var entry : entries) {
                range.key().ifPresent(name -> variables.put(name, entry.getKey()));
                range.value().ifPresent(name -> variables.put(name, entry.getValue()));
                if (run(range.body(), entry.getValue()) == Flow.BREAK) {
                    break;
                }
            }
            return Flow.ON;
        }

        private List<Map.Entry<Object, @Nullable Object>> entries(@Nullable Object subject) {
            List<Map.Entry<Object, @Nullable Object>> entries = new ArrayList<>();
            switch (subject) {
                case null -> {}
                case List<?> list -> {
                    for (Object item : list) {
                        entries.add(new java.util.AbstractMap.SimpleEntry<>((long) entries.size(), item));
                    }
                }
                case Map<?, ?> map ->
                    new TreeMap<>(map)
                            .forEach((key, value) -> entries.add(new java.util.AbstractMap.SimpleEntry<>(key, value)));
                default -> throw failure("range can't iterate over " + GoPrint.text(subject));
            }
            return entries;
        }

        private @Nullable Object evaluate(Pipeline pipeline, @Nullable Object dot) {
            Object value = null;
            boolean first = true;
            for (Node.Call call : pipeline.calls()) {
                List<@Nullable Object> arguments = new ArrayList<>();
                for (Operand argument : call.arguments()) {
                    arguments.add(operand(argument, List.of(), dot));
                }
                if (!first) {
                    arguments.add(value);
                }
                value = operand(call.head(), arguments, dot);
                first = false;
            }
            if (pipeline.variable().isPresent()) {
                String name = pipeline.variable().get();
                if (!pipeline.declares() && !variables.containsKey(name)) {
                    throw failure("undefined variable \"" + name + "\"");
                }
                variables.put(name, value);
            }
            return value;
        }

        private @Nullable Object operand(Operand operand, List<@Nullable Object> arguments, @Nullable Object dot) {
            boolean takes = operand instanceof Operand.Function || operand instanceof Operand.Field;
            if (!arguments.isEmpty() && !takes) {
                throw failure("can't give argument to a value that is neither function nor field");
            }
            return switch (operand) {
                case Operand.Literal(Object value) -> value;
                case Operand.Dot _ -> dot;
                case Operand.Variable(String name) -> {
                    if (!variables.containsKey(name)) {
                        throw failure("undefined variable \"" + name + "\"");
                    }
                    yield variables.get(name);
                }
                case Operand.Nested(Pipeline pipeline) -> evaluate(pipeline, dot);
                case Operand.Function(String name) -> TemplateFunctions.call(name, arguments);
                case Operand.Field(Operand of, List<String> names) -> {
                    Object value = operand(of, List.of(), dot);
                    for (int i = 0; i < names.size(); i++) {
                        value = field(value, names.get(i), i == names.size() - 1 ? arguments : List.of());
                    }
                    yield value;
                }
            };
        }

        private @Nullable Object field(@Nullable Object of, String name, List<@Nullable Object> arguments) {
            return switch (of) {
                case Fields fields -> {
                    Optional<Object> value = fields.field(name, arguments);
                    if (value.isEmpty()) {
                        throw failure("can't evaluate field " + name + "; there are "
                                + String.join(", ", fields.fieldNames()));
                    }
                    yield value.get();
                }
                case Map<?, ?> map
                when arguments.isEmpty() -> {
                    if (!map.containsKey(name)) {
                        throw failure("map has no entry for key \"" + name + "\"");
                    }
                    yield map.get(name);
                }
                case null -> throw failure("nil data; no entry for key \"" + name + "\"");
                default -> throw failure("can't evaluate field " + name + " of " + GoPrint.text(of));
            };
        }

        private TemplateFailure failure(String what) {
            return new TemplateFailure("template: executing \"" + text + "\": " + what);
        }
    }
}
