package dev.muster.stack.document;

import java.math.BigInteger;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A node of a document: mapping, sequence or scalar, and where it stands. Immutable. */
public sealed interface Value {

    Position at();

    /** What a stack file's author calls it: mapping, list, string, integer, number, boolean or null. */
    String kind();

    /** A mapping's value and the position of its key. */
    record Field(Position key, Value value) {}

    /** Keys in the order of the document. */
    record Mapping(Position at, Map<String, Field> fields) implements Value {

        public Mapping {
            fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        }

        public static Mapping empty(Position at) {
            return new Mapping(at, Map.of());
        }

        @Override
        public String kind() {
            return "mapping";
        }

        /** The value under a key; a null scalar counts as absent. */
        public Optional<Value> find(String key) {
            Field field = fields.get(key);
            return field == null || field.value().isNull() ? Optional.empty() : Optional.of(field.value());
        }

        public Optional<Mapping> mapping(String key) {
            return find(key).filter(Mapping.class::isInstance).map(Mapping.class::cast);
        }

        /** The items of a sequence under the key; empty if there is none. */
        public List<Value> items(String key) {
            return find(key)
                    .filter(Sequence.class::isInstance)
                    .map(found -> ((Sequence) found).items())
                    .orElse(List.of());
        }

        public Optional<Scalar> scalar(String key) {
            return find(key).filter(Scalar.class::isInstance).map(Scalar.class::cast);
        }

        /** A scalar's text; empty string if it is absent. */
        public String text(String key) {
            return scalar(key).map(Scalar::text).orElse("");
        }

        public boolean flag(String key) {
            return scalar(key)
                    .map(found -> Boolean.TRUE.equals(found.content()))
                    .orElse(false);
        }

        public Mapping with(String key, Value value) {
            Map<String, Field> changed = new LinkedHashMap<>(fields);
            Field old = fields.get(key);
            changed.put(key, new Field(old == null ? value.at() : old.key(), value));
            return new Mapping(at, changed);
        }

        public Mapping without(String key) {
            Map<String, Field> changed = new LinkedHashMap<>(fields);
            changed.remove(key);
            return new Mapping(at, changed);
        }

        /** The mapping with the value under a key changed, if it has one that is not null. */
        public Mapping change(String key, UnaryOperator<Value> change) {
            return find(key).map(value -> with(key, change.apply(value))).orElse(this);
        }

        /** Where the key stands, or the mapping itself if it has no such key. */
        public Position keyAt(String key) {
            Field field = fields.get(key);
            return field == null ? at : field.key();
        }
    }

    record Sequence(Position at, List<Value> items) implements Value {

        public Sequence {
            items = List.copyOf(items);
        }

        @Override
        public String kind() {
            return "list";
        }

        /** The items' texts, scalars only. */
        public Stream<String> texts() {
            return items.stream().filter(Scalar.class::isInstance).map(item -> ((Scalar) item).text());
        }
    }

    /** Content is a String, Long, BigInteger, Double, Boolean or null. */
    record Scalar(Position at, @Nullable Object content) implements Value {

        public static Scalar of(Position at, Object content) {
            return new Scalar(at, content);
        }

        public static Scalar ofNull(Position at) {
            return new Scalar(at, null);
        }

        @Override
        public String kind() {
            return switch (content) {
                case null -> "null";
                case Boolean _ -> "boolean";
                case Long _, BigInteger _ -> "integer";
                case Double number -> number == Math.rint(number) && !number.isInfinite() ? "integer" : "number";
                default -> "string";
            };
        }

        /** As text, numbers as Go prints them, null as the empty string. */
        public String text() {
            return switch (content) {
                case null -> "";
                case Double number -> GoFloat.format(number);
                default -> content.toString();
            };
        }

        public boolean isText() {
            return content instanceof String;
        }

        /** The number in it, as far as a long holds it. */
        public Optional<Long> integer() {
            return switch (content) {
                case Long number -> Optional.of(number);
                case Double number
                when number == Math.rint(number) && Math.abs(number) < 1e18 -> Optional.of(number.longValue());
                case null, default -> Optional.empty();
            };
        }

        public Optional<Double> number() {
            return content instanceof Number number ? Optional.of(number.doubleValue()) : Optional.empty();
        }
    }

    default boolean isNull() {
        return this instanceof Scalar scalar && scalar.content() == null;
    }
}
