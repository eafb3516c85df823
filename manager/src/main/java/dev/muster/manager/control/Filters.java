package dev.muster.manager.control;

import dev.muster.api.Filter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** What a list is narrowed to. Values of one key are alternatives, labels must all match. Pure. */
final class Filters {
    private final Map<String, List<String>> values = new LinkedHashMap<>();

    private Filters() {}

    /** Refuses keys that the list does not know. */
    static Filters of(Collection<Filter> filters, Set<String> known) {
        var result = new Filters();
        for (var filter : filters) {
            if (!known.contains(filter.getKey())) {
                throw ControlFailure.invalid("invalid filter '" + filter.getKey() + "'");
            }
            result.values
                    .computeIfAbsent(filter.getKey(), key -> new ArrayList<>())
                    .addAll(filter.getValuesList());
        }
        return result;
    }

    boolean has(String key) {
        return !values.getOrDefault(key, List.of()).isEmpty();
    }

    List<String> values(String key) {
        return values.getOrDefault(key, List.of());
    }

    /** Whether no value was given, or one of them fits. */
    boolean any(String key, Predicate<String> fits) {
        return !has(key) || values(key).stream().anyMatch(fits);
    }

    boolean prefix(String key, String actual) {
        return any(key, actual::startsWith);
    }

    /** Names are compared without regard to case, as they are when they are given out. */
    boolean namePrefix(String key, String actual) {
        var lower = actual.toLowerCase(Locale.ROOT);
        return any(key, value -> lower.startsWith(value.toLowerCase(Locale.ROOT)));
    }

    boolean exact(String key, String actual) {
        return any(key, actual::equals);
    }

    /** Whether all of KEY and KEY=VALUE hold. */
    boolean labels(String key, Map<String, String> labels) {
        return values(key).stream().allMatch(wanted -> {
            var equals = wanted.indexOf('=');
            return equals < 0
                    ? labels.containsKey(wanted)
                    : wanted.substring(equals + 1).equals(labels.get(wanted.substring(0, equals)));
        });
    }

    /** Whether one of the values is the word, and all of them are words that are allowed. */
    boolean word(String key, String actual, Set<String> allowed) {
        for (var value : values(key)) {
            if (!allowed.contains(value.toLowerCase(Locale.ROOT))) {
                throw ControlFailure.invalid("Invalid " + key + " filter: '" + value + "'");
            }
        }
        return any(key, actual::equalsIgnoreCase);
    }
}
