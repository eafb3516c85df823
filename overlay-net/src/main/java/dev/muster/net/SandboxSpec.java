package dev.muster.net;

import dev.muster.api.NetworkAttachment;
import dev.muster.api.PortConfig;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The network that a container wants.
 *
 * @param id the task's id (or a container's); names the sandbox for ever
 * @param attachments in order: the first becomes eth0; each network must be in the programmed tables
 * @param hostPorts ports published on this node alone; published port 0: the node chooses
 * @param dnsServers asked instead of the host's for names that no network knows
 * @param dnsSearch empty: the host's search list
 * @param dnsOptions of resolv.conf; {@code ndots:0} is there unless given
 * @param egress whether it reaches the outside even without a network that is not internal (a container on no network)
 */
public record SandboxSpec(
        String id,
        String hostname,
        List<NetworkAttachment> attachments,
        List<PortConfig> hostPorts,
        List<String> dnsServers,
        List<String> dnsSearch,
        List<String> dnsOptions,
        boolean egress) {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");

    public SandboxSpec {
        Objects.requireNonNull(hostname, "hostname");
        attachments = List.copyOf(attachments);
        hostPorts = List.copyOf(hostPorts);
        dnsServers = List.copyOf(dnsServers);
        dnsSearch = List.copyOf(dnsSearch);
        dnsOptions = List.copyOf(dnsOptions);
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("sandbox id \"" + id + "\" must match " + ID);
        }
    }
}
