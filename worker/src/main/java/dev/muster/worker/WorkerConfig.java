package dev.muster.worker;

import dev.muster.api.GenericResource;
import dev.muster.net.OverlayConfig;
import dev.muster.worker.runtime.containerd.ContainerdConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a worker lives on its host, and what it is.
 *
 * @param dataDir what survives reboots: containerd's root, logs, volumes, the journal
 * @param runDir what need not: sockets, secrets, network namespaces; short, for socket paths
 * @param containerd the socket of a containerd that somebody else runs; empty: a private one is started
 * @param cgroupParent absolute path below each hierarchy; empty: /muster
 * @param registryHosts containerd's {@code certs.d} layout: per registry a directory with {@code hosts.toml}
 * @param resolvConf the host's resolver configuration
 * @param overlayPrefix of the names of links and tables in the host's network namespace
 * @param egressSubnet through which containers reach the outside
 * @param hostNetns the host's network namespace; empty: the one of this process
 * @param host what the node says of itself
 */
public record WorkerConfig(
        Path dataDir,
        Path runDir,
        Optional<Path> containerd,
        Optional<String> cgroupParent,
        Path registryHosts,
        Path resolvConf,
        String overlayPrefix,
        String egressSubnet,
        Optional<Path> hostNetns,
        Host host) {

    /**
     * What the host is, and what its operator says about it.
     *
     * @param architecture as uname has it: x86_64
     * @param engineVersion this program's
     * @param genericResources such as GPUs, as the operator names them
     */
    public record Host(
            String hostname,
            String architecture,
            int cpus,
            long memoryBytes,
            String engineVersion,
            Map<String, String> engineLabels,
            List<GenericResource> genericResources) {
        public Host {
            engineLabels = Map.copyOf(engineLabels);
            genericResources = List.copyOf(genericResources);
        }
    }

    /** With the network namespace of this process as the host's. */
    public WorkerConfig(
            Path dataDir,
            Path runDir,
            Optional<Path> containerd,
            Optional<String> cgroupParent,
            Path registryHosts,
            Path resolvConf,
            String overlayPrefix,
            String egressSubnet,
            Host host) {
        this(
                dataDir,
                runDir,
                containerd,
                cgroupParent,
                registryHosts,
                resolvConf,
                overlayPrefix,
                egressSubnet,
                Optional.empty(),
                host);
    }

    /** A node that is alone on its host. */
    public static WorkerConfig standard(Path dataDir, Path runDir, Host host) {
        return new WorkerConfig(
                dataDir,
                runDir,
                Optional.empty(),
                Optional.empty(),
                Path.of("/etc/muster/certs.d"),
                OverlayConfig.DEFAULT_RESOLV_CONF,
                OverlayConfig.DEFAULT_PREFIX,
                OverlayConfig.DEFAULT_EGRESS_SUBNET,
                host);
    }

    ContainerdConfig containerdConfig() {
        var own = ContainerdConfig.privateOne(dataDir, runDir, cgroupParent);
        return new ContainerdConfig(
                own.dataDir(), own.runDir(), containerd, own.namespace(), cgroupParent, own.initBinary());
    }

    OverlayConfig overlayConfig(String underlayAddress, int vxlanPort) {
        return new OverlayConfig(
                dataDir.resolve("network").toAbsolutePath(),
                runDir.resolve("network").toAbsolutePath(),
                overlayPrefix,
                underlayAddress,
                vxlanPort,
                egressSubnet,
                resolvConf,
                hostNetns);
    }
}
