package dev.muster.worker.runtime.oci;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the spec depends on besides the plan: facts about this host, read once.
 *
 * @param cgroup2 the unified hierarchy is in use, so containers get a cgroup namespace
 * @param swapAccounting swap can be limited
 * @param lastCapability number of the newest capability that the kernel knows
 * @param architecture as Go names it: amd64, arm64
 * @param kernelMajor of the running kernel
 * @param kernelMinor of the running kernel
 * @param initBinary a static init such as tini's, for containers that want one
 * @param cgroupParent absolute path below each hierarchy's mount point; containers' cgroups are its children
 */
public record HostFeatures(
        boolean cgroup2,
        boolean swapAccounting,
        int lastCapability,
        String architecture,
        int kernelMajor,
        int kernelMinor,
        Optional<Path> initBinary,
        String cgroupParent) {

    public HostFeatures {
        if (!cgroupParent.startsWith("/")) {
            throw new IllegalArgumentException("cgroup parent '" + cgroupParent + "' must begin with /");
        }
    }

    /** The cgroup of one container, as runc takes it. */
    public String cgroupOf(String containerId) {
        return (cgroupParent.equals("/") ? "" : cgroupParent) + "/" + containerId;
    }

    boolean kernelAtLeast(int major, int minor) {
        return kernelMajor > major || (kernelMajor == major && kernelMinor >= minor);
    }
}
