package dev.muster.stack.load;

import dev.muster.stack.document.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The order in which {@code stack config} prints a stack, so that equal stacks print equally: known keys as a stock
 * client has them, names and free keys sorted.
 */
public final class StackOrder {

    private static final List<String> TOP = List.of("version", "services", "networks", "volumes", "secrets", "configs");

    /**
     * Keys that do not come in alphabetical order, by the key that holds them; *kind stands for a section's entries.
     */
    private static final Map<String, List<String>> KEYS = Map.ofEntries(
            Map.entry("*services", serviceKeys()),
            Map.entry("build", List.of("context", "dockerfile", "args", "labels", "cache_from", "network", "target")),
            Map.entry("configs", List.of("source", "target", "uid", "gid", "mode")),
            Map.entry("secrets", List.of("source", "target", "uid", "gid", "mode")),
            Map.entry("ports", List.of("mode", "target", "published", "protocol")),
            Map.entry(
                    "volumes",
                    List.of("type", "source", "target", "read_only", "consistency", "bind", "volume", "tmpfs")),
            Map.entry(
                    "healthcheck",
                    List.of("test", "timeout", "interval", "retries", "start_period", "start_interval", "disable")),
            Map.entry(
                    "deploy",
                    List.of(
                            "mode",
                            "replicas",
                            "labels",
                            "update_config",
                            "rollback_config",
                            "resources",
                            "restart_policy",
                            "placement",
                            "endpoint_mode")),
            Map.entry("update_config", updateKeys()),
            Map.entry("rollback_config", updateKeys()),
            Map.entry("restart_policy", List.of("condition", "delay", "max_attempts", "window")),
            Map.entry("resources", List.of("limits", "reservations")),
            Map.entry("limits", List.of("cpus", "memory", "pids")),
            Map.entry("reservations", List.of("cpus", "memory", "generic_resources")),
            Map.entry("placement", List.of("constraints", "preferences", "max_replicas_per_node")),
            Map.entry("ulimits", List.of("soft", "hard")),
            Map.entry("ipam", List.of("driver", "config")),
            Map.entry(
                    "*networks",
                    List.of("name", "driver", "driver_opts", "ipam", "external", "internal", "attachable", "labels")),
            Map.entry("*volumes", List.of("name", "driver", "driver_opts", "external", "labels", "x-cluster-spec")),
            Map.entry(
                    "*secrets",
                    List.of("name", "file", "external", "labels", "driver", "driver_opts", "template_driver")),
            Map.entry("*configs", List.of("name", "file", "external", "labels", "template_driver")));

    private StackOrder() {}

    public static Value.Mapping arrange(Value.Mapping stack) {
        Value.Mapping result = stack;
        if (stack.fields().get("services") == null) {
            result = stack.with("services", Value.Mapping.empty(stack.at()));
        }
        for (String section : TOP) {
            Value.Field field = result.fields().get(section);
            if (field != null && field.value() instanceof Value.Mapping entries) {
                result = result.with(section, section(section, entries));
            }
        }
        return sorted(result, TOP, Value.Field::value);
    }

    private static Value section(String name, Value.Mapping entries) {
        return sorted(
                entries,
                List.of(),
                field -> arrange(name.equals("services") ? "*services" : "*" + name, field.value()));
    }

    private static Value arrange(String holder, Value value) {
        return switch (value) {
            case Value.Mapping mapping -> mapping(holder, mapping);
            case Value.Sequence sequence ->
                new Value.Sequence(
                        sequence.at(),
                        sequence.items().stream()
                                .map(item -> arrange(holder, item))
                                .toList());
            case Value.Scalar scalar -> scalar;
        };
    }

    private static Value mapping(String holder, Value.Mapping mapping) {
        List<String> order = KEYS.getOrDefault(holder, List.of());
        Map<String, Value.Field> fields = new LinkedHashMap<>();
        sortedKeys(mapping, order).forEach(key -> {
            Value.Field field = mapping.fields().get(key);
            // The entries of a service's ulimits and networks have names, not keys of the format.
            String below = holder.equals("ulimits") ? "ulimits" : key;
            fields.put(key, new Value.Field(field.key(), arrange(below, field.value())));
        });
        return new Value.Mapping(mapping.at(), fields);
    }

    private interface Change {
        Value apply(Value.Field field);
    }

    private static Value.Mapping sorted(Value.Mapping mapping, List<String> order, Change change) {
        Map<String, Value.Field> fields = new LinkedHashMap<>();
        sortedKeys(mapping, order).forEach(key -> {
            Value.Field field = mapping.fields().get(key);
            fields.put(key, new Value.Field(field.key(), change.apply(field)));
        });
        return new Value.Mapping(mapping.at(), fields);
    }

    private static List<String> sortedKeys(Value.Mapping mapping, List<String> order) {
        List<String> keys = new ArrayList<>(mapping.fields().keySet());
        keys.sort(Comparator.comparingInt((String key) -> rank(key, order)).thenComparing(Comparator.naturalOrder()));
        return keys;
    }

    /** Listed keys first, then the others, extensions last. */
    private static int rank(String key, List<String> order) {
        int listed = order.indexOf(key);
        return listed >= 0 ? listed : key.startsWith("x-") ? order.size() + 1 : order.size();
    }

    private static List<String> serviceKeys() {
        return List.of(
                ("build cap_add cap_drop cgroupns_mode cgroup_parent command configs container_name credential_spec"
                                + " depends_on deploy devices dns dns_search domainname entrypoint environment env_file expose"
                                + " external_links extra_hosts hostname healthcheck image init ipc isolation labels links logging"
                                + " mac_address network_mode networks oom_score_adj pid ports privileged read_only restart secrets"
                                + " security_opt shm_size stdin_open stop_grace_period stop_signal sysctls tmpfs tty ulimits user"
                                + " userns_mode volumes working_dir")
                        .split(" "));
    }

    private static List<String> updateKeys() {
        return List.of("parallelism", "delay", "failure_action", "monitor", "max_failure_ratio", "order");
    }
}
