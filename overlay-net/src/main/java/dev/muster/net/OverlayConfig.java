package dev.muster.net;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where one node's overlay lives and what it may use.
 *
 * @param stateDir what must survive a restart of the daemon and a reboot: one small file per sandbox; created 0700
 * @param runDir where network namespaces are pinned, on a file system that a reboot empties (below {@code /run});
 *     created 0700 and made a shared mount of its own, as pins must be
 * @param prefix starts the name of every link in the host's namespace ({@code mu-egress}) and ends the name of every
 *     nftables table ({@code muster-mu}): two nodes in one network namespace need different ones
 * @param underlayAddress this node's IPv4 address that VXLAN peers send to
 * @param vxlanPort the cluster's data path port, UDP
 * @param egressSubnet the node-local subnet through which containers reach the outside; must not overlap a route of
 *     the host
 * @param resolvConf the host's resolver configuration, read anew when it changes; names that no network knows go to
 *     its servers
 * @param hostNetns the host's network namespace; absent: the one of this process
 */
public record OverlayConfig(
        Path stateDir,
        Path runDir,
        String prefix,
        String underlayAddress,
        int vxlanPort,
        String egressSubnet,
        Path resolvConf,
        Optional<Path> hostNetns) {
    /** Link names have at most 15 characters; ours append up to 11. */
    private static final Pattern PREFIX = Pattern.compile("[a-z][a-z0-9]{0,3}");

    public static final String DEFAULT_PREFIX = "mu";
    public static final String DEFAULT_EGRESS_SUBNET = "172.18.0.0/16";
    public static final int DEFAULT_VXLAN_PORT = 4789;
    public static final Path DEFAULT_RESOLV_CONF = Path.of("/etc/resolv.conf");

    public OverlayConfig {
        Objects.requireNonNull(resolvConf, "resolvConf");
        Objects.requireNonNull(hostNetns, "hostNetns");
        if (!stateDir.isAbsolute() || !runDir.isAbsolute()) {
            throw new IllegalArgumentException("state and run directory must be absolute: " + stateDir + ", " + runDir);
        }
        if (!PREFIX.matcher(prefix).matches()) {
            throw new IllegalArgumentException(
                    "prefix \"" + prefix + "\" must be 1 to 4 lower-case letters and digits, starting with a letter");
        }
        if (vxlanPort < 1024 || vxlanPort > 49151) {
            throw new IllegalArgumentException("data path port " + vxlanPort + " must be within 1024-49151");
        }
    }

    /** A node that is alone in its network namespace, with the defaults for everything else. */
    public static OverlayConfig standard(Path stateDir, Path runDir, String underlayAddress) {
        return new OverlayConfig(
                stateDir,
                runDir,
                DEFAULT_PREFIX,
                underlayAddress,
                DEFAULT_VXLAN_PORT,
                DEFAULT_EGRESS_SUBNET,
                DEFAULT_RESOLV_CONF,
                Optional.empty());
    }

    public OverlayConfig withVxlanPort(int port) {
        return new OverlayConfig(stateDir, runDir, prefix, underlayAddress, port, egressSubnet, resolvConf, hostNetns);
    }

    public OverlayConfig withEgressSubnet(String subnet) {
        return new OverlayConfig(stateDir, runDir, prefix, underlayAddress, vxlanPort, subnet, resolvConf, hostNetns);
    }
}
