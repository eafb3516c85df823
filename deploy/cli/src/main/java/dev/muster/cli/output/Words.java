package dev.muster.cli.output;

import dev.muster.api.Availability;
import dev.muster.api.NodeRole;
import dev.muster.api.NodeState;
import dev.muster.api.PortConfig;
import dev.muster.api.PublishMode;
import dev.muster.api.Reachability;
import dev.muster.api.ServiceSpec;
import dev.muster.stack.grammar.PortSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What users read for the model's enums and ports. */
public final class Words {

    /** Ids in tables are this long: enough to tell them apart. */
    private static final int SHORT = 12;

    private Words() {}

    public static String shortId(String id) {
        return id.substring(0, Math.min(SHORT, id.length()));
    }

    /** First letter upper case, the rest lower. */
    public static String pretty(String word) {
        return word.isEmpty()
                ? word
                : word.substring(0, 1).toUpperCase(Locale.ROOT)
                        + word.substring(1).toLowerCase(Locale.ROOT);
    }

    public static String state(NodeState state) {
        return switch (state) {
            case NODE_DOWN -> "Down";
            case NODE_READY -> "Ready";
            case NODE_DISCONNECTED -> "Disconnected";
            case NODE_UNKNOWN, UNRECOGNIZED -> "Unknown";
        };
    }

    public static String availability(Availability availability) {
        return switch (availability) {
            case AVAILABILITY_ACTIVE -> "Active";
            case AVAILABILITY_PAUSE -> "Pause";
            case AVAILABILITY_DRAIN -> "Drain";
            case UNRECOGNIZED -> "Unknown";
        };
    }

    public static String reachability(Reachability reachability) {
        return switch (reachability) {
            case REACHABILITY_REACHABLE -> "Reachable";
            case REACHABILITY_UNREACHABLE -> "Unreachable";
            case REACHABILITY_UNKNOWN, UNRECOGNIZED -> "Unknown";
        };
    }

    public static String role(NodeRole role) {
        return role == NodeRole.ROLE_MANAGER ? "manager" : "worker";
    }

    public static String mode(ServiceSpec spec) {
        return switch (spec.getModeCase()) {
            case GLOBAL -> "global";
            case REPLICATED_JOB -> "replicated job";
            case GLOBAL_JOB -> "global job";
            case REPLICATED, MODE_NOT_SET -> "replicated";
        };
    }

    /** {@code *:80->80/tcp}, neighbours merged to {@code *:80-82->80-82/tcp}. */
    public static String ports(List<PortConfig> ports) {
        List<PortConfig> sorted = ports.stream()
                .filter(port -> port.getPublishMode() == PublishMode.PUBLISH_INGRESS)
                .sorted(Comparator.comparing((PortConfig port) -> PortSpec.word(port.getProtocol()))
                        .thenComparingInt(PortConfig::getPublishedPort))
                .toList();
        List<String> texts = new ArrayList<>();
        for (int first = 0; first < sorted.size(); ) {
            int last = first;
            while (last + 1 < sorted.size() && follows(sorted.get(last), sorted.get(last + 1))) {
                last++;
            }
            texts.add(range(sorted.get(first), sorted.get(last)));
            first = last + 1;
        }
        return String.join(", ", texts);
    }

    private static boolean follows(PortConfig one, PortConfig next) {
        return one.getProtocol() == next.getProtocol()
                && next.getPublishedPort() == one.getPublishedPort() + 1
                && next.getTargetPort() == one.getTargetPort() + 1;
    }

    private static String range(PortConfig first, PortConfig last) {
        boolean one = first.equals(last);
        return "*:" + first.getPublishedPort() + (one ? "" : "-" + last.getPublishedPort()) + "->"
                + first.getTargetPort() + (one ? "" : "-" + last.getTargetPort()) + "/"
                + PortSpec.word(first.getProtocol());
    }

    /** Of a task's ports on its own host. */
    public static String hostPorts(List<PortConfig> ports) {
        return ports.stream()
                .map(port -> "*:" + port.getPublishedPort() + "->" + port.getTargetPort() + "/"
                        + PortSpec.word(port.getProtocol()))
                .reduce((one, other) -> one + "," + other)
                .orElse("");
    }
}
