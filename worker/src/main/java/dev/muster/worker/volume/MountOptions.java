package dev.muster.worker.volume;

import dev.muster.worker.mount.Mounts;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a volume's options say is to be mounted, in the kernel's terms.
 *
 * @param rest options that the file system itself reads
 */
record MountOptions(String type, String device, long flags, List<String> rest) {
    private static final Set<String> KNOWN = Set.of("type", "o", "device");
    private static final Map<String, Long> SET = Map.ofEntries(
            Map.entry("ro", Mounts.READ_ONLY),
            Map.entry("nosuid", Mounts.NO_SUID),
            Map.entry("nodev", Mounts.NO_DEV),
            Map.entry("noexec", Mounts.NO_EXEC),
            Map.entry("sync", Mounts.SYNCHRONOUS),
            Map.entry("dirsync", Mounts.DIR_SYNC),
            Map.entry("noatime", Mounts.NO_ATIME),
            Map.entry("nodiratime", Mounts.NO_DIRATIME),
            Map.entry("relatime", Mounts.REL_ATIME),
            Map.entry("strictatime", Mounts.STRICT_ATIME),
            Map.entry("nosymfollow", Mounts.NO_SYMFOLLOW),
            Map.entry("bind", Mounts.BIND),
            Map.entry("rbind", Mounts.BIND | Mounts.RECURSIVE));
    private static final Map<String, Long> CLEAR = Map.of(
            "rw", Mounts.READ_ONLY,
            "suid", Mounts.NO_SUID,
            "dev", Mounts.NO_DEV,
            "exec", Mounts.NO_EXEC,
            "async", Mounts.SYNCHRONOUS,
            "atime", Mounts.NO_ATIME,
            "diratime", Mounts.NO_DIRATIME,
            "norelatime", Mounts.REL_ATIME,
            "defaults", 0L);

    MountOptions {
        rest = List.copyOf(rest);
    }

    /** Refuses options that mean nothing here. */
    static void check(String volume, Map<String, String> options) {
        for (var name : options.keySet()) {
            if (!KNOWN.contains(name)) {
                throw new VolumeFailure(
                        VolumeFailure.Kind.INVALID,
                        "create " + volume + ": invalid option: \"" + name + "\" (known are type, o and device)");
            }
        }
        // As Docker has it: each of the three but o needs the other, and o needs both.
        for (var needed : List.of("device", "type")) {
            if (!options.isEmpty() && options.getOrDefault(needed, "").isEmpty()) {
                throw new VolumeFailure(
                        VolumeFailure.Kind.INVALID,
                        "create " + volume + ": missing required option: \"" + needed + "\"");
            }
        }
    }

    /** Empty if the volume is a plain directory. */
    static Optional<MountOptions> of(Map<String, String> options) {
        var device = options.getOrDefault("device", "");
        if (device.isEmpty()) {
            return Optional.empty();
        }
        long flags = 0;
        var rest = new ArrayList<String>();
        for (var option : options.getOrDefault("o", "").split(",", -1)) {
            if (SET.containsKey(option)) {
                flags |= SET.get(option);
            } else if (CLEAR.containsKey(option)) {
                flags &= ~CLEAR.get(option);
            } else if (!option.isBlank()) {
                rest.add(option);
            }
        }
        return Optional.of(new MountOptions(options.getOrDefault("type", "none"), device, flags, rest));
    }

    boolean bind() {
        return (flags & Mounts.BIND) != 0;
    }

    boolean readOnly() {
        return (flags & Mounts.READ_ONLY) != 0;
    }

    /** May take long to mount, or never answer. */
    boolean remote() {
        return type.startsWith("nfs") || type.equals("cifs");
    }

    /** The file system's own options; the kernel wants a remote server's address as a number. */
    String kernelOptions() throws UnknownHostException {
        var resolved = new ArrayList<String>();
        for (var option : rest) {
            if (remote() && option.startsWith("addr=")) {
                var host = option.substring("addr=".length());
                resolved.add("addr=" + InetAddress.getByName(host).getHostAddress());
            } else {
                resolved.add(option);
            }
        }
        return resolved.stream().collect(Collectors.joining(","));
    }
}
