package dev.muster.cli.system;

import dev.muster.api.Cluster;
import dev.muster.api.ClusterSpec;
import dev.muster.api.Durations;
import dev.muster.api.GetClusterRequest;
import dev.muster.api.GetClusterResponse;
import dev.muster.api.ListNodesRequest;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.LocalNodeState;
import dev.muster.api.Node;
import dev.muster.api.NodeInfoResponse;
import dev.muster.api.Plugin;
import dev.muster.cli.command.Command;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.json.Json;
import dev.muster.cli.node.NodeNames;
import dev.muster.cli.output.Bytes;
import dev.muster.cli.output.Inspection;
import dev.muster.cli.output.Outline;
import dev.muster.cli.output.RelativeTime;
import dev.muster.cli.transport.UnreachableFailure;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** {@code muster info}. */
public final class InfoCommand {

    private InfoCommand() {}

    public static Command command() {
        return Command.of(
                "info",
                "[OPTIONS]",
                "Show the daemon and its cluster",
                () -> new Flags().formatWithShorthand(),
                InfoCommand::run);
    }

    private static int run(Invocation invocation) {
        String format = invocation.text("format");
        if (!format.isEmpty()) {
            invocation.print(
                    Inspection.render(format, Json.parse(invocation.daemon().json("/info"))));
            return 0;
        }
        Build build = Build.ofThisProgram();
        Outline client = new Outline().plain("Client: Muster");
        client.plain(" Version:    " + build.version());
        client.plain(" Host:       " + invocation.daemon().address());
        invocation.console().out().print(client.plain("").plain("Server:"));
        NodeInfoResponse node;
        try {
            node = NodeNames.self(invocation);
        } catch (UnreachableFailure failure) {
            throw new CommandFailure("ERROR: " + failure.getMessage());
        }
        Outline out = new Outline();
        engine(out, node);
        swarm(out, node, invocation);
        host(out, node);
        invocation.console().out().print(out);
        node.getWarningsList()
                .forEach(warning ->
                        invocation.console().warn(warning.startsWith("WARNING") ? warning : "WARNING: " + warning));
        return 0;
    }

    private static void engine(Outline out, NodeInfoResponse node) {
        var containers = node.getContainers();
        out.plain(" Containers: " + (containers.getRunning() + containers.getPaused() + containers.getStopped()));
        out.plain("  Running: " + containers.getRunning());
        out.plain("  Paused: " + containers.getPaused());
        out.plain("  Stopped: " + containers.getStopped());
        out.plain(" Images: " + node.getImages());
        out.plain(" Server Version: " + node.getServerVersion());
        out.plain(" Cgroup Driver: " + node.getCgroupDriver());
        out.plain(" Cgroup Version: " + node.getCgroupVersion());
        Map<String, TreeSet<String>> plugins = node.getPluginsList().stream()
                .collect(Collectors.groupingBy(
                        Plugin::getType,
                        TreeMap::new,
                        Collectors.mapping(Plugin::getName, Collectors.toCollection(TreeSet::new))));
        if (!plugins.isEmpty()) {
            out.plain(" Plugins:");
            plugins.forEach((type, names) -> out.plain("  " + type + ": " + String.join(" ", names)));
        }
    }

    private static void swarm(Outline out, NodeInfoResponse node, Invocation invocation) {
        String state = node.getState().name().substring("LOCAL_".length()).toLowerCase(Locale.ROOT);
        out.plain(" Swarm: " + state);
        if (node.getState() == LocalNodeState.LOCAL_INACTIVE || node.getState() == LocalNodeState.LOCAL_LOCKED) {
            return;
        }
        out.plain("  NodeID: " + node.getNodeId());
        if (!node.getError().isEmpty()) {
            out.plain("  Error: " + node.getError());
        }
        out.plain("  Is Manager: " + node.getControlAvailable());
        if (node.getControlAvailable() && node.getError().isEmpty()) {
            cluster(out, invocation);
        }
        out.plain("  Node Address: " + node.getNodeAddress());
        List<String> managers = node.getRemoteManagersList().stream()
                .map(peer -> peer.getAddress())
                .sorted()
                .toList();
        if (!managers.isEmpty()) {
            out.plain("  Manager Addresses:");
            managers.forEach(address -> out.plain("   " + address));
        }
    }

    private static void cluster(Outline out, Invocation invocation) {
        Cluster cluster = invocation
                .daemon()
                .control("GetCluster", GetClusterRequest.getDefaultInstance(), GetClusterResponse.parser())
                .getCluster();
        List<Node> nodes = invocation
                .daemon()
                .control("ListNodes", ListNodesRequest.getDefaultInstance(), ListNodesResponse.parser())
                .getNodesList();
        ClusterSpec spec = cluster.getSpec();
        out.plain("  ClusterID: " + cluster.getId());
        out.plain("  Managers: " + nodes.stream().filter(Node::hasManagerStatus).count());
        out.plain("  Nodes: " + nodes.size());
        out.plain("  Default Address Pool: " + String.join("  ", cluster.getDefaultAddressPoolsList()));
        out.plain("  SubnetSize: " + cluster.getSubnetSize());
        out.plain("  Data Path Port: " + cluster.getDataPathPort());
        out.plain("  Orchestration:");
        out.plain("   Task History Retention Limit: " + (spec.hasTaskHistoryLimit() ? spec.getTaskHistoryLimit() : 5));
        out.plain("  Raft:");
        out.plain("   Snapshot Interval: " + (spec.getSnapshotInterval() == 0 ? 10_000 : spec.getSnapshotInterval()));
        if (spec.getKeepOldSnapshots() > 0) {
            out.plain("   Number of Old Snapshots to Retain: " + spec.getKeepOldSnapshots());
        }
        out.plain("  Dispatcher:");
        Duration heartbeat = Durations.positive(spec.getHeartbeatPeriod(), Duration.ofSeconds(5));
        out.plain("   Heartbeat Period: " + RelativeTime.words(heartbeat).toLowerCase(Locale.ROOT));
        out.plain("  CA Configuration:");
        Duration expiry = Durations.positive(spec.getNodeCertExpiry(), Duration.ofDays(90));
        out.plain("   Expiry Duration: " + RelativeTime.words(expiry).toLowerCase(Locale.ROOT));
        out.plain("   Force Rotate: " + spec.getCaForceRotate());
        if (spec.getExternalCasCount() > 0) {
            out.plain("   External CAs:");
            spec.getExternalCasList().forEach(ca -> out.plain("     " + ca.getProtocol() + ": " + ca.getUrl()));
        }
        out.plain("  Autolock Managers: " + spec.getAutolock());
    }

    private static void host(Outline out, NodeInfoResponse node) {
        out.plain(" Runtimes: runc");
        out.plain(" containerd version: " + node.getContainerdVersion());
        out.plain(" runc version: " + node.getRuncVersion());
        out.plain(" Kernel Version: " + node.getKernelVersion());
        out.plain(" Operating System: " + node.getOperatingSystem());
        out.plain(" OSType: linux");
        out.plain(" Architecture: " + node.getArchitecture());
        out.plain(" CPUs: " + node.getCpus());
        out.plain(" Total Memory: " + Bytes.format(node.getMemoryBytes()));
        out.plain(" Name: " + node.getHostname());
        out.plain(" Root Dir: " + node.getDataDir());
    }
}
