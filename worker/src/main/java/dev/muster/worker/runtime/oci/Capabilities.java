package dev.muster.worker.runtime.oci;

import dev.muster.worker.runtime.RuntimeFailure;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which capabilities a container has: Docker's default set, with what the spec adds and drops. Names as in
 * capabilities(7), with or without CAP_.
 */
final class Capabilities {

    private static final String ALL = "ALL";

    /** By the kernel's numbers, from 0. */
    private static final List<String> KNOWN = List.of(
            "CHOWN",
            "DAC_OVERRIDE",
            "DAC_READ_SEARCH",
            "FOWNER",
            "FSETID",
            "KILL",
            "SETGID",
            "SETUID",
            "SETPCAP",
            "LINUX_IMMUTABLE",
            "NET_BIND_SERVICE",
            "NET_BROADCAST",
            "NET_ADMIN",
            "NET_RAW",
            "IPC_LOCK",
            "IPC_OWNER",
            "SYS_MODULE",
            "SYS_RAWIO",
            "SYS_CHROOT",
            "SYS_PTRACE",
            "SYS_PACCT",
            "SYS_ADMIN",
            "SYS_BOOT",
            "SYS_NICE",
            "SYS_RESOURCE",
            "SYS_TIME",
            "SYS_TTY_CONFIG",
            "MKNOD",
            "LEASE",
            "AUDIT_WRITE",
            "AUDIT_CONTROL",
            "SETFCAP",
            "MAC_OVERRIDE",
            "MAC_ADMIN",
            "SYSLOG",
            "WAKE_ALARM",
            "BLOCK_SUSPEND",
            "AUDIT_READ",
            "PERFMON",
            "BPF",
            "CHECKPOINT_RESTORE");

    private static final Set<String> DEFAULTS = Set.of(
            "CHOWN",
            "DAC_OVERRIDE",
            "FSETID",
            "FOWNER",
            "MKNOD",
            "NET_RAW",
            "SETGID",
            "SETUID",
            "SETFCAP",
            "SETPCAP",
            "NET_BIND_SERVICE",
            "SYS_CHROOT",
            "KILL",
            "AUDIT_WRITE");

    private Capabilities() {}

    /** The resulting set in the kernel's order, with the CAP_ prefix. */
    static List<String> of(List<String> add, List<String> drop, int lastCapability) {
        Set<String> added = normalise(add, lastCapability);
        Set<String> dropped = normalise(drop, lastCapability);
        List<String> result = new ArrayList<>();
        for (int number = 0; number < KNOWN.size() && number <= lastCapability; number++) {
            String name = KNOWN.get(number);
            if (has(name, added, dropped)) {
                result.add("CAP_" + name);
            }
        }
        return result;
    }

    private static boolean has(String name, Set<String> added, Set<String> dropped) {
        if (added.contains(ALL)) {
            return !dropped.contains(name);
        }
        if (added.contains(name)) {
            return true;
        }
        return DEFAULTS.contains(name) && !dropped.contains(ALL) && !dropped.contains(name);
    }

    private static Set<String> normalise(List<String> names, int lastCapability) {
        Set<String> result = new HashSet<>();
        for (String written : names) {
            String upper = written.toUpperCase(Locale.ROOT);
            String name = upper.startsWith("CAP_") ? upper.substring("CAP_".length()) : upper;
            if (!name.equals(ALL)) {
                int number = KNOWN.indexOf(name);
                if (number < 0) {
                    throw new RuntimeFailure(
                            RuntimeFailure.Kind.INVALID,
                            "unknown capability '" + written
                                    + "': use a name of capabilities(7) such as NET_ADMIN, or ALL");
                }
                if (number > lastCapability) {
                    throw new RuntimeFailure(
                            RuntimeFailure.Kind.INVALID,
                            "capability '" + written + "' is newer than this node's kernel");
                }
            }
            result.add(name);
        }
        return result;
    }
}
