package dev.muster.cli.output;

import dev.muster.cli.console.Console;
import dev.muster.cli.json.Json;
import dev.muster.cli.template.Fields;
import dev.muster.cli.template.Template;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Prints a list of objects: a table, {@code json} (an object per line, its fields sorted), or a template per line.
 *
 * @param columns the default table's fields and their headers, in order
 * @param headers of fields that are not in the default table, where the field's name in upper case will not do
 */
public record Listing(Map<String, String> columns, Map<String, String> headers) {

    private static final String TABLE = "table";

    /** Fields and headers in turn. */
    public static Listing columns(String... fieldsAndHeaders) {
        Map<String, String> columns = new LinkedHashMap<>();
        for (int i = 0; i < fieldsAndHeaders.length; i += 2) {
            columns.put(fieldsAndHeaders[i], fieldsAndHeaders[i + 1]);
        }
        return new Listing(columns, columns);
    }

    /** Further fields and headers, for templates only. */
    public Listing also(String... fieldsAndHeaders) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        for (int i = 0; i < fieldsAndHeaders.length; i += 2) {
            all.put(fieldsAndHeaders[i], fieldsAndHeaders[i + 1]);
        }
        return new Listing(columns, all);
    }

    /** An empty format is the default table. */
    public void print(Console console, String format, List<Row> rows) {
        console.out().print(render(format, rows));
    }

    String render(String format, List<Row> rows) {
        String unescaped = format.replace("\\t", "\t").replace("\\n", "\n");
        if (unescaped.isEmpty() || unescaped.strip().equals(TABLE)) {
            return table(rows);
        }
        if (unescaped.strip().equals("json")) {
            StringBuilder lines = new StringBuilder();
            rows.forEach(row ->
                    lines.append(Json.compact(new TreeMap<>(row.values()))).append('\n'));
            return lines.toString();
        }
        if (unescaped.startsWith(TABLE + " ") || unescaped.startsWith(TABLE + "\t")) {
            return table(Template.parse(unescaped.substring(TABLE.length() + 1).strip()), rows);
        }
        Template template = Template.parse(unescaped);
        StringBuilder lines = new StringBuilder();
        rows.forEach(row -> lines.append(template.render(row)).append('\n'));
        return lines.toString();
    }

    private String table(List<Row> rows) {
        Table table = new Table().row(List.copyOf(columns.values()));
        rows.forEach(row -> table.row(columns.keySet().stream().map(row::text).toList()));
        return table.render();
    }

    private String table(Template template, List<Row> rows) {
        List<String> fields = rows.isEmpty() ? List.of() : rows.getFirst().fieldNames();
        Table table = new Table().row(cells(template.render(new Headers(headers, fields))));
        rows.forEach(row -> table.row(cells(template.render(row))));
        return table.render();
    }

    private static List<String> cells(String line) {
        return new ArrayList<>(List.of(line.split("\t", -1)));
    }

    /** The template filled with headers instead of values makes the table's head; a label's header is its key. */
    private record Headers(Map<String, String> known, List<String> fields) implements Fields {
        @Override
        public Optional<Object> field(String name, List<Object> arguments) {
            if (!arguments.isEmpty()) {
                return Optional.of(arguments.getFirst());
            }
            if (known.containsKey(name)) {
                return Optional.of(known.get(name));
            }
            return fields.contains(name) ? Optional.of(name.toUpperCase(Locale.ROOT)) : Optional.empty();
        }

        @Override
        public List<String> fieldNames() {
            return fields.isEmpty() ? List.copyOf(known.keySet()) : fields;
        }
    }
}
