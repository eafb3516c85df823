package dev.muster.stack.grammar;

import dev.muster.api.PortConfig;
import dev.muster.api.PortProtocol;
import dev.muster.api.PublishMode;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A port in the short form, {@code [[IP:][PUBLISHED]:]TARGET[/PROTOCOL]}, where published and target may be ranges.
 *
 * @param hostIp empty if none was given
 * @param ports one for each published port, ingress mode
 */
public record PortSpec(String hostIp, List<PortConfig> ports) {

    /** More ports than this in one range are a mistake: there are 65535 at all, and each costs rules on every node. */
    private static final int MOST = 65_536;

    public PortSpec {
        ports = List.copyOf(ports);
    }

    public static PortSpec parse(String text) {
        String rest = text;
        PortProtocol protocol = PortProtocol.PROTOCOL_TCP;
        int slash = rest.indexOf('/');
        if (slash >= 0) {
            protocol = protocol(rest.substring(slash + 1));
            rest = rest.substring(0, slash);
        }
        int lastColon = rest.lastIndexOf(':');
        String target = rest.substring(lastColon + 1);
        String published = "";
        String hostIp = "";
        if (lastColon >= 0) {
            String before = rest.substring(0, lastColon);
            int colon = before.lastIndexOf(':');
            published = before.substring(colon + 1);
            hostIp = colon >= 0 ? address(before.substring(0, colon), text) : "";
        }
        if (target.isEmpty()) {
            throw new SyntaxFailure("no port specified: " + text);
        }
        Range targets = Range.parse(target, "containerPort");
        if (published.isEmpty()) {
            return new PortSpec(hostIp, expand(targets, new Range(0, 0), protocol));
        }
        Range publishes = Range.parse(published, "hostPort");
        if (publishes.size() != targets.size() && targets.size() != 1) {
            throw new SyntaxFailure(
                    "invalid ranges specified for container and host Ports: " + target + " and " + published);
        }
        return new PortSpec(hostIp, expand(targets, publishes, protocol));
    }

    private static List<PortConfig> expand(Range targets, Range publishes, PortProtocol protocol) {
        List<PortConfig> ports = new ArrayList<>();
        int size = Math.min(MOST, Math.max(targets.size(), publishes.size()));
        for (int i = 0; i < size; i++) {
            ports.add(PortConfig.newBuilder()
                    .setProtocol(protocol)
                    .setTargetPort(targets.size() == 1 ? targets.first : targets.first + i)
                    .setPublishedPort(publishes.first == 0 ? 0 : publishes.first + i)
                    .setPublishMode(PublishMode.PUBLISH_INGRESS)
                    .build());
        }
        return ports;
    }

    private static String address(String text, String whole) {
        String bare = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
        try {
            if (!bare.isEmpty()) {
                InetAddress.ofLiteral(bare);
            }
        } catch (IllegalArgumentException _) {
            throw new SyntaxFailure("invalid IP address: " + text + " in " + whole);
        }
        return bare;
    }

    public static PortProtocol protocol(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "", "tcp" -> PortProtocol.PROTOCOL_TCP;
            case "udp" -> PortProtocol.PROTOCOL_UDP;
            case "sctp" -> PortProtocol.PROTOCOL_SCTP;
            default -> throw new SyntaxFailure("invalid proto: " + text + " (tcp, udp or sctp)");
        };
    }

    public static String word(PortProtocol protocol) {
        return switch (protocol) {
            case PROTOCOL_TCP, UNRECOGNIZED -> "tcp";
            case PROTOCOL_UDP -> "udp";
            case PROTOCOL_SCTP -> "sctp";
        };
    }

    private record Range(int first, int last) {
        int size() {
            return last - first + 1;
        }

        static Range parse(String text, String what) {
            int dash = text.indexOf('-');
            int first = port(dash < 0 ? text : text.substring(0, dash), text, what);
            int last = dash < 0 ? first : port(text.substring(dash + 1), text, what);
            if (last < first) {
                throw new SyntaxFailure("invalid " + what + ": " + text + " ends before it begins");
            }
            return new Range(first, last);
        }

        private static int port(String number, String text, String what) {
            if (!number.matches("[0-9]{1,5}") || Integer.parseInt(number) > 65_535) {
                throw new SyntaxFailure("invalid " + what + ": " + text + " (a port is a number from 1 to 65535)");
            }
            return Integer.parseInt(number);
        }
    }
}
