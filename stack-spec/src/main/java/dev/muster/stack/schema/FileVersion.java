package dev.muster.stack.schema;

import dev.muster.stack.document.Problems;
import dev.muster.stack.document.Value;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The version that a stack file declares, and the keys that stock stack files refuse whatever their version. */
public record FileVersion(String text, int minor) {

    private static final int NEWEST = 13;
    private static final Pattern VERSION = Pattern.compile("3(?:\\.([0-9]|1[0-3]))?");

    /** What stock stack files refuse in a service, and what they offer instead. */
    private static final Map<String, String> FORBIDDEN = forbidden();

    private static Map<String, String> forbidden() {
        String resources = "use deploy.resources for limits and reservations";
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("extends", "a stack file cannot extend another service: use YAML anchors, or several files with -c");
        keys.put("volume_driver", "name the driver in the top-level volumes section");
        keys.put("volumes_from", "list the same named volume in each service that shares it");
        keys.put("cpu_quota", resources);
        keys.put("cpu_shares", resources);
        keys.put("cpuset", resources);
        keys.put("mem_limit", resources);
        keys.put("memswap_limit", resources);
        return keys;
    }

    /** Reads the version of a document; nothing if it is one that is not understood. */
    public static Optional<FileVersion> of(Value.Mapping document, Problems problems) {
        Value.Field field = document.fields().get("version");
        if (field == null) {
            return Optional.of(new FileVersion("3." + NEWEST, NEWEST));
        }
        if (!(field.value() instanceof Value.Scalar scalar && scalar.isText())) {
            problems.add(field.value().at(), "version must be a string", "put it in quotes: version: \"3.8\"");
            return Optional.empty();
        }
        Matcher match = VERSION.matcher(scalar.text());
        if (!match.matches()) {
            String message = "unsupported Compose file version: " + scalar.text();
            problems.add(scalar.at(), message, "versions 3.0 to 3." + NEWEST + " are, or leave the line out");
            return Optional.empty();
        }
        int minor = match.group(1) == null ? NEWEST : Integer.parseInt(match.group(1));
        return Optional.of(new FileVersion("3." + minor, minor));
    }

    /** Adds a problem for each key of a service that no stack file may have. */
    public static void refuseForbidden(Value.Mapping document, Problems problems) {
        document.mapping("services")
                .ifPresent(services -> services.fields().forEach((name, field) -> {
                    if (field.value() instanceof Value.Mapping service) {
                        FORBIDDEN.forEach((key, reason) -> {
                            if (service.fields().containsKey(key)) {
                                String message =
                                        "compose file contains unsupported options: services." + name + "." + key;
                                problems.add(service.keyAt(key), message, reason);
                            }
                        });
                    }
                }));
    }
}
