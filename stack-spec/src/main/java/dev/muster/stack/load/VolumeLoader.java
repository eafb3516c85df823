package dev.muster.stack.load;

import dev.muster.stack.document.Value;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** A service's volumes: {@code [SOURCE:]TARGET[:OPTIONS]} or the long form, to the long form with absolute paths. */
final class VolumeLoader {

    private static final Set<String> PROPAGATIONS =
            Set.of("private", "rprivate", "shared", "rshared", "slave", "rslave");

    /** Understood and without effect: SELinux labels and Docker Desktop's consistency. */
    private static final Set<String> NO_EFFECT = Set.of("z", "Z", "cached", "delegated", "consistent", "rw");

    private final Surroundings surroundings;

    VolumeLoader(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    Stream<Value> load(Value value) {
        return value instanceof Value.Mapping mount ? Stream.of(longForm(mount)) : shortForm((Value.Scalar) value);
    }

    private Value longForm(Value.Mapping mount) {
        if (!mount.text("type").equals("bind")) {
            return mount;
        }
        if (mount.text("source").isEmpty()) {
            String message = "invalid mount config for type \"bind\": field Source must not be empty";
            surroundings.problems().add(mount.at(), message);
            return mount;
        }
        return mount.change(
                "source",
                source -> Value.Scalar.of(source.at(), surroundings.absolute(((Value.Scalar) source).text())));
    }

    private Stream<Value> shortForm(Value.Scalar scalar) {
        List<String> parts = split(scalar.text());
        if (scalar.text().isBlank() || parts.stream().anyMatch(String::isEmpty) || parts.size() > 3) {
            surroundings
                    .problems()
                    .add(
                            scalar.at(),
                            "invalid volume specification: \"" + scalar.text() + "\"",
                            "expected [SOURCE:]TARGET[:OPTIONS]");
            return Stream.empty();
        }
        if (parts.size() == 1) {
            return Stream.of(
                    text(text(Value.Mapping.empty(scalar.at()), "type", "volume"), "target", parts.getFirst()));
        }
        String source = parts.get(0);
        boolean bind = isPath(source);
        Value.Mapping mount = text(Value.Mapping.empty(scalar.at()), "type", bind ? "bind" : "volume");
        mount = text(mount, "source", bind ? surroundings.absolute(source) : source);
        mount = text(mount, "target", parts.get(1));
        if (parts.size() == 3) {
            for (String option : parts.get(2).split(",", -1)) {
                mount = option(mount, option, bind);
            }
        }
        return Stream.of(mount);
    }

    /** At colons, but not at the one of a Windows drive. */
    private static List<String> split(String spec) {
        boolean drive = spec.matches("(?s)[a-zA-Z]:\\\\.*");
        if (!drive) {
            return List.of(spec.split(":", -1));
        }
        List<String> rest = List.of(spec.substring(2).split(":", -1));
        return Stream.concat(
                        Stream.of(spec.substring(0, 2) + rest.getFirst()),
                        rest.stream().skip(1))
                .toList();
    }

    private static boolean isPath(String source) {
        return source.startsWith(".")
                || source.startsWith("/")
                || source.startsWith("~")
                || source.matches("(?s)[a-zA-Z]:\\\\.*");
    }

    private Value.Mapping option(Value.Mapping mount, String option, boolean bind) {
        if (option.equals("ro")) {
            return mount.with("read_only", Value.Scalar.of(mount.at(), true));
        }
        if (option.equals("nocopy")) {
            return mount.with(
                    "volume", Value.Mapping.empty(mount.at()).with("nocopy", Value.Scalar.of(mount.at(), true)));
        }
        if (PROPAGATIONS.contains(option.toLowerCase(Locale.ROOT))) {
            return mount.with("bind", text(Value.Mapping.empty(mount.at()), "propagation", option));
        }
        if (!NO_EFFECT.contains(option)) {
            surroundings
                    .warnings()
                    .add(mount.at() + ": ignoring unknown volume option \"" + option + "\""
                            + (bind ? "" : " of volume \"" + mount.text("source") + "\""));
        }
        return mount;
    }

    private static Value.Mapping text(Value.Mapping mapping, String key, String value) {
        return mapping.with(key, Value.Scalar.of(mapping.at(), value));
    }
}
