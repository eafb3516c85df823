package dev.muster.stack.schema;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What a value of a stack file may look like. */
sealed interface Shape {

    enum Type {
        STRING("string"),
        INTEGER("integer"),
        NUMBER("number"),
        BOOLEAN("boolean"),
        NULL("null"),
        MAPPING("mapping"),
        LIST("list");

        final String word;

        Type(String word) {
            this.word = word;
        }

        boolean holds(String kind) {
            return word.equals(kind) || (this == NUMBER && kind.equals("integer"));
        }
    }

    /** What a string must be besides a string. */
    enum Format {
        ANY,
        DURATION,
        PORTS
    }

    /** A scalar of one of the types; a string among them has the format, and is one of the words if there are any. */
    record Plain(List<Type> types, Format format, List<String> words) implements Shape {
        static Plain of(Type... types) {
            return new Plain(List.of(types), Format.ANY, List.of());
        }

        static Plain words(String... words) {
            return new Plain(List.of(Type.STRING), Format.ANY, List.of(words));
        }

        Plain as(Format wanted) {
            return new Plain(types, wanted, words);
        }
    }

    record ListOf(Shape item, boolean unique) implements Shape {}

    /** A mapping with known keys. Open ones take any other key too; extensions are keys that begin with x-. */
    record Keyed(Map<String, Key> keys, boolean open, Optional<Integer> extensionsSince, boolean nullable)
            implements Shape {

        static Keyed closed() {
            return new Keyed(Map.of(), false, Optional.empty(), false);
        }

        static Keyed lenient() {
            return new Keyed(Map.of(), true, Optional.empty(), false);
        }

        Keyed key(String name, Shape shape) {
            return key(name, 0, shape);
        }

        /** A key that the format has since 3.MINOR. */
        Keyed key(String name, int sinceMinor, Shape shape) {
            return put(name, new Key(shape, sinceMinor, false));
        }

        Keyed required(String name, Shape shape) {
            return put(name, new Key(shape, 0, true));
        }

        Keyed extensions(int sinceMinor) {
            return new Keyed(keys, open, Optional.of(sinceMinor), nullable);
        }

        Keyed orNull() {
            return new Keyed(keys, open, extensionsSince, true);
        }

        private Keyed put(String name, Key key) {
            Map<String, Key> more = new LinkedHashMap<>(keys);
            more.put(name, key);
            return new Keyed(more, open, extensionsSince, nullable);
        }
    }

    record Key(Shape shape, int sinceMinor, boolean required) {}

    /** A mapping with keys of the user's choice, as far as they match; others are refused, or taken as they are. */
    record MapOf(Pattern names, Shape value, boolean refuseOthers, Optional<Integer> extensionsSince)
            implements Shape {}

    /**
     * The first alternative of the value's own kind counts. Listed alternatives are all named when none fits, as JSON
     * schema's {@code type: [a, b]} does; else the first is, as {@code oneOf} does.
     */
    record Either(List<Shape> alternatives, boolean listed) implements Shape {
        static Either of(Shape... alternatives) {
            return new Either(List.of(alternatives), false);
        }
    }
}
