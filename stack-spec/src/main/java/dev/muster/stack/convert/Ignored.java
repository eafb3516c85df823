package dev.muster.stack.convert;

import dev.muster.stack.document.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which keys of a stack file swarm services do not have: said once, in the words of stock {@code stack deploy}. */
final class Ignored {

    private static final List<String> UNSUPPORTED = List.of(
            "build",
            "cgroupns_mode",
            "cgroup_parent",
            "depends_on",
            "devices",
            "domainname",
            "external_links",
            "ipc",
            "links",
            "mac_address",
            "network_mode",
            "pid",
            "privileged",
            "restart",
            "security_opt",
            "shm_size",
            "userns_mode");

    private static final Map<String, String> DEPRECATED = new TreeMap<>(Map.of(
            "container_name", "a service's containers are named after its tasks",
            "expose", "services on the same network reach each other on any port"));

    private Ignored() {}

    static List<String> warnings(Value.Mapping stack) {
        var unsupported = new TreeSet<String>();
        var deprecated = new TreeMap<String, String>();
        stack.mapping("services")
                .ifPresent(services -> services.fields().values().forEach(field -> {
                    if (field.value() instanceof Value.Mapping service) {
                        service.mapping("networks").ifPresent(networks -> addresses(networks, unsupported));
                        UNSUPPORTED.stream()
                                .filter(service.fields()::containsKey)
                                .forEach(unsupported::add);
                        DEPRECATED.forEach((key, reason) -> {
                            if (service.fields().containsKey(key)) {
                                deprecated.put(key, reason);
                            }
                        });
                    }
                }));
        List<String> warnings = new ArrayList<>();
        if (!unsupported.isEmpty()) {
            warnings.add("Ignoring unsupported options: " + String.join(", ", unsupported) + "\n");
        }
        if (!deprecated.isEmpty()) {
            StringBuilder text = new StringBuilder("Ignoring deprecated options:\n\n");
            deprecated.forEach((key, reason) ->
                    text.append(key).append(": ").append(reason).append("\n\n"));
            warnings.add(text.toString());
        }
        return warnings;
    }

    /** Fixed addresses: tasks get theirs from the network. */
    private static void addresses(Value.Mapping networks, Set<String> unsupported) {
        networks.fields().values().forEach(field -> {
            if (field.value() instanceof Value.Mapping attachment) {
                List.of("ipv4_address", "ipv6_address").stream()
                        .filter(attachment.fields()::containsKey)
                        .forEach(unsupported::add);
            }
        });
    }
}
