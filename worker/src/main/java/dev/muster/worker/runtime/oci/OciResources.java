package dev.muster.worker.runtime.oci;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.muster.api.ResourceRequirements;
import dev.muster.worker.runtime.RuntimeFailure;

/** The cgroup part of a spec: memory, processor time, number of processes, devices. */
final class OciResources {

    /** Docker's period; a shorter one costs more switching, a longer one makes bursts longer. */
    private static final long CPU_PERIOD_MICROS = 100_000;

    private static final long LEAST_QUOTA_MICROS = 1_000;

    private OciResources() {}

    static ObjectNode of(ResourceRequirements requirements, HostFeatures host) {
        ObjectNode resources = JsonNodeFactory.instance.objectNode();
        resources.set("devices", devices());
        long limit = requirements.getLimits().getMemoryBytes();
        long reservation = requirements.getReservations().getMemoryBytes();
        if (limit < 0 || reservation < 0) {
            throw new RuntimeFailure(RuntimeFailure.Kind.INVALID, "memory limit and reservation must not be negative");
        }
        if (limit > 0 || reservation > 0) {
            ObjectNode memory = resources.putObject("memory");
            if (limit > 0) {
                memory.put("limit", limit);
                if (host.swapAccounting()) {
                    memory.put("swap", 2 * limit);
                }
            }
            if (reservation > 0) {
                memory.put("reservation", reservation);
            }
        }
        long nanos = requirements.getLimits().getNanoCpus();
        if (nanos > 0) {
            long quota = nanos * CPU_PERIOD_MICROS / 1_000_000_000;
            resources
                    .putObject("cpu")
                    .put("quota", Math.max(quota, LEAST_QUOTA_MICROS))
                    .put("period", CPU_PERIOD_MICROS);
        }
        long pids = requirements.getLimits().getPids();
        if (pids > 0) {
            resources.putObject("pids").put("limit", pids);
        }
        return resources;
    }

    /** Nothing but making nodes, and the harmless character devices that every container has. */
    private static ArrayNode devices() {
        ArrayNode rules = JsonNodeFactory.instance.arrayNode();
        rules.addObject().put("allow", false).put("access", "rwm");
        allow(rules, "c", null, null, "m");
        allow(rules, "b", null, null, "m");
        allow(rules, "c", 1L, 3L, "rwm"); // null
        allow(rules, "c", 1L, 5L, "rwm"); // zero
        allow(rules, "c", 1L, 7L, "rwm"); // full
        allow(rules, "c", 1L, 8L, "rwm"); // random
        allow(rules, "c", 1L, 9L, "rwm"); // urandom
        allow(rules, "c", 5L, 0L, "rwm"); // tty
        allow(rules, "c", 5L, 1L, "rwm"); // console
        allow(rules, "c", 5L, 2L, "rwm"); // ptmx
        allow(rules, "c", 136L, null, "rwm"); // pts
        return rules;
    }

    private static void allow(
            ArrayNode rules,
            String type,
            @org.jspecify.annotations.Nullable Long major,
            @org.jspecify.annotations.Nullable Long minor,
            String access) {
        ObjectNode rule = rules.addObject();
        rule.put("allow", true).put("type", type);
        if (major != null) {
            rule.put("major", major);
        }
        if (minor != null) {
            rule.put("minor", minor);
        }
        rule.put("access", access);
    }
}
