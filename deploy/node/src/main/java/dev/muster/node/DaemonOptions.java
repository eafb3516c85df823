package dev.muster.node;

import dev.muster.manager.state.ClusterReducer;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What the daemon was told on its command line. Everything that a host has only once (addresses, ports, sockets, directories, the
 * cgroup parent) is settable, so that many daemons run on one machine, each in its own namespaces.
 */
@Command(
        name = "musterd",
        description = "The Muster daemon: runs a host's part of a cluster.",
        sortOptions = false,
        usageHelpAutoWidth = true)
final class DaemonOptions {
    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "State of the node, of containerd and of volumes (default: ${DEFAULT-VALUE}).")
    Path dataDir = Path.of("/var/lib/muster");

    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            description =
                    "What does not outlive a boot: secrets in memory, pinned namespaces (default: ${DEFAULT-VALUE}).")
    Path runDir = Path.of("/run/muster");

    @Option(
            names = "--socket",
            paramLabel = "PATH",
            description = "The control socket; docker.sock beside it is a link to it (default: muster.sock in the run"
                    + " directory).")
    @Nullable
    Path socket;

    @Option(
            names = "--listen-addr",
            paramLabel = "HOST:PORT",
            description = "Where other nodes connect, unless init or join says otherwise (default: ${DEFAULT-VALUE}).")
    String listenAddress = "0.0.0.0:2377";

    @Option(
            names = "--raft-port",
            paramLabel = "PORT",
            description = "Where managers replicate to each other (default: ${DEFAULT-VALUE}).")
    int raftPort = 2378;

    @Option(
            names = "--advertise-addr",
            paramLabel = "IP|INTERFACE",
            description = "The address that other nodes use, unless init or join says otherwise.")
    @Nullable
    String advertiseAddress;

    @Option(
            names = "--cgroup-parent",
            paramLabel = "PATH",
            description = "Containers' cgroups go below this one (default: ${DEFAULT-VALUE}).")
    String cgroupParent = "/muster";

    @Option(
            names = "--registry-hosts",
            paramLabel = "DIR",
            description =
                    "Registries' mirrors and certificates, in containerd's certs.d layout (default: ${DEFAULT-VALUE}).")
    Path registryHosts = Path.of("/etc/muster/certs.d");

    @Option(names = "--containerd", paramLabel = "SOCKET", description = "Use this containerd instead of starting one.")
    @Nullable
    Path containerd;

    @Option(
            names = "--egress-subnet",
            paramLabel = "CIDR",
            description = "Addresses by which this host's containers reach the outside (default: ${DEFAULT-VALUE}).")
    String egressSubnet = "172.18.0.0/16";

    @Option(
            names = "--name-prefix",
            paramLabel = "TEXT",
            description = "Begins the names of this daemon's links and nftables tables (default: ${DEFAULT-VALUE}).")
    String namePrefix = "mu";

    @Option(
            names = "--feature-level",
            paramLabel = "N",
            description =
                    "As a manager, say that features of the cluster above this level are not known here: they stay"
                            + " off until all managers know them (default: ${DEFAULT-VALUE}, the greatest).")
    int featureLevel = ClusterReducer.FEATURE_LEVEL;

    @Option(names = "--label", paramLabel = "K=V", description = "An engine label of this node; may be repeated.")
    java.util.Map<String, String> labels = java.util.Map.of();

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            description = "DEBUG, INFO, WARNING or ERROR (default: ${DEFAULT-VALUE}).")
    System.Logger.Level logLevel = System.Logger.Level.INFO;

    @Option(names = "--version", description = "Print the version and exit.")
    boolean version;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this help and exit.")
    boolean help;

    Path socketPath() {
        Path given = socket;
        return given != null ? given : runDir.resolve("muster.sock");
    }

    Optional<Path> containerdSocket() {
        return Optional.ofNullable(containerd);
    }
}
