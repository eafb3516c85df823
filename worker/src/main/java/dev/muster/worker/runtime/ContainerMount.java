package dev.muster.worker.runtime;

import java.nio.file.Path;
import java.util.List;

/** Something that appears in a container at a path, beside what its image holds. */
public sealed interface ContainerMount {

    /** Absolute path in the container. */
    String target();

    /**
     * A file or directory of the host.
     *
     * @param source exists on the host
     * @param recursive also what is mounted below the source
     * @param propagation how later mounts below travel between host and container
     */
    record Bind(Path source, String target, boolean readOnly, boolean recursive, Propagation propagation)
            implements ContainerMount {
        public Bind {
            requireAbsolute(target);
        }

        /** As Docker mounts by default: recursive, private. */
        public static Bind of(Path source, String target, boolean readOnly) {
            return new Bind(source, target, readOnly, true, Propagation.RPRIVATE);
        }
    }

    /**
     * Memory.
     *
     * @param sizeBytes 0: the kernel's default, half of the memory
     * @param mode permission bits of its root; 0: 1777 as Docker has it
     * @param options further mount options, "key" or "key=value"
     */
    record Tmpfs(String target, long sizeBytes, int mode, List<String> options, boolean readOnly)
            implements ContainerMount {
        public Tmpfs {
            requireAbsolute(target);
            options = List.copyOf(options);
        }
    }

    /** Names as in mount(8). */
    enum Propagation {
        PRIVATE,
        RPRIVATE,
        SHARED,
        RSHARED,
        SLAVE,
        RSLAVE;

        /** Reads Docker's word for it; empty is its default, rprivate. */
        public static Propagation parse(String word) {
            for (Propagation each : values()) {
                if (each.word().equals(word)) {
                    return each;
                }
            }
            if (word.isEmpty()) {
                return RPRIVATE;
            }
            throw new RuntimeFailure(
                    RuntimeFailure.Kind.INVALID,
                    "unknown bind propagation '" + word + "': use private, rprivate, shared, rshared, slave or rslave");
        }

        public String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    private static void requireAbsolute(String target) {
        if (!target.startsWith("/")) {
            throw new RuntimeFailure(
                    RuntimeFailure.Kind.INVALID,
                    "mount target '" + target + "' must be an absolute path in the container");
        }
    }
}
