package dev.muster.worker.runtime.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.muster.api.ContainerSpec;
import dev.muster.api.Privileges;
import dev.muster.worker.runtime.ContainerNetwork;
import dev.muster.worker.runtime.ContainerPlan;
import dev.muster.worker.runtime.ExecPlan;
import dev.muster.worker.runtime.RuntimeFailure;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A container's OCI runtime spec. Pure: same plan, user and host, same bytes. What the plan asks for and cannot be had
 * is refused with a {@link RuntimeFailure} that says so; nothing is left out in silence.
 */
public final class OciSpec {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** What Docker hides from a container: host state that leaks, or that lets it act on the host. */
    private static final List<String> MASKED_PATHS = List.of(
            "/proc/acpi",
            "/proc/asound",
            "/proc/interrupts",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/sched_debug",
            "/proc/scsi",
            "/proc/timer_list",
            "/proc/timer_stats",
            "/sys/devices/virtual/powercap",
            "/sys/firmware");

    private static final List<String> READONLY_PATHS =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    private OciSpec() {}

    /** The whole spec as JSON. */
    public static byte[] write(ContainerPlan plan, ContainerUser user, HostFeatures host) {
        ContainerSpec spec = plan.spec();
        refuseUnsupported(spec);
        List<String> capabilities =
                Capabilities.of(spec.getCapabilityAddList(), spec.getCapabilityDropList(), host.lastCapability());
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("ociVersion", "1.0.2");
        root.set("process", OciProcess.of(plan, user, capabilities));
        root.putObject("root").put("path", "rootfs").put("readonly", spec.getReadOnly());
        root.put("hostname", plan.hostname());
        root.set("mounts", OciMounts.of(plan, host));
        ObjectNode linux = root.putObject("linux");
        linux.set("resources", OciResources.of(plan.resources(), host));
        linux.put("cgroupsPath", host.cgroupOf(plan.id()));
        linux.set("namespaces", namespaces(plan.network(), host));
        linux.set("maskedPaths", OciProcess.strings(MASKED_PATHS));
        linux.set("readonlyPaths", OciProcess.strings(READONLY_PATHS));
        ObjectNode sysctls = linux.putObject("sysctl");
        Sysctls.of(spec.getSysctlsMap(), plan.network()).forEach(sysctls::put);
        OciMounts.rootPropagation(plan).ifPresent(each -> linux.put("rootfsPropagation", each));
        seccomp(spec.getPrivileges(), capabilities, host).ifPresent(each -> linux.set("seccomp", each));
        return bytes(root);
    }

    /**
     * The process of a command that runs inside a container, from that container's spec.
     *
     * @param user resolved, if the plan names one
     */
    public static byte[] writeExec(byte[] containerSpec, ExecPlan plan, Optional<ContainerUser> user) {
        ObjectNode process;
        try {
            process = (ObjectNode) JSON.readTree(containerSpec).path("process");
        } catch (java.io.IOException | ClassCastException e) {
            throw new RuntimeFailure(RuntimeFailure.Kind.INTERNAL, "the container's stored spec cannot be read", e);
        }
        process.put("terminal", false);
        process.set("args", OciProcess.strings(plan.args()));
        user.ifPresent(each -> process.set("user", OciProcess.user(each)));
        Map<String, String> environment = new LinkedHashMap<>();
        for (JsonNode each : process.path("env")) {
            String entry = each.asText();
            environment.put(entry.substring(0, entry.indexOf('=')), entry);
        }
        for (String entry : plan.environment()) {
            int equals = entry.indexOf('=');
            environment.put(equals < 0 ? entry : entry.substring(0, equals), equals < 0 ? entry + "=" : entry);
        }
        process.set("env", OciProcess.strings(environment.values()));
        return bytes(process);
    }

    private static void refuseUnsupported(ContainerSpec spec) {
        Privileges privileges = spec.getPrivileges();
        if (spec.getOpenStdin()) {
            throw unsupported("an open standard input (stdin_open) without a client is not supported yet: remove it");
        }
        if (privileges.hasCredentialSpec()) {
            throw unsupported("credential specs are for Windows containers, and not supported: remove it");
        }
        if (privileges.hasSelinux()
                && !privileges.getSelinux().getDisable()
                && privileges.getSelinux().getSerializedSize() > 0) {
            throw unsupported("SELinux labels are not supported yet: remove them");
        }
        if (!spec.getIsolation().isEmpty() && !spec.getIsolation().equals("default")) {
            throw unsupported("isolation '" + spec.getIsolation() + "' is for Windows containers: use default");
        }
    }

    private static ArrayNode namespaces(ContainerNetwork network, HostFeatures host) {
        ArrayNode result = JsonNodeFactory.instance.arrayNode();
        for (String type : List.of("mount", "uts", "pid", "ipc")) {
            result.addObject().put("type", type);
        }
        switch (network) {
            case ContainerNetwork.Namespace(var path) ->
                result.addObject().put("type", "network").put("path", path.toString());
            case ContainerNetwork.Isolated() -> result.addObject().put("type", "network");
            case ContainerNetwork.Host() -> {}
        }
        if (host.cgroup2()) {
            result.addObject().put("type", "cgroup");
        }
        return result;
    }

    private static Optional<ObjectNode> seccomp(Privileges privileges, List<String> capabilities, HostFeatures host) {
        return switch (privileges.getSeccomp()) {
            case SECCOMP_DEFAULT -> Optional.of(SeccompProfile.standard().resolve(capabilities, host));
            case SECCOMP_UNCONFINED -> Optional.empty();
            case SECCOMP_CUSTOM ->
                Optional.of(SeccompProfile.parse(privileges.getSeccompProfile().toString(StandardCharsets.UTF_8))
                        .resolve(capabilities, host));
            case UNRECOGNIZED -> throw unsupported("unknown seccomp mode: this node is older than the service's spec");
        };
    }

    private static RuntimeFailure unsupported(String message) {
        return new RuntimeFailure(RuntimeFailure.Kind.UNSUPPORTED, message);
    }

    private static byte[] bytes(JsonNode node) {
        try {
            return JSON.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree can always be written", e);
        }
    }
}
