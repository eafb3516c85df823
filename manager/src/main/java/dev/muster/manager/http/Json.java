package dev.muster.manager.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** A JSON object under construction in which, as in the API's Go types, empty fields can be left out. */
final class Json {
    private final ObjectNode node = JsonNodeFactory.instance.objectNode();

    static Json object() {
        return new Json();
    }

    ObjectNode node() {
        return node;
    }

    Json put(String name, String value) {
        node.put(name, value);
        return this;
    }

    Json put(String name, long value) {
        node.put(name, value);
        return this;
    }

    Json put(String name, double value) {
        node.put(name, value);
        return this;
    }

    Json put(String name, boolean value) {
        node.put(name, value);
        return this;
    }

    Json put(String name, JsonNode value) {
        node.set(name, value);
        return this;
    }

    Json put(String name, Json value) {
        return put(name, value.node);
    }

    /** Left out if the text is empty. */
    Json some(String name, String value) {
        return value.isEmpty() ? this : put(name, value);
    }

    /** Left out if zero. */
    Json some(String name, long value) {
        return value == 0 ? this : put(name, value);
    }

    /** Left out if false. */
    Json some(String name, boolean value) {
        return value ? put(name, true) : this;
    }

    /** Left out if it has no field. */
    Json some(String name, Json value) {
        return value.node.isEmpty() ? this : put(name, value.node);
    }

    /** Left out if there is none. */
    Json some(String name, Collection<String> values) {
        return values.isEmpty() ? this : put(name, texts(values));
    }

    /** Left out if there is none; each element as the function forms it. */
    <T> Json some(String name, Collection<T> values, Function<T, Json> form) {
        return values.isEmpty() ? this : put(name, array(values, form));
    }

    /** Left out if there is none; in the order of the keys. */
    Json some(String name, Map<String, String> values) {
        return values.isEmpty() ? this : map(name, values);
    }

    /** In the order of the keys; {@code {}} if there is none. */
    Json map(String name, Map<String, String> values) {
        ObjectNode map = node.putObject(name);
        new TreeMap<>(values).forEach(map::put);
        return this;
    }

    /** Nanoseconds, if the message says it. */
    Json duration(String name, boolean present, Duration value) {
        return present ? put(name, nanos(value)) : this;
    }

    Json time(String name, Timestamp value) {
        return put(name, time(value));
    }

    static <T> ArrayNode array(Collection<T> values, Function<T, Json> form) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        values.forEach(value -> array.add(form.apply(value).node));
        return array;
    }

    static ArrayNode texts(Collection<String> values) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        values.forEach(array::add);
        return array;
    }

    static long nanos(Duration value) {
        return Math.addExact(Math.multiplyExact(value.getSeconds(), 1_000_000_000L), value.getNanos());
    }

    /** RFC 3339; the API's zero time when nothing is set. */
    static String time(Timestamp value) {
        if (value.getSeconds() == 0 && value.getNanos() == 0) {
            return "0001-01-01T00:00:00Z";
        }
        return Instant.ofEpochSecond(value.getSeconds(), value.getNanos()).toString();
    }
}
