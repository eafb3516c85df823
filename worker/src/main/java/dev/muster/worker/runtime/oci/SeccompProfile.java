package dev.muster.worker.runtime.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.muster.worker.runtime.RuntimeFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A seccomp profile in Docker's form: an allow list whose rules may depend on capabilities, architecture and kernel.
 * {@link #resolve} settles these for one container and yields what runc takes. The standard one is this package's
 * resource, equal in effect to Docker's default.
 */
final class SeccompProfile {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SeccompProfile STANDARD = load();
    private static final Set<String> KNOWN_KEYS = Set.of(
            "defaultAction",
            "defaultErrnoRet",
            "archMap",
            "architectures",
            "syscalls",
            "flags",
            "listenerPath",
            "listenerMetadata");

    private final JsonNode profile;

    private SeccompProfile(JsonNode profile) {
        this.profile = profile;
    }

    static SeccompProfile standard() {
        return STANDARD;
    }

    /** Reads a profile that a user wrote. */
    static SeccompProfile parse(String text) {
        JsonNode profile;
        try {
            profile = JSON.readTree(text);
        } catch (IOException e) {
            throw invalid("the seccomp profile is not JSON: " + e.getMessage());
        }
        if (!profile.path("defaultAction").isTextual()) {
            throw invalid("the seccomp profile has no defaultAction");
        }
        for (var names = profile.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!KNOWN_KEYS.contains(name)) {
                throw invalid("the seccomp profile has an unknown key '" + name + "'");
            }
        }
        if (profile.has("archMap") && profile.has("architectures")) {
            throw invalid("use either 'architectures' or 'archMap' in the seccomp profile, not both");
        }
        return new SeccompProfile(profile);
    }

    private static SeccompProfile load() {
        try (InputStream in = SeccompProfile.class.getResourceAsStream("seccomp.json")) {
            return new SeccompProfile(JSON.readTree(in));
        } catch (IOException e) {
            throw new UncheckedIOException("the default seccomp profile is missing from this program", e);
        }
    }

    /** The profile for one container, as the OCI spec has it. */
    ObjectNode resolve(List<String> capabilities, HostFeatures host) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        for (String key : List.of("defaultAction", "defaultErrnoRet", "flags", "listenerPath", "listenerMetadata")) {
            if (profile.has(key)) {
                result.set(key, profile.get(key));
            }
        }
        result.set("architectures", architectures(host.architecture()));
        ArrayNode rules = result.putArray("syscalls");
        for (JsonNode rule : profile.path("syscalls")) {
            if (applies(rule, capabilities, host)) {
                rules.add(plain(rule));
            }
        }
        return result;
    }

    private JsonNode architectures(String architecture) {
        if (profile.has("architectures")) {
            return profile.get("architectures");
        }
        ArrayNode result = JsonNodeFactory.instance.arrayNode();
        for (JsonNode each : profile.path("archMap")) {
            if (each.path("architecture").asText().equals(seccompName(architecture))) {
                result.add(each.get("architecture"));
                each.path("subArchitectures").forEach(result::add);
            }
        }
        return result;
    }

    private static String seccompName(String architecture) {
        return switch (architecture) {
            case "amd64" -> "SCMP_ARCH_X86_64";
            case "arm64" -> "SCMP_ARCH_AARCH64";
            default -> "SCMP_ARCH_" + architecture.toUpperCase(java.util.Locale.ROOT);
        };
    }

    private static boolean applies(JsonNode rule, List<String> capabilities, HostFeatures host) {
        JsonNode includes = rule.path("includes");
        JsonNode excludes = rule.path("excludes");
        List<String> architecture = List.of(host.architecture());
        return (includes.path("caps").isEmpty() || containsAll(capabilities, includes.path("caps")))
                && (includes.path("arches").isEmpty() || containsAny(architecture, includes.path("arches")))
                && (!includes.has("minKernel")
                        || atLeast(host, includes.get("minKernel").asText()))
                && !containsAny(capabilities, excludes.path("caps"))
                && !containsAny(architecture, excludes.path("arches"))
                && (!excludes.has("minKernel")
                        || !atLeast(host, excludes.get("minKernel").asText()));
    }

    private static boolean containsAll(List<String> have, JsonNode wanted) {
        for (JsonNode each : wanted) {
            if (!have.contains(each.asText())) {
                return false;
            }
        }
        return true;
    }

    private static boolean containsAny(List<String> have, JsonNode wanted) {
        for (JsonNode each : wanted) {
            if (have.contains(each.asText())) {
                return true;
            }
        }
        return false;
    }

    private static boolean atLeast(HostFeatures host, String version) {
        String[] parts = version.split("\\.", -1);
        try {
            return host.kernelAtLeast(Integer.parseInt(parts[0]), parts.length > 1 ? Integer.parseInt(parts[1]) : 0);
        } catch (NumberFormatException e) {
            throw invalid("minKernel '" + version + "' in the seccomp profile is no kernel version such as 4.8");
        }
    }

    /** A rule without its conditions; the old form with one "name" gets "names". */
    private static ObjectNode plain(JsonNode rule) {
        List<String> names = new ArrayList<>();
        rule.path("names").forEach(each -> names.add(each.asText()));
        if (rule.has("name")) {
            names.add(rule.get("name").asText());
        }
        if (names.isEmpty() || !rule.path("action").isTextual()) {
            throw invalid("a rule of the seccomp profile lacks names or action: " + rule);
        }
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.set("names", OciProcess.strings(names));
        for (String key : List.of("action", "errnoRet", "args")) {
            if (rule.hasNonNull(key)) {
                result.set(key, rule.get(key));
            }
        }
        return result;
    }

    private static RuntimeFailure invalid(String message) {
        return new RuntimeFailure(RuntimeFailure.Kind.INVALID, message);
    }
}
