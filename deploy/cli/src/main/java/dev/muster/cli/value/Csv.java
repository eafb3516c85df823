package dev.muster.cli.value;

import dev.muster.stack.grammar.SyntaxFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One line of comma separated fields, RFC 4180: a field in double quotes may hold commas, and quotes doubled. */
final class Csv {

    /** A field {@code KEY=VALUE}; without an equals sign the value is empty and {@code valued} false. */
    record Field(String key, String value, boolean valued) {}

    private Csv() {}

    static List<String> split(String line) {
        List<String> fields = new ArrayList<>();
        int at = 0;
        while (true) {
            StringBuilder field = new StringBuilder();
            if (at < line.length() && line.charAt(at) == '"') {
                at = quoted(line, at, field);
            } else {
                int comma = line.indexOf(',', at);
                int end = comma < 0 ? line.length() : comma;
                field.append(line, at, end);
                at = end;
                if (field.indexOf("\"") >= 0) {
                    throw new SyntaxFailure("parse error: bare \" in non-quoted field");
                }
            }
            fields.add(field.toString());
            if (at >= line.length()) {
                return fields;
            }
            at++;
        }
    }

    private static int quoted(String line, int start, StringBuilder field) {
        int at = start + 1;
        while (at < line.length()) {
            if (line.charAt(at) != '"') {
                field.append(line.charAt(at++));
            } else if (line.startsWith("\"\"", at)) {
                field.append('"');
                at += 2;
            } else if (at + 1 == line.length() || line.charAt(at + 1) == ',') {
                return at + 1;
            } else {
                throw new SyntaxFailure("parse error: extraneous or missing \" in quoted-field");
            }
        }
        throw new SyntaxFailure("parse error: extraneous or missing \" in quoted-field");
    }

    /** Fields as keys, in lower case, and values. */
    static List<Field> fields(String line) {
        return split(line).stream().map(Csv::field).toList();
    }

    private static Field field(String text) {
        int equals = text.indexOf('=');
        return equals < 0
                ? new Field(text.strip().toLowerCase(Locale.ROOT), "", false)
                : new Field(
                        text.substring(0, equals).strip().toLowerCase(Locale.ROOT), text.substring(equals + 1), true);
    }
}
