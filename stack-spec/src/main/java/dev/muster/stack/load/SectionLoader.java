package dev.muster.stack.load;

import dev.muster.stack.document.Value;
import java.util.List;
import java.util.Optional;

/** Entries of the top-level sections networks, volumes, secrets and configs to their long form. */
final class SectionLoader {

    private static final List<String> NOT_OF_EXTERNAL_VOLUMES =
            List.of("driver", "driver_opts", "labels", "x-cluster-spec");

    private final Surroundings surroundings;

    SectionLoader(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** The kind is the section's name in the singular. */
    Value.Mapping load(String kind, String name, Value.Field field) {
        Value.Mapping entry = field.value() instanceof Value.Mapping some ? some : Value.Mapping.empty(field.key());
        entry = external(kind, name, entry).change("labels", Forms::labels).change("driver_opts", Forms::labels);
        if (kind.equals("volume") && entry.flag("external")) {
            refuseMore(name, entry);
        }
        if (kind.equals("secret") || kind.equals("config")) {
            entry = file(kind, name, entry);
        }
        return entry;
    }

    /** {@code external: {name: X}} becomes {@code external: true} and {@code name: X}. */
    private Value.Mapping external(String kind, String name, Value.Mapping entry) {
        Optional<Value.Mapping> old = entry.mapping("external");
        if (old.isEmpty()) {
            boolean named = !entry.text("name").isEmpty();
            return entry.flag("external") && !named ? entry.with("name", Value.Scalar.of(entry.at(), name)) : entry;
        }
        Value.Mapping result = entry.with("external", Value.Scalar.of(old.get().at(), true));
        String oldName = old.get().text("name");
        if (!oldName.isEmpty() && !entry.text("name").isEmpty()) {
            String both = kind + " " + name + ": " + kind + ".external.name and " + kind + ".name conflict; only use "
                    + kind + ".name";
            surroundings.problems().add(entry.keyAt("external"), both);
            return result;
        }
        if (!oldName.isEmpty()) {
            surroundings
                    .warnings()
                    .add(kind + " " + name + ": " + kind + ".external.name is deprecated in favor of " + kind
                            + ".name");
        }
        return result.with("name", Value.Scalar.of(old.get().at(), oldName.isEmpty() ? name : oldName));
    }

    private void refuseMore(String name, Value.Mapping volume) {
        for (String key : NOT_OF_EXTERNAL_VOLUMES) {
            if (volume.find(key).isPresent()) {
                surroundings
                        .problems()
                        .add(
                                volume.keyAt(key),
                                "conflicting parameters \"external\" and \"" + key + "\" specified for volume \"" + name
                                        + "\"");
            }
        }
    }

    private Value.Mapping file(String kind, String name, Value.Mapping entry) {
        boolean driver = !entry.text("driver").isEmpty();
        boolean file = !entry.text("file").isEmpty();
        if (driver && file) {
            String both = kind + " " + name + ": " + kind + ".driver and " + kind + ".file conflict; only use " + kind
                    + ".driver";
            surroundings.problems().add(entry.keyAt("driver"), both);
        } else if (!driver && !file && !entry.flag("external")) {
            String hint = kind.equals("secret") ? "expected file, driver or external" : "expected file or external";
            surroundings
                    .problems()
                    .add(entry.at(), kind + " " + name + ": nothing says where its content comes from", hint);
        }
        if (entry.flag("external")) {
            return entry;
        }
        return entry.change(
                "file", path -> Value.Scalar.of(path.at(), surroundings.absolute(((Value.Scalar) path).text())));
    }
}
