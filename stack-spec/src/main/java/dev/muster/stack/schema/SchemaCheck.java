package dev.muster.stack.schema;

import dev.muster.stack.document.Problems;
import dev.muster.stack.document.Value;
import dev.muster.stack.grammar.GoDuration;
import dev.muster.stack.grammar.PortSpec;
import dev.muster.stack.grammar.SyntaxFailure;
import dev.muster.stack.schema.Shape.Either;
import dev.muster.stack.schema.Shape.Keyed;
import dev.muster.stack.schema.Shape.ListOf;
import dev.muster.stack.schema.Shape.MapOf;
import dev.muster.stack.schema.Shape.Plain;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Compares a document with the schema of its version. Adds a problem for each difference, in document order. */
public final class SchemaCheck {

    private final int minor;
    private final Problems problems;

    private SchemaCheck(int minor, Problems problems) {
        this.minor = minor;
        this.problems = problems;
    }

    /** Checks a document of version 3.MINOR. */
    public static void check(Value document, int minor, Problems problems) {
        new SchemaCheck(minor, problems).check(document, StackSchema.ROOT, "");
    }

    private void check(Value value, Shape shape, String path) {
        switch (shape) {
            case Plain plain -> plain(value, plain, path);
            case ListOf list when value instanceof Value.Sequence sequence -> list(sequence, list, path);
            case Keyed keyed when value instanceof Value.Mapping mapping -> keyed(mapping, keyed, path);
            case Keyed keyed when keyed.nullable() && value.isNull() -> {}
            case MapOf map when value instanceof Value.Mapping mapping -> map(mapping, map, path);
            case Either either -> either(value, either, path);
            case ListOf _, Keyed _, MapOf _ -> mismatch(value, shape, path);
        }
    }

    private void plain(Value value, Plain shape, String path) {
        if (shape.types().stream().noneMatch(type -> type.holds(value.kind()))) {
            mismatch(value, shape, path);
            return;
        }
        String text = value instanceof Value.Scalar scalar ? scalar.text() : "";
        if (!shape.words().isEmpty() && !shape.words().contains(text)) {
            String words = shape.words().stream().map(word -> '"' + word + '"').collect(Collectors.joining(", "));
            problems.add(
                    value.at(),
                    path + " must be one of the following: " + words,
                    Suggestions.near(text, shape.words()));
        }
        try {
            switch (shape.format()) {
                case ANY -> {}
                case DURATION -> GoDuration.parse(text);
                case PORTS -> PortSpec.parse(text);
            }
        } catch (SyntaxFailure failure) {
            String format = shape.format() == Shape.Format.PORTS ? "ports" : "duration";
            String example = shape.format() == Shape.Format.PORTS
                    ? "expected [PUBLISHED:]TARGET[/PROTOCOL] such as \"8080:80/tcp\""
                    : "expected a duration such as 1m30s";
            problems.add(
                    value.at(),
                    path + " Does not match format '" + format + "'",
                    failure.getMessage() + "; " + example);
        }
    }

    private void list(Value.Sequence sequence, ListOf shape, String path) {
        Map<Object, Integer> seen = new HashMap<>();
        for (int i = 0; i < sequence.items().size(); i++) {
            Value item = sequence.items().get(i);
            Integer earlier = shape.unique() ? seen.putIfAbsent(content(item), i) : null;
            if (earlier != null) {
                problems.add(item.at(), path + " array items[" + earlier + "," + i + "] must be unique");
            }
            check(item, shape.item(), path + "." + i);
        }
    }

    /** A value without its positions. */
    private static Object content(Value value) {
        return switch (value) {
            case Value.Scalar scalar -> Optional.ofNullable(scalar.content());
            case Value.Sequence sequence ->
                sequence.items().stream().map(SchemaCheck::content).toList();
            case Value.Mapping mapping ->
                mapping.fields().entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey,
                                field -> content(field.getValue().value())));
        };
    }

    private void keyed(Value.Mapping mapping, Keyed shape, String path) {
        mapping.fields().forEach((name, field) -> {
            Shape.Key key = shape.keys().get(name);
            if (key != null && key.sinceMinor() <= minor) {
                check(field.value(), key.shape(), step(path, name));
            } else if (!shape.open() && !isExtension(name, shape.extensionsSince())) {
                problems.add(field.key(), notAllowed(path, name), hint(path, name, shape));
            }
        });
        shape.keys().forEach((name, key) -> {
            if (key.required() && !mapping.fields().containsKey(name)) {
                problems.add(mapping.at(), path + " " + name + " is required");
            }
        });
    }

    private String hint(String path, String name, Keyed shape) {
        Optional<Integer> since = Optional.ofNullable(shape.keys().get(name))
                .map(Shape.Key::sinceMinor)
                .or(() -> shape.extensionsSince().filter(_ -> name.startsWith("x-")));
        return since.map(minimum -> "needs version 3." + minimum + " or later, the file says 3." + minor)
                .orElseGet(() -> Suggestions.forKey(path, name, allowed(shape)));
    }

    private List<String> allowed(Keyed shape) {
        return shape.keys().entrySet().stream()
                .filter(key -> key.getValue().sinceMinor() <= minor)
                .map(Map.Entry::getKey)
                .toList();
    }

    private void map(Value.Mapping mapping, MapOf shape, String path) {
        mapping.fields().forEach((name, field) -> {
            if (isExtension(name, shape.extensionsSince())) {
                return;
            }
            if (shape.names().matcher(name).matches()) {
                check(field.value(), shape.value(), step(path, name));
            } else if (shape.refuseOthers()) {
                problems.add(field.key(), notAllowed(path, name), "a name has letters, digits, '.', '_' and '-'");
            }
        });
    }

    private void either(Value value, Either shape, String path) {
        for (Shape alternative : shape.alternatives()) {
            if (takes(alternative, value)) {
                check(value, alternative, path);
                return;
            }
        }
        mismatch(value, shape, path);
    }

    private static boolean takes(Shape shape, Value value) {
        return words(shape).stream().anyMatch(type -> type.holds(value.kind()));
    }

    private void mismatch(Value value, Shape shape, String path) {
        boolean first = shape instanceof Either either && !either.listed();
        List<Shape.Type> all = words(shape);
        List<Shape.Type> named = first ? words(((Either) shape).alternatives().getFirst()) : all;
        String hint = (first ? "expected " + list(all) + ", " : "") + "found " + article(value.kind());
        if (value instanceof Value.Scalar scalar && !value.isNull() && all.contains(Shape.Type.STRING)) {
            hint += ": put quotes around " + scalar.text();
        }
        problems.add(value.at(), (path.isEmpty() ? "top-level object" : path) + " must be a " + list(named), hint);
    }

    private static String article(String kind) {
        return switch (kind) {
            case "null" -> "nothing";
            case "integer" -> "an integer";
            default -> "a " + kind;
        };
    }

    private static List<Shape.Type> words(Shape shape) {
        return switch (shape) {
            case Plain plain -> plain.types();
            case ListOf _ -> List.of(Shape.Type.LIST);
            case Keyed keyed ->
                keyed.nullable() ? List.of(Shape.Type.MAPPING, Shape.Type.NULL) : List.of(Shape.Type.MAPPING);
            case MapOf _ -> List.of(Shape.Type.MAPPING);
            case Either either ->
                either.alternatives().stream()
                        .flatMap(alternative -> words(alternative).stream())
                        .distinct()
                        .toList();
        };
    }

    /** {@code string, number or null}. */
    private static String list(List<Shape.Type> types) {
        String all = types.stream().map(type -> type.word).collect(Collectors.joining(", "));
        int last = all.lastIndexOf(", ");
        return last < 0 ? all : all.substring(0, last) + " or " + all.substring(last + 2);
    }

    private boolean isExtension(String name, Optional<Integer> since) {
        return name.startsWith("x-") && since.isPresent() && since.get() <= minor;
    }

    private static String step(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static String notAllowed(String path, String name) {
        return (path.isEmpty() ? "(root)" : path) + " Additional property " + name + " is not allowed";
    }
}
