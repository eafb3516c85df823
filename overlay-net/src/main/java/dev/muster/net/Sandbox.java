package dev.muster.net;

import dev.muster.api.PortConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A container's network as it stands.
 *
 * @param netns path of the pinned network namespace, for the OCI spec
 * @param resolvConf lines of the container's /etc/resolv.conf
 * @param hosts lines of the container's /etc/hosts: localhost, and its own host name by each address
 * @param egressAddress its node-local address, if it reaches the outside
 * @param hostPorts the host-mode ports with the published port filled in
 */
public record Sandbox(
        String id,
        Path netns,
        List<String> resolvConf,
        List<String> hosts,
        Optional<String> egressAddress,
        List<PortConfig> hostPorts) {
    public Sandbox {
        resolvConf = List.copyOf(resolvConf);
        hosts = List.copyOf(hosts);
        hostPorts = List.copyOf(hostPorts);
    }
}
