package dev.muster.worker.runtime.oci;

import java.util.List;

/**
 * Whom a container's processes run as.
 *
 * @param groups all supplementary groups, the first group among them
 */
public record ContainerUser(long uid, long gid, List<Long> groups) {

    public ContainerUser {
        groups = List.copyOf(groups);
    }

    public static ContainerUser root() {
        return new ContainerUser(0, 0, List.of(0L));
    }
}
