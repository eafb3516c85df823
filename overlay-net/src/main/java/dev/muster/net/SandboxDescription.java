package dev.muster.net;

import dev.muster.api.NetworkAttachment;
import dev.muster.net.dns.ResolvConf;
import dev.muster.net.dns.ResolverSockets;
import dev.muster.net.dns.SandboxView;
import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.Subnet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;

/** What a sandbox's record means to others: to the container, whose files it fills, and to the resolver. Pure. */
final class SandboxDescription {
    private SandboxDescription() {}

    /** @param host the host's resolver configuration, for what the container does not choose itself */
    static Sandbox sandbox(SandboxRecord record, Path netns, ResolvConf host) {
        return new Sandbox(
                record.spec().id(),
                netns,
                resolvConf(record.spec(), host),
                hosts(record.spec()),
                record.egress().map(Ipv4::toString),
                record.hostPorts());
    }

    /**
     * What the resolver shows it.
     *
     * @throws IllegalArgumentException if it names a server that is no IP address
     */
    static SandboxView view(SandboxRecord record, Path netns) {
        var aliases = new HashMap<String, List<Ipv4>>();
        for (var attachment : record.spec().attachments()) {
            var address = Subnet.parse(attachment.getAddress()).address();
            for (var alias : attachment.getAliasesList()) {
                aliases.put(alias.toLowerCase(Locale.ROOT), List.of(address));
            }
        }
        return new SandboxView(
                netns,
                record.spec().attachments().stream()
                        .map(NetworkAttachment::getNetworkId)
                        .toList(),
                aliases,
                record.egress().isPresent(),
                record.spec().dnsServers().stream().map(ResolvConf::server).toList());
    }

    private static List<String> resolvConf(SandboxSpec spec, ResolvConf host) {
        var lines = new ArrayList<String>();
        lines.add("nameserver " + ResolverSockets.ADDRESS.getHostAddress());
        var search = spec.dnsSearch().isEmpty() ? host.search() : spec.dnsSearch();
        // "." is Docker's way to ask for no search list at all.
        if (!search.isEmpty() && !search.equals(List.of("."))) {
            lines.add("search " + String.join(" ", search));
        }
        var options = new ArrayList<>(spec.dnsOptions().isEmpty() ? host.options() : spec.dnsOptions());
        if (options.stream().noneMatch(option -> option.startsWith("ndots:"))) {
            options.add("ndots:0");
        }
        lines.add("options " + String.join(" ", options));
        return lines;
    }

    private static List<String> hosts(SandboxSpec spec) {
        var lines = new ArrayList<>(List.of("127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback"));
        for (var attachment : spec.attachments()) {
            lines.add(Subnet.parse(attachment.getAddress()).address() + "\t" + spec.hostname());
        }
        return lines;
    }
}
