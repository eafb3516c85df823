package dev.muster.stack.load;

import dev.muster.stack.document.Position;
import dev.muster.stack.document.Value;
import dev.muster.stack.document.YamlReader;
import dev.muster.stack.interpolate.Interpolation;
import dev.muster.stack.schema.FileVersion;
import dev.muster.stack.schema.SchemaCheck;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads stack files into one document in the long form. Each stage looks at the whole file before the next begins; a
 * stage that found problems is the last.
 */
public final class StackLoader {

    private static final Map<String, String> KINDS =
            Map.of("networks", "network", "volumes", "volume", "secrets", "secret", "configs", "config");

    private final Surroundings surroundings;
    private final boolean interpolate;

    public StackLoader(Surroundings surroundings, boolean interpolate) {
        this.surroundings = surroundings;
        this.interpolate = interpolate;
    }

    /** One file: its name for positions, and its text. */
    public record Source(String name, String text) {}

    /** The merged document; nothing if problems were added to the surroundings. */
    public Optional<Value.Mapping> load(List<Source> sources) {
        Value.Mapping merged = null;
        for (Source source : sources) {
            Optional<Value.Mapping> file = load(source);
            if (file.isEmpty() || !surroundings.problems().none()) {
                return Optional.empty();
            }
            if (merged != null && !versionOf(merged).equals(versionOf(file.get()))) {
                surroundings
                        .problems()
                        .add(
                                file.get().keyAt("version"),
                                "version mismatched between two composefiles : " + versionOf(merged) + " and "
                                        + versionOf(file.get()));
                return Optional.empty();
            }
            merged = merged == null ? file.get() : FileMerge.merge(merged, file.get());
        }
        return Optional.ofNullable(merged);
    }

    private static String versionOf(Value.Mapping document) {
        return document.text("version");
    }

    private Optional<Value.Mapping> load(Source source) {
        Optional<Value> root = YamlReader.read(source.name(), source.text(), surroundings.problems());
        if (!surroundings.problems().none()) {
            return Optional.empty();
        }
        if (!(root.orElse(null) instanceof Value.Mapping document)) {
            Position at = root.map(Value::at).orElse(Position.start(source.name()));
            surroundings
                    .problems()
                    .add(at, "top-level object must be a mapping", "expected sections such as services: and networks:");
            return Optional.empty();
        }
        Optional<FileVersion> version = FileVersion.of(document, surroundings.problems());
        FileVersion.refuseForbidden(document, surroundings.problems());
        if (version.isEmpty() || !surroundings.problems().none()) {
            return Optional.empty();
        }
        Value.Mapping filled = interpolate
                ? Interpolation.apply(document, surroundings.environment(), surroundings.problems())
                : document;
        if (surroundings.problems().none()) {
            SchemaCheck.check(filled, version.get().minor(), surroundings.problems());
        }
        return surroundings.problems().none() ? Optional.of(longForm(filled, version.get())) : Optional.empty();
    }

    private Value.Mapping longForm(Value.Mapping document, FileVersion version) {
        var services = new ServiceLoader(surroundings);
        var sections = new SectionLoader(surroundings);
        Value.Mapping result = document.with("version", Value.Scalar.of(document.keyAt("version"), version.text()));
        result = result.change(
                "services",
                all -> entries(
                        (Value.Mapping) all, (name, field) -> services.load(name, (Value.Mapping) field.value())));
        for (var kind : KINDS.entrySet()) {
            result = result.change(
                    kind.getKey(),
                    all -> entries((Value.Mapping) all, (name, field) -> sections.load(kind.getValue(), name, field)));
        }
        return result;
    }

    private interface EntryLoader {
        Value load(String name, Value.Field field);
    }

    private static Value entries(Value.Mapping section, EntryLoader loader) {
        Value.Mapping result = section;
        for (var entry : section.fields().entrySet()) {
            if (!entry.getKey().startsWith("x-")) {
                result = result.with(entry.getKey(), loader.load(entry.getKey(), entry.getValue()));
            } else {
                result = result.without(entry.getKey());
            }
        }
        return result;
    }
}
