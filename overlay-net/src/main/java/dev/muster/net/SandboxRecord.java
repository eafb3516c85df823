package dev.muster.net;

import dev.muster.api.NetworkAttachment;
import dev.muster.api.PortConfig;
import dev.muster.api.PortProtocol;
import dev.muster.api.PublishMode;
import dev.muster.net.plan.Ipv4;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What must be remembered of a sandbox beyond what the kernel shows. Its text form is a line per fact: a word, then
 * URL-encoded values.
 *
 * @param egress its address on the egress bridge
 * @param hostPorts with published ports filled in
 * @param dnsUdpPort where its resolver listens
 */
record SandboxRecord(
        SandboxSpec spec, Optional<Ipv4> egress, List<PortConfig> hostPorts, int dnsUdpPort, int dnsTcpPort) {
    private static final String FORMAT = "muster-sandbox 1";

    SandboxRecord {
        hostPorts = List.copyOf(hostPorts);
    }

    SandboxRecord withDnsPorts(int udp, int tcp) {
        return new SandboxRecord(spec, egress, hostPorts, udp, tcp);
    }

    String encode() {
        var lines = new ArrayList<String>();
        lines.add(FORMAT);
        lines.add(line("id", spec.id()));
        lines.add(line("hostname", spec.hostname()));
        for (var attachment : spec.attachments()) {
            lines.add(line(
                    "attachment",
                    Stream.concat(
                                    Stream.of(attachment.getNetworkId(), attachment.getAddress()),
                                    attachment.getAliasesList().stream())
                            .toArray(String[]::new)));
        }
        spec.hostPorts().forEach(port -> lines.add(port("wanted-port", port)));
        hostPorts.forEach(port -> lines.add(port("port", port)));
        lines.add(line("dns-servers", spec.dnsServers().toArray(String[]::new)));
        lines.add(line("dns-search", spec.dnsSearch().toArray(String[]::new)));
        lines.add(line("dns-options", spec.dnsOptions().toArray(String[]::new)));
        lines.add(line("wants-egress", Boolean.toString(spec.egress())));
        egress.ifPresent(address -> lines.add(line("egress", address.toString())));
        lines.add(line("resolver", Integer.toString(dnsUdpPort), Integer.toString(dnsTcpPort)));
        return String.join("\n", lines) + "\n";
    }

    /**
     * @throws IllegalArgumentException if the text was not written by {@link #encode}
     */
    static SandboxRecord decode(String text) {
        var lines = Arrays.asList(text.split("\n"));
        if (!lines.getFirst().equals(FORMAT)) {
            throw new IllegalArgumentException("not a sandbox record of this version: " + lines.getFirst());
        }
        var resolver = single(lines, "resolver");
        var spec = new SandboxSpec(
                single(lines, "id").getFirst(),
                single(lines, "hostname").getFirst(),
                all(lines, "attachment").stream().map(SandboxRecord::attachment).toList(),
                all(lines, "wanted-port").stream().map(SandboxRecord::port).toList(),
                single(lines, "dns-servers"),
                single(lines, "dns-search"),
                single(lines, "dns-options"),
                Boolean.parseBoolean(single(lines, "wants-egress").getFirst()));
        return new SandboxRecord(
                spec,
                all(lines, "egress").stream().findFirst().map(values -> Ipv4.parse(values.getFirst())),
                all(lines, "port").stream().map(SandboxRecord::port).toList(),
                Integer.parseInt(resolver.get(0)),
                Integer.parseInt(resolver.get(1)));
    }

    private static NetworkAttachment attachment(List<String> values) {
        return NetworkAttachment.newBuilder()
                .setNetworkId(values.get(0))
                .setAddress(values.get(1))
                .addAllAliases(values.subList(2, values.size()))
                .build();
    }

    private static String port(String word, PortConfig port) {
        return line(
                word,
                port.getName(),
                port.getProtocol().name(),
                Integer.toString(port.getTargetPort()),
                Integer.toString(port.getPublishedPort()),
                port.getPublishMode().name());
    }

    private static PortConfig port(List<String> values) {
        return PortConfig.newBuilder()
                .setName(values.get(0))
                .setProtocol(PortProtocol.valueOf(values.get(1)))
                .setTargetPort(Integer.parseInt(values.get(2)))
                .setPublishedPort(Integer.parseInt(values.get(3)))
                .setPublishMode(PublishMode.valueOf(values.get(4)))
                .build();
    }

    private static String line(String word, String... values) {
        var line = new StringBuilder(word);
        for (var value : values) {
            line.append(' ').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        }
        return line.toString();
    }

    private static List<String> single(List<String> lines, String word) {
        var found = all(lines, word);
        if (found.size() != 1) {
            throw new IllegalArgumentException("sandbox record has " + found.size() + " lines \"" + word + "\"");
        }
        return found.getFirst();
    }

    private static List<List<String>> all(List<String> lines, String word) {
        return lines.stream()
                .filter(line -> line.equals(word) || line.startsWith(word + " "))
                .map(line -> Arrays.stream(line.split(" ", -1))
                        .skip(1)
                        .map(value -> URLDecoder.decode(value, StandardCharsets.UTF_8))
                        .toList())
                .toList();
    }
}
