package dev.muster.worker.runtime.oci;

import dev.muster.worker.runtime.ContainerNetwork;
import dev.muster.worker.runtime.RuntimeFailure;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Kernel parameters of a container: only those that belong to one of its own namespaces. */
final class Sysctls {

    private static final Set<String> IPC = Set.of(
            "kernel.msgmax",
            "kernel.msgmnb",
            "kernel.msgmni",
            "kernel.sem",
            "kernel.shmall",
            "kernel.shmmax",
            "kernel.shmmni",
            "kernel.shm_rmid_forced");

    private Sysctls() {}

    /** What the spec asks for, over what Docker sets so that any user may bind low ports and send pings. */
    static Map<String, String> of(Map<String, String> wanted, ContainerNetwork network) {
        boolean hostNetwork = network instanceof ContainerNetwork.Host;
        Map<String, String> result = new TreeMap<>();
        if (!hostNetwork) {
            result.put("net.ipv4.ip_unprivileged_port_start", "0");
            result.put("net.ipv4.ping_group_range", "0 2147483647");
        }
        for (Map.Entry<String, String> each : wanted.entrySet()) {
            String name = each.getKey();
            if (name.startsWith("net.") && hostNetwork) {
                throw invalid("sysctl '" + name + "' is not allowed with the host's network");
            }
            if (!name.startsWith("net.") && !name.startsWith("fs.mqueue.") && !IPC.contains(name)) {
                throw invalid("sysctl '" + name
                        + "' is not allowed: it is the host's, not the container's; allowed are net.*, "
                        + "fs.mqueue.* and "
                        + String.join(", ", IPC.stream().sorted().toList()));
            }
            if (name.contains("..") || name.contains("/") || each.getValue().contains("\n")) {
                throw invalid("sysctl '" + name + "' is malformed");
            }
            result.put(name, each.getValue());
        }
        return result;
    }

    private static RuntimeFailure invalid(String message) {
        return new RuntimeFailure(RuntimeFailure.Kind.INVALID, message);
    }
}
