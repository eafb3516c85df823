package dev.muster.cli.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as Java values: maps (in order), lists, strings, booleans, null, Long and BigInteger, and BigDecimal for other
 * numbers, which keeps their digits. Reads and writes with Jackson.
 */
public final class Json {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /** Throws IllegalArgumentException if the text is not JSON. */
    public static @Nullable Object parse(String text) {
        try {
            return widened(MAPPER.readValue(text, Object.class));
        } catch (JsonProcessingException failure) {
            throw new IllegalArgumentException("not JSON: " + failure.getOriginalMessage());
        }
    }

    /** Whole numbers as Long, whatever their size allows. */
    private static @Nullable Object widened(@Nullable Object value) {
        return switch (value) {
            case Integer number -> number.longValue();
            case List<?> list -> {
                List<@Nullable Object> items = new ArrayList<>(list.size());
                list.forEach(item -> items.add(widened(item)));
                yield items;
            }
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> fields = new LinkedHashMap<>();
                map.forEach((name, field) -> fields.put(String.valueOf(name), widened(field)));
                yield fields;
            }
            case null, default -> value;
        };
    }

    /** On one line. */
    public static String compact(@Nullable Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException failure) {
            throw new IllegalStateException("plain values are always JSON", failure);
        }
    }

    /** Indented by four blanks a level. */
    public static String indented(@Nullable Object value) {
        var indenter = new DefaultIndenter("    ", "\n");
        var separators = Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                .withArrayEmptySeparator("")
                .withObjectEmptySeparator("");
        var printer =
                new DefaultPrettyPrinter(separators).withArrayIndenter(indenter).withObjectIndenter(indenter);
        try {
            return MAPPER.writer(printer).writeValueAsString(value);
        } catch (JsonProcessingException failure) {
            throw new IllegalStateException("plain values are always JSON", failure);
        }
    }
}
