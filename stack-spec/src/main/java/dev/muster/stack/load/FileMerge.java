package dev.muster.stack.load;

import dev.muster.stack.document.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Lays stack files over each other, the later over the earlier, all in the long form. Services merge key by key: lists
 * are appended, or merged by what identifies their items; a value that is zero or empty does not replace one that is
 * not. The other sections' entries are replaced whole.
 */
public final class FileMerge {

    private static final Set<String> SECTIONS = Set.of("networks", "volumes", "secrets", "configs");

    /** Mappings with keys of the user's choice: here an empty text is a value as any other. */
    private static final Set<String> FREE =
            Set.of("labels", "environment", "sysctls", "options", "args", "driver_opts");

    /** Where 0 differs from nothing said. */
    private static final Set<String> ZERO_COUNTS = Set.of("replicas", "parallelism", "max_attempts", "retries");

    /** Lists that make sense as a whole only. */
    private static final Set<String> WHOLE = Set.of("command", "entrypoint", "test");

    private FileMerge() {}

    public static Value.Mapping merge(Value.Mapping earlier, Value.Mapping later) {
        Map<String, Value.Field> fields = new LinkedHashMap<>(earlier.fields());
        later.fields().forEach((name, field) -> {
            Value.Field old = fields.get(name);
            if (old != null && name.equals("services")) {
                fields.put(name, new Value.Field(old.key(), services(old.value(), field.value())));
            } else if (old != null && SECTIONS.contains(name)) {
                Map<String, Value.Field> entries = new LinkedHashMap<>(((Value.Mapping) old.value()).fields());
                entries.putAll(((Value.Mapping) field.value()).fields());
                fields.put(
                        name,
                        new Value.Field(old.key(), new Value.Mapping(old.value().at(), entries)));
            } else if (old == null && !name.startsWith("x-")) {
                fields.put(name, field);
            }
        });
        return new Value.Mapping(earlier.at(), fields);
    }

    private static Value services(Value earlier, Value later) {
        Map<String, Value.Field> services = new LinkedHashMap<>(((Value.Mapping) earlier).fields());
        ((Value.Mapping) later)
                .fields()
                .forEach((name, field) -> services.merge(
                        name,
                        field,
                        (old, added) -> new Value.Field(
                                added.key(), mappings((Value.Mapping) old.value(), (Value.Mapping) added.value()))));
        return new Value.Mapping(earlier.at(), services);
    }

    private static Value mappings(Value.Mapping earlier, Value.Mapping later) {
        Map<String, Value.Field> fields = new LinkedHashMap<>(earlier.fields());
        later.fields()
                .forEach((name, field) -> fields.merge(
                        name,
                        field,
                        (old, added) -> new Value.Field(added.key(), key(name, old.value(), added.value()))));
        return new Value.Mapping(later.at(), fields);
    }

    private static Value key(String name, Value earlier, Value later) {
        if (earlier instanceof Value.Mapping old && later instanceof Value.Mapping added) {
            return switch (name) {
                case "logging" -> logging(old, added);
                case "networks" -> networks(old, added);
                case "ulimits" -> entries(old, added);
                default -> FREE.contains(name) ? entries(old, added) : mappings(old, added);
            };
        }
        if (earlier instanceof Value.Sequence old && later instanceof Value.Sequence added) {
            return added.items().isEmpty() ? old : sequences(name, old, added);
        }
        return isNothing(name, later) ? earlier : later;
    }

    private static boolean isNothing(String name, Value value) {
        return switch (value) {
            case Value.Mapping mapping -> mapping.fields().isEmpty();
            case Value.Sequence sequence -> sequence.items().isEmpty();
            case Value.Scalar scalar ->
                scalar.isNull()
                        || scalar.text().isEmpty()
                        || Boolean.FALSE.equals(scalar.content())
                        || scalar.text().equals("0s")
                        || (scalar.number().filter(number -> number == 0).isPresent() && !ZERO_COUNTS.contains(name));
        };
    }

    private static Value sequences(String name, Value.Sequence earlier, Value.Sequence later) {
        return switch (name) {
            case "ports" ->
                keyed(
                        earlier,
                        later,
                        port -> port.scalar("published")
                                .flatMap(Value.Scalar::integer)
                                .orElse(0L));
            case "volumes" -> keyed(earlier, later, volume -> volume.text("target"));
            case "secrets", "configs" -> keyed(earlier, later, reference -> reference.text("source"));
            default -> {
                if (WHOLE.contains(name)) {
                    yield later;
                }
                List<Value> all = new ArrayList<>(earlier.items());
                all.addAll(later.items());
                yield new Value.Sequence(earlier.at(), all);
            }
        };
    }

    private static <K extends Comparable<K>> Value keyed(
            Value.Sequence earlier, Value.Sequence later, Function<Value.Mapping, K> key) {
        Map<K, Value> items = new TreeMap<>();
        earlier.items().forEach(item -> items.put(key.apply((Value.Mapping) item), item));
        later.items().forEach(item -> items.put(key.apply((Value.Mapping) item), item));
        return new Value.Sequence(earlier.at(), List.copyOf(items.values()));
    }

    /** The later entries win, whole; one without a value changes nothing. */
    private static Value entries(Value.Mapping earlier, Value.Mapping later) {
        Map<String, Value.Field> entries = new LinkedHashMap<>(earlier.fields());
        later.fields()
                .forEach((name, field) ->
                        entries.merge(name, field, (old, added) -> added.value().isNull() ? old : added));
        return new Value.Mapping(earlier.at(), entries);
    }

    private static Value logging(Value.Mapping earlier, Value.Mapping later) {
        boolean other = !later.text("driver").isEmpty()
                && !earlier.text("driver").isEmpty()
                && !later.text("driver").equals(earlier.text("driver"));
        return other ? later : mappings(earlier, later);
    }

    /** A network in both: the later aliases replace the earlier ones even if there are none; driver options stay. */
    private static Value networks(Value.Mapping earlier, Value.Mapping later) {
        Map<String, Value.Field> networks = new LinkedHashMap<>(earlier.fields());
        later.fields()
                .forEach((name, field) -> networks.merge(name, field, (old, added) -> {
                    if (!(old.value() instanceof Value.Mapping before)) {
                        return added;
                    }
                    Value.Mapping after =
                            added.value() instanceof Value.Mapping some ? some : Value.Mapping.empty(added.key());
                    Value.Mapping result = after.without("driver_opts");
                    if (before.find("driver_opts").isPresent()) {
                        result = result.with(
                                "driver_opts", before.find("driver_opts").get());
                    }
                    return new Value.Field(
                            added.key(), result.fields().isEmpty() ? Value.Scalar.ofNull(added.key()) : result);
                }));
        return new Value.Mapping(earlier.at(), networks);
    }
}
