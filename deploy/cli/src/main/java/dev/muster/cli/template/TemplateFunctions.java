package dev.muster.cli.template;

import dev.muster.cli.json.Json;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The functions that a template may call. */
final class TemplateFunctions {

    private interface Function {
        @Nullable
        Object call(List<@Nullable Object> arguments);
    }

    private record Entry(int least, int most, Function function) {}

    private static final int ANY = Integer.MAX_VALUE;

    private static final Map<String, Entry> ALL = Map.ofEntries(
            Map.entry("json", new Entry(1, 1, values -> Json.compact(values.getFirst()))),
            Map.entry("lower", new Entry(1, 1, values -> text(values, 0).toLowerCase(Locale.ROOT))),
            Map.entry("upper", new Entry(1, 1, values -> text(values, 0).toUpperCase(Locale.ROOT))),
            Map.entry("title", new Entry(1, 1, values -> title(text(values, 0)))),
            Map.entry(
                    "split",
                    new Entry(2, 2, values -> List.of(text(values, 0).split(Pattern.quote(text(values, 1)), -1)))),
            Map.entry(
                    "join",
                    new Entry(
                            2,
                            2,
                            values -> list(values.get(0)).stream()
                                    .map(GoPrint::text)
                                    .collect(Collectors.joining(text(values, 1))))),
            Map.entry("pad", new Entry(3, 3, TemplateFunctions::pad)),
            Map.entry("truncate", new Entry(2, 2, TemplateFunctions::truncate)),
            Map.entry("print", new Entry(0, ANY, values -> joined(values, ""))),
            Map.entry("println", new Entry(0, ANY, values -> joined(values, " ") + "\n")),
            Map.entry(
                    "printf",
                    new Entry(1, ANY, values -> GoPrint.format(text(values, 0), values.subList(1, values.size())))),
            Map.entry("len", new Entry(1, 1, values -> length(values.getFirst()))),
            Map.entry("index", new Entry(1, ANY, TemplateFunctions::index)),
            Map.entry("slice", new Entry(1, 3, TemplateFunctions::slice)),
            Map.entry("not", new Entry(1, 1, values -> !GoPrint.isTrue(values.getFirst()))),
            Map.entry("and", new Entry(1, ANY, values -> first(values, false))),
            Map.entry("or", new Entry(1, ANY, values -> first(values, true))),
            Map.entry(
                    "eq",
                    new Entry(
                            2,
                            ANY,
                            values -> values.stream().skip(1).anyMatch(value -> equal(values.getFirst(), value)))),
            Map.entry("ne", new Entry(2, 2, values -> !equal(values.get(0), values.get(1)))),
            Map.entry("lt", new Entry(2, 2, values -> compare(values) < 0)),
            Map.entry("le", new Entry(2, 2, values -> compare(values) <= 0)),
            Map.entry("gt", new Entry(2, 2, values -> compare(values) > 0)),
            Map.entry("ge", new Entry(2, 2, values -> compare(values) >= 0)));

    private TemplateFunctions() {}

    static boolean isKnown(String name) {
        return ALL.containsKey(name);
    }

    static String names() {
        return String.join(", ", new TreeSet<>(ALL.keySet()));
    }

    static @Nullable Object call(String name, List<@Nullable Object> arguments) {
        Entry entry = Objects.requireNonNull(ALL.get(name));
        if (arguments.size() < entry.least() || arguments.size() > entry.most()) {
            throw new TemplateFailure("template: wrong number of args for " + name + ": want " + entry.least()
                    + (entry.most() == entry.least() ? "" : " or more") + " got " + arguments.size());
        }
        return entry.function().call(arguments);
    }

    private static String text(List<@Nullable Object> values, int index) {
        return GoPrint.text(values.get(index));
    }

    private static List<?> list(@Nullable Object value) {
        return value instanceof List<?> list ? list : List.of();
    }

    private static String joined(List<@Nullable Object> values, String separator) {
        return values.stream().map(GoPrint::text).collect(Collectors.joining(separator));
    }

    private static String title(String text) {
        StringBuilder title = new StringBuilder();
        char before = ' ';
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            title.append(Character.isLetterOrDigit(before) ? letter : Character.toUpperCase(letter));
            before = letter;
        }
        return title.toString();
    }

    private static Object pad(List<@Nullable Object> values) {
        String text = text(values, 0);
        return text.isEmpty() ? text : " ".repeat(whole(values.get(1))) + text + " ".repeat(whole(values.get(2)));
    }

    private static Object truncate(List<@Nullable Object> values) {
        String text = text(values, 0);
        return text.substring(0, Math.min(text.length(), whole(values.get(1))));
    }

    private static int whole(@Nullable Object value) {
        if (value instanceof Long number && number >= 0 && number <= 10_000) {
            return number.intValue();
        }
        throw new TemplateFailure("template: " + GoPrint.text(value) + " is not a number from 0 to 10000");
    }

    private static Object length(@Nullable Object value) {
        return switch (value) {
            case String string -> (long) string.length();
            case List<?> list -> (long) list.size();
            case Map<?, ?> map -> (long) map.size();
            case null, default -> throw new TemplateFailure("template: error calling len: of " + GoPrint.text(value));
        };
    }

    private static @Nullable Object index(List<@Nullable Object> values) {
        Object value = values.getFirst();
        for (Object key : values.subList(1, values.size())) {
            value = switch (value) {
                case Map<?, ?> map -> map.containsKey(key) ? map.get(key) : "";
                case List<?> list -> {
                    int at = whole(key);
                    if (at >= list.size()) {
                        throw new TemplateFailure("template: error calling index: index out of range: " + at);
                    }
                    yield list.get(at);
                }
                case null, default ->
                    throw new TemplateFailure("template: error calling index: can't index " + GoPrint.text(value));
            };
        }
        return value;
    }

    private static Object slice(List<@Nullable Object> values) {
        Object value = values.getFirst();
        int length = value instanceof List<?> list
                ? list.size()
                : GoPrint.text(value).length();
        int from = values.size() > 1 ? whole(values.get(1)) : 0;
        int to = values.size() > 2 ? whole(values.get(2)) : length;
        if (from > to || to > length) {
            throw new TemplateFailure("template: error calling slice: index out of range: " + from + ":" + to);
        }
        return value instanceof List<?> list
                ? list.subList(from, to)
                : GoPrint.text(value).substring(from, to);
    }

    /** The first value that is true (or false), else the last. */
    private static @Nullable Object first(List<@Nullable Object> values, boolean wanted) {
        return values.stream()
                .filter(value -> GoPrint.isTrue(value) == wanted)
                .findFirst()
                .orElse(values.getLast());
    }

    private static boolean equal(@Nullable Object one, @Nullable Object other) {
        if (one instanceof Number && other instanceof Number) {
            return decimal(one).compareTo(decimal(other)) == 0;
        }
        return Objects.equals(one, other);
    }

    private static int compare(List<@Nullable Object> values) {
        Object one = values.get(0);
        Object other = values.get(1);
        if (one instanceof Number && other instanceof Number) {
            return decimal(one).compareTo(decimal(other));
        }
        if (one instanceof String left && other instanceof String right) {
            return left.compareTo(right);
        }
        throw new TemplateFailure(
                "template: incompatible types for comparison: " + GoPrint.text(one) + " and " + GoPrint.text(other));
    }

    private static BigDecimal decimal(Object number) {
        return new BigDecimal(number.toString());
    }
}
