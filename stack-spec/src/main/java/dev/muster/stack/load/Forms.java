package dev.muster.stack.load;

import dev.muster.stack.document.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** Conversions of short forms that many keys share. */
final class Forms {

    private Forms() {}

    /** A string or a list of scalars, as a list of strings. */
    static Value.Sequence list(Value value) {
        List<Value> items = switch (value) {
            case Value.Sequence sequence -> sequence.items();
            case Value.Scalar scalar -> List.of(scalar);
            case Value.Mapping _ -> throw new IllegalStateException("the schema lets no mapping through here");
        };
        return new Value.Sequence(value.at(), items.stream().map(Forms::string).toList());
    }

    static Value string(Value value) {
        return value instanceof Value.Scalar scalar ? Value.Scalar.of(scalar.at(), scalar.text()) : value;
    }

    /** A mapping or a list of {@code key=value} as a mapping; missing and null values become the empty string. */
    static Value.Mapping labels(Value value) {
        return pairs(value, Forms::string);
    }

    /** The same, but null stays null: a variable without a value is not an empty one. */
    static Value.Mapping variables(Value value) {
        return pairs(value, found -> found.isNull() ? found : string(found));
    }

    private static Value.Mapping pairs(Value value, Function<Value, Value> text) {
        Map<String, Value.Field> fields = new LinkedHashMap<>();
        switch (value) {
            case Value.Mapping mapping ->
                mapping.fields()
                        .forEach((name, field) ->
                                fields.put(name, new Value.Field(field.key(), text.apply(field.value()))));
            case Value.Sequence sequence ->
                sequence.items().forEach(item -> {
                    String pair = ((Value.Scalar) item).text();
                    int equals = pair.indexOf('=');
                    Value right = equals < 0
                            ? Value.Scalar.ofNull(item.at())
                            : Value.Scalar.of(item.at(), pair.substring(equals + 1));
                    fields.put(
                            equals < 0 ? pair : pair.substring(0, equals),
                            new Value.Field(item.at(), text.apply(right)));
                });
            case Value.Scalar _ -> throw new IllegalStateException("the schema lets no scalar through here");
        }
        return new Value.Mapping(value.at(), fields);
    }

    static Value.Sequence each(Value value, Function<Value, Stream<Value>> change) {
        List<Value> items = new ArrayList<>();
        ((Value.Sequence) value).items().forEach(item -> change.apply(item).forEach(items::add));
        return new Value.Sequence(value.at(), items);
    }
}
