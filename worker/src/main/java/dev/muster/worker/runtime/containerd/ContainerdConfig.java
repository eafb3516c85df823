package dev.muster.worker.runtime.containerd;

import dev.muster.worker.runtime.RuntimeFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a node's containerd lives.
 *
 * @param dataDir holds images, file systems and the output file; survives reboots
 * @param runDir holds sockets and mounts; best on a tmpfs, need not survive reboots
 * @param address the socket of a containerd that somebody else runs; empty: a private one is started
 * @param namespace containerd's, which keeps ours apart from others' containers
 * @param cgroupParent absolute path below each hierarchy; empty: containers go below /muster, and the private
 *     containerd stays where this process is
 * @param initBinary a static init for containers that want one
 */
public record ContainerdConfig(
        Path dataDir,
        Path runDir,
        Optional<Path> address,
        String namespace,
        Optional<String> cgroupParent,
        Optional<Path> initBinary) {

    public static final String DEFAULT_NAMESPACE = "muster";

    /** Linux's sun_path holds 108 bytes with the closing zero. */
    private static final int SOCKET_PATH_LIMIT_BYTES = 107;

    public ContainerdConfig {
        dataDir = dataDir.toAbsolutePath().normalize();
        runDir = runDir.toAbsolutePath().normalize();
        cgroupParent.ifPresent(each -> {
            if (!each.startsWith("/") || each.contains("..")) {
                throw new IllegalArgumentException("cgroup parent '" + each + "' must begin with / and hold no ..");
            }
        });
    }

    /** A private one, with what Debian's packages install. */
    public static ContainerdConfig privateOne(Path dataDir, Path runDir, Optional<String> cgroupParent) {
        return new ContainerdConfig(
                dataDir, runDir, Optional.empty(), DEFAULT_NAMESPACE, cgroupParent, HostProbe.findInit());
    }

    /** The socket to speak to. Refuses paths that no socket can have. */
    public Path socket() {
        Path socket = address.orElse(runDir.resolve("containerd.sock"));
        // containerd adds ".ttrpc" for its second socket.
        int length = socket.toString().getBytes(StandardCharsets.UTF_8).length + ".ttrpc".length();
        if (length > SOCKET_PATH_LIMIT_BYTES) {
            throw new RuntimeFailure(
                    RuntimeFailure.Kind.INVALID,
                    "the path of containerd's socket is " + length + " bytes long and may have "
                            + SOCKET_PATH_LIMIT_BYTES + ": choose a shorter run directory than " + runDir);
        }
        return socket;
    }

    /** The cgroup whose children are the containers'. */
    public String containersCgroup() {
        return cgroupParent
                .map(each -> (each.equals("/") ? "" : each) + "/containers")
                .orElse("/muster");
    }

    /** The cgroup of containerd and its shims, beside the containers' as cgroup v2 wants it. */
    Optional<String> daemonCgroup() {
        return cgroupParent.map(each -> (each.equals("/") ? "" : each) + "/containerd");
    }

    Path root() {
        return dataDir.resolve("containerd");
    }

    Path state() {
        return runDir.resolve("containerd");
    }

    Path configFile() {
        return runDir.resolve("containerd.toml");
    }

    Path pidFile() {
        return runDir.resolve("containerd.pid");
    }

    Path outputFile() {
        return dataDir.resolve("containerd.log");
    }
}
