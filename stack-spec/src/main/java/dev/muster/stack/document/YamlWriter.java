package dev.muster.stack.document;

import java.util.regex.Pattern;

/** Writes {@link Value}s as block-style YAML, two spaces deep, in the order that the mappings have. */
public final class YamlWriter {

    private static final Pattern PLAIN = Pattern.compile("[^\\x00-\\x1f\\x7f]+");
    private static final Pattern WORD_OF_OLD_YAML = Pattern.compile("(?i)y|n|yes|no|on|off");
    private static final Pattern SEXAGESIMAL = Pattern.compile("[-+]?[0-9]+(:[0-5]?[0-9])+(\\.[0-9]*)?");
    private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?");
    private static final String INDICATORS = "-?:,[]{}#&*!|>'\"%@`";

    private final StringBuilder text = new StringBuilder();

    private YamlWriter() {}

    public static String write(Value.Mapping document) {
        var writer = new YamlWriter();
        writer.mapping(document, 0);
        return writer.text.toString();
    }

    private void mapping(Value.Mapping mapping, int depth) {
        boolean first = true;
        for (var field : mapping.fields().entrySet()) {
            if (!first || !endsWithDash()) {
                indent(depth);
            }
            first = false;
            text.append(scalar(field.getKey())).append(':');
            child(field.getValue().value(), depth);
        }
    }

    private void child(Value value, int depth) {
        switch (value) {
            case Value.Mapping inner when inner.fields().isEmpty() -> text.append(" {}\n");
            case Value.Sequence inner when inner.items().isEmpty() -> text.append(" []\n");
            case Value.Mapping inner -> {
                text.append('\n');
                mapping(inner, depth + 1);
            }
            case Value.Sequence inner -> {
                text.append('\n');
                sequence(inner, depth + 1);
            }
            case Value.Scalar inner -> {
                text.append(' ');
                scalar(inner, depth + 1);
            }
        }
    }

    private void sequence(Value.Sequence sequence, int depth) {
        for (Value item : sequence.items()) {
            indent(depth);
            text.append("- ");
            switch (item) {
                case Value.Mapping inner when inner.fields().isEmpty() -> text.append("{}\n");
                case Value.Mapping inner -> mapping(inner, depth + 1);
                case Value.Sequence inner when inner.items().isEmpty() -> text.append("[]\n");
                case Value.Sequence inner -> {
                    text.setLength(text.length() - 1);
                    text.append('\n');
                    sequence(inner, depth + 1);
                }
                case Value.Scalar inner -> scalar(inner, depth + 1);
            }
        }
    }

    private void scalar(Value.Scalar scalar, int depth) {
        if (!(scalar.content() instanceof String string)) {
            text.append(scalar.isNull() ? "null" : scalar.text()).append('\n');
        } else if (string.indexOf('\n') > 0 && isBlock(string)) {
            block(string, depth);
        } else {
            text.append(scalar(string)).append('\n');
        }
    }

    private static boolean isBlock(String string) {
        return string.charAt(0) != ' '
                && string.lines()
                        .allMatch(line -> line.isEmpty() || PLAIN.matcher(line).matches())
                && string.indexOf('\r') < 0;
    }

    private void block(String string, int depth) {
        text.append(string.endsWith("\n\n") ? "|+\n" : string.endsWith("\n") ? "|\n" : "|-\n");
        string.lines().forEach(line -> {
            if (!line.isEmpty()) {
                indent(depth);
                text.append(line);
            }
            text.append('\n');
        });
    }

    private static String scalar(String string) {
        if (!string.isEmpty() && !PLAIN.matcher(string).matches()) {
            return quoted(string);
        }
        boolean changesType = !(ScalarResolver.resolve(string) instanceof String)
                || WORD_OF_OLD_YAML.matcher(string).matches()
                || SEXAGESIMAL.matcher(string).matches()
                || DATE.matcher(string).matches()
                || string.equals("<<");
        if (changesType) {
            return '"' + string + '"';
        }
        return isPlain(string) ? string : '\'' + string.replace("'", "''") + '\'';
    }

    private static boolean isPlain(String string) {
        char first = string.charAt(0);
        boolean indicator = INDICATORS.indexOf(first) >= 0;
        if (indicator && "-?:".indexOf(first) >= 0 && string.length() > 1) {
            indicator = string.charAt(1) == ' ';
        }
        return !indicator
                && first != ' '
                && !string.endsWith(" ")
                && !string.endsWith(":")
                && !string.contains(": ")
                && !string.contains(" #")
                && !string.startsWith("---")
                && !string.startsWith("...");
    }

    private static String quoted(String string) {
        StringBuilder quoted = new StringBuilder("\"");
        string.codePoints().forEach(point -> {
            switch (point) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                case '\r' -> quoted.append("\\r");
                default -> {
                    if (point < 0x20 || point == 0x7f) {
                        quoted.append(String.format("\\x%02x", point));
                    } else {
                        quoted.appendCodePoint(point);
                    }
                }
            }
        });
        return quoted.append('"').toString();
    }

    private boolean endsWithDash() {
        int length = text.length();
        return length >= 2 && text.charAt(length - 1) == ' ' && text.charAt(length - 2) == '-';
    }

    private void indent(int depth) {
        text.append("  ".repeat(depth));
    }
}
