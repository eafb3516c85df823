package dev.muster.cli.node;

import com.google.protobuf.Timestamp;
import dev.muster.api.Node;
import dev.muster.api.Plugin;
import dev.muster.api.Reachability;
import dev.muster.cli.output.Bytes;
import dev.muster.cli.output.Outline;
import dev.muster.cli.output.RelativeTime;
import dev.muster.cli.output.Words;
import dev.muster.stack.grammar.NanoCpus;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** {@code node inspect --pretty}: one node for people. */
final class NodePretty {

    private NodePretty() {}

    static String render(Node node) {
        var description = node.getDescription();
        Outline out = new Outline().line("ID", node.getId());
        out.lineIf("Name", node.getSpec().getAnnotations().getName());
        labels(out, "Labels", node.getSpec().getAnnotations().getLabelsMap());
        out.line("Hostname", description.getHostname());
        Timestamp joined = node.getMeta().getCreatedAt();
        out.line("Joined at", RelativeTime.stamp(joined));
        out.section("Status").line("State", Words.state(node.getStatus().getState()));
        out.lineIf("Message", node.getStatus().getMessage());
        out.line("Availability", Words.availability(node.getSpec().getAvailability()));
        out.lineIf("Address", node.getStatus().getAddress()).end();
        if (node.hasManagerStatus()) {
            Reachability reachability = node.getManagerStatus().getReachability();
            out.section("Manager Status")
                    .line("Address", node.getManagerStatus().getAddress());
            out.line("Raft Status", Words.reachability(reachability));
            out.line("Leader", node.getManagerStatus().getLeader() ? "Yes" : "No")
                    .end();
        }
        out.section("Platform")
                .line("Operating System", description.getPlatform().getOs());
        out.line("Architecture", description.getPlatform().getArchitecture()).end();
        out.section("Resources")
                .line("CPUs", NanoCpus.format(description.getResources().getNanoCpus()));
        out.line("Memory", Bytes.format(description.getResources().getMemoryBytes()))
                .end();
        plugins(out, node);
        out.line("Engine Version", description.getEngineVersion());
        labels(out, "Engine Labels", description.getEngineLabelsMap());
        if (!description.getTrustRootPem().isEmpty()) {
            out.section("TLS Info")
                    .line("TrustRoot", "\n" + description.getTrustRootPem().strip());
            out.lineIf("Issuer Subject", description.getCertificateIssuerSubject())
                    .end();
        }
        return out.toString();
    }

    private static void labels(Outline out, String title, Map<String, String> labels) {
        if (labels.isEmpty()) {
            return;
        }
        out.section(title);
        new TreeMap<>(labels).forEach((key, value) -> out.plain("- " + key + "=" + value));
        out.end();
    }

    private static void plugins(Outline out, Node node) {
        Map<String, TreeSet<String>> byType = node.getDescription().getPluginsList().stream()
                .collect(Collectors.groupingBy(
                        Plugin::getType,
                        TreeMap::new,
                        Collectors.mapping(Plugin::getName, Collectors.toCollection(TreeSet::new))));
        if (byType.isEmpty()) {
            return;
        }
        out.section("Plugins");
        byType.forEach((type, names) -> out.line(type, String.join(", ", names)));
        out.end();
    }
}
