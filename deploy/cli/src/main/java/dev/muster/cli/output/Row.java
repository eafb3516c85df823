package dev.muster.cli.output;

import dev.muster.cli.template.Fields;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One object of a list: its fields as text, in order, and its labels for {@code .Label "key"}. */
public record Row(Map<String, Object> values, Map<String, String> labels) implements Fields {

    private static final String LABEL = "Label";

    /** Fields and their values in turn. */
    public static Row of(Object... fieldsAndValues) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (int i = 0; i < fieldsAndValues.length; i += 2) {
            values.put((String) fieldsAndValues[i], fieldsAndValues[i + 1]);
        }
        return new Row(values, Map.of());
    }

    public Row withLabels(Map<String, String> more) {
        return new Row(values, more);
    }

    String text(String field) {
        return String.valueOf(values.get(field));
    }

    @Override
    public Optional<Object> field(String name, List<Object> arguments) {
        if (name.equals(LABEL) && arguments.size() == 1) {
            return Optional.of(labels.getOrDefault(String.valueOf(arguments.getFirst()), ""));
        }
        return arguments.isEmpty() ? Optional.ofNullable(values.get(name)) : Optional.empty();
    }

    @Override
    public List<String> fieldNames() {
        return List.copyOf(values.keySet());
    }
}
