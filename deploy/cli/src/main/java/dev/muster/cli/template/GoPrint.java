package dev.muster.cli.template;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Values as Go prints them and takes them for true. */
final class GoPrint {

    private GoPrint() {}

    static String text(@Nullable Object value) {
        return switch (value) {
            case null -> "<no value>";
            case BigDecimal number -> number.toPlainString();
            case List<?> list -> list.stream().map(GoPrint::inner).collect(Collectors.joining(" ", "[", "]"));
            case Map<?, ?> map ->
                new TreeMap<>(map)
                        .entrySet().stream()
                                .map(entry -> entry.getKey() + ":" + inner(entry.getValue()))
                                .collect(Collectors.joining(" ", "map[", "]"));
            default -> value.toString();
        };
    }

    private static String inner(@Nullable Object value) {
        return value == null ? "<nil>" : text(value);
    }

    static boolean isTrue(@Nullable Object value) {
        return switch (value) {
            case null -> false;
            case Boolean bool -> bool;
            case String string -> !string.isEmpty();
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            case Number number -> new BigDecimal(number.toString()).signum() != 0;
            default -> true;
        };
    }

    /** Go's Printf with the verbs that make sense here: s v d q x t f, with flags, width and precision. */
    static String format(String format, List<@Nullable Object> arguments) {
        StringBuilder out = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.length(); i++) {
            char letter = format.charAt(i);
            if (letter != '%') {
                out.append(letter);
                continue;
            }
            int start = i + 1;
            int end = start;
            while (end < format.length() && "+-# 0123456789.".indexOf(format.charAt(end)) >= 0) {
                end++;
            }
            if (end == format.length()) {
                return out.append("%!(NOVERB)").toString();
            }
            i = end;
            char verb = format.charAt(end);
            if (verb == '%') {
                out.append('%');
            } else if (next == arguments.size()) {
                out.append("%!").append(verb).append("(MISSING)");
            } else {
                out.append(verb(verb, format.substring(start, end), arguments.get(next++)));
            }
        }
        return out.toString();
    }

    private static String verb(char verb, String options, @Nullable Object value) {
        String text = switch (verb) {
            case 's', 'v' -> text(value);
            case 'q' ->
                '"' + text(value).replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
            case 'd' -> value instanceof Long ? text(value) : "%!d(" + text(value) + ")";
            case 't' -> value instanceof Boolean ? text(value) : "%!t(" + text(value) + ")";
            case 'x' -> value instanceof Long number ? Long.toHexString(number) : "%!x(" + text(value) + ")";
            case 'f' -> value instanceof Number ? decimals(value, options) : "%!f(" + text(value) + ")";
            default -> throw new TemplateFailure("printf: %" + verb + " is not supported");
        };
        String widths = options.contains(".") ? options.substring(0, options.indexOf('.')) : options;
        if (options.contains(".") && (verb == 's' || verb == 'v')) {
            String precision = options.substring(options.indexOf('.') + 1);
            text = text.substring(0, Math.min(text.length(), precision.isEmpty() ? 0 : Integer.parseInt(precision)));
        }
        boolean left = widths.contains("-");
        boolean zeros = widths.startsWith("0") && !left && verb != 's' && verb != 'v';
        String digits = widths.replaceAll("[^1-9]*([0-9]*)", "$1");
        int width = digits.isEmpty() ? 0 : Math.min(1000, Integer.parseInt(digits));
        String padding = (zeros ? "0" : " ").repeat(Math.max(0, width - text.length()));
        return left ? text + padding : padding + text;
    }

    private static String decimals(Object value, String options) {
        String precision = options.contains(".") ? options.substring(options.indexOf('.') + 1) : "6";
        int scale = precision.isEmpty() ? 0 : Math.min(100, Integer.parseInt(precision));
        return new BigDecimal(value.toString())
                .setScale(scale, java.math.RoundingMode.HALF_EVEN)
                .toPlainString();
    }
}
