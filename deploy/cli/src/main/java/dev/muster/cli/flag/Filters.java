package dev.muster.cli.flag;

import dev.muster.api.Filter;
import dev.muster.stack.grammar.SyntaxFailure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Values of {@code --filter}: {@code KEY=VALUE}; values of one key are alternatives. */
public final class Filters {

    private Filters() {}

    static void check(String text) {
        if (text.indexOf('=') < 1) {
            throw new SyntaxFailure("bad format of filter (expected name=value)");
        }
    }

    /** As the daemon takes them: keys trimmed and in lower case, each once. */
    public static List<Filter> of(List<String> texts) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String text : texts) {
            int equals = text.indexOf('=');
            String key = text.substring(0, equals).strip().toLowerCase(Locale.ROOT);
            values.computeIfAbsent(key, _ -> new ArrayList<>())
                    .add(text.substring(equals + 1).strip());
        }
        return values.entrySet().stream()
                .map(entry -> filter(entry.getKey(), entry.getValue()))
                .toList();
    }

    public static Filter filter(String key, List<String> values) {
        return Filter.newBuilder().setKey(key).addAllValues(values).build();
    }

    public static Filter filter(String key, String value) {
        return filter(key, List.of(value));
    }
}
