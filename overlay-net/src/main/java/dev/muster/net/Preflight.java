package dev.muster.net;

import static dev.muster.net.PreflightFinding.Severity.FATAL;
import static dev.muster.net.PreflightFinding.Severity.WARNING;

import dev.muster.net.dns.HostResolvers;
import dev.muster.net.lb.Nftables;
import dev.muster.net.lb.NftablesProbe;
import dev.muster.net.link.HostLinks;
import dev.muster.net.link.KernelException;
import dev.muster.net.link.LinkKind;
import dev.muster.net.link.NamespacePins;
import dev.muster.net.link.NetworkNamespace;
import dev.muster.net.link.Sysctl;
import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.Subnet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Looks for what the host lacks. Tries to load modules and to set what may be set before it complains. */
final class Preflight {
    private static final System.Logger LOG = System.getLogger(Preflight.class.getName());
    private static final int MODPROBE_SECONDS = 10;

    /** The least that IPv6, and most of the Internet, asks of a link (RFC 8200). */
    private static final int LEAST_MTU = 1280;

    private static final int VXLAN_OVERHEAD = 50;
    private static final String BRIDGE_SETTINGS = "bridge/bridge-nf-call-iptables";

    private final OverlayConfig config;
    private final List<PreflightFinding> findings = new ArrayList<>();

    private Preflight(OverlayConfig config) {
        this.config = config;
    }

    static List<PreflightFinding> of(OverlayConfig config) {
        var preflight = new Preflight(config);
        preflight.check();
        return List.copyOf(preflight.findings);
    }

    private void check() {
        try {
            NetworkNamespace.scratch(() -> true);
        } catch (KernelException e) {
            fatal(
                    "privileges",
                    "Network namespaces cannot be made: " + e.getMessage() + ".",
                    "Run musterd as root, with CAP_SYS_ADMIN and CAP_NET_ADMIN.");
            return;
        }
        links();
        translation();
        try (var host = config.hostNetns().map(NetworkNamespace::open).orElseGet(NetworkNamespace::ofThisProcess)) {
            forwarding(host);
            addresses(host);
            port(host);
            firewall(host);
        }
        if (new HostResolvers(config.resolvConf()).servers().isEmpty()) {
            warning(
                    "dns",
                    config.resolvConf() + " names no server: containers will not resolve outside names.",
                    "Add a nameserver line to it; it is read again when it changes.");
        }
    }

    private void links() {
        for (var kind : LinkKind.values()) {
            if (!available(kind.module(), () -> NetworkNamespace.scratch(kind::supported))) {
                fatal(
                        kind.module(),
                        "The kernel has no " + kind.module() + " links.",
                        "Load the module (modprobe " + kind.module() + "), or boot a kernel that has it.");
            }
        }
        if (!available(
                "br_netfilter",
                () -> NetworkNamespace.scratch(
                        () -> Sysctl.read(BRIDGE_SETTINGS).isPresent()))) {
            fatal(
                    "br_netfilter",
                    "Bridged packets do not pass nftables: virtual addresses cannot work.",
                    "Load the module (modprobe br_netfilter), and have it loaded at boot (/etc/modules-load.d).");
        }
    }

    private void translation() {
        var missing = Nftables.unavailable();
        if (missing.isPresent()) {
            fatal(
                    "nftables",
                    "libnftables cannot be loaded: " + missing.get() + ".",
                    "Install the package nftables (libnftables1).");
            return;
        }
        NetworkNamespace.scratch(NftablesProbe::problem)
                .ifPresent(problem -> fatal(
                        "nftables",
                        "The kernel refuses the overlay's tables: " + problem,
                        "Boot a kernel from 5.16 on with nftables, NAT, fib, numgen, masquerade, reject and netfilter"
                                + " egress (Debian 12's has them)."));
    }

    private void forwarding(NetworkNamespace host) {
        try {
            host.run(() -> Sysctl.write("ipv4/ip_forward", 1));
        } catch (UncheckedIOException e) {
            fatal(
                    "ip_forward",
                    "IPv4 forwarding is off and cannot be switched on: " + e.getMessage() + ".",
                    "Set net.ipv4.ip_forward=1 (sysctl -w, and in /etc/sysctl.d).");
        }
    }

    private void addresses(NetworkNamespace host) {
        try (var links = HostLinks.open(host, config.prefix())) {
            var mtu = links.mtuOf(Ipv4.parse(config.underlayAddress()));
            if (mtu.isEmpty()) {
                fatal(
                        "address",
                        "No link of this host has the data path address " + config.underlayAddress() + ".",
                        "Choose one that it has (--data-path-addr).");
            } else if (mtu.get() - VXLAN_OVERHEAD < LEAST_MTU) {
                warning(
                        "mtu",
                        "The data path's MTU is " + mtu.get() + ": overlay networks have "
                                + (mtu.get() - VXLAN_OVERHEAD) + ".",
                        "Raise it to 1500 where the network allows.");
            }
            links.routeInto(Subnet.parse(config.egressSubnet()))
                    .ifPresent(route -> fatal(
                            "egress",
                            "The egress subnet " + config.egressSubnet() + " overlaps this host's route to " + route
                                    + ".",
                            "Choose another egress subnet."));
        }
    }

    /** A port is ours if networks are here: their devices use it. */
    private void port(NetworkNamespace host) {
        boolean ours =
                !LocalNetwork.pinned(new NamespacePins(Overlay.pins(config))).isEmpty();
        if (!ours && !host.call(this::portIsFree)) {
            fatal(
                    "vxlan-port",
                    "UDP port " + config.vxlanPort() + " is in use on this host.",
                    "Stop what uses it (another overlay, such as Docker's?), or choose another data path port.");
        }
    }

    private boolean portIsFree() {
        try (var channel = DatagramChannel.open(StandardProtocolFamily.INET)) {
            channel.bind(new InetSocketAddress((InetAddress) null, config.vxlanPort()));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void firewall(NetworkNamespace host) {
        if (Nftables.unavailable().isPresent()) {
            return;
        }
        for (var chain : host.call(NftablesProbe::dropping)) {
            var where = chain.family() + " " + chain.table() + " " + chain.chain();
            if (chain.hook().equals("forward")) {
                warning(
                        "firewall",
                        "The chain " + where + " drops forwarded packets that it does not know.",
                        "Let it accept what comes from and goes to " + config.prefix() + "-egress and "
                                + config.prefix()
                                + "-ingress: nft insert rule " + where + " iifname { \"" + config.prefix()
                                + "-egress\", \"" + config.prefix()
                                + "-ingress\" } accept, and the same with oifname.");
            } else {
                warning(
                        "firewall",
                        "The chain " + where + " drops packets for this host that it does not know.",
                        "Let it accept UDP port " + config.vxlanPort() + " from the other hosts.");
            }
        }
        if (host.call(() -> legacyTables().contains("filter"))) {
            warning(
                    "firewall",
                    "iptables-legacy has a filter table, whose rules are not visible here.",
                    "Make sure that its FORWARD chain accepts what comes from and goes to " + config.prefix()
                            + "-egress and " + config.prefix() + "-ingress.");
        }
    }

    private static String legacyTables() {
        try {
            return Files.readString(Path.of("/proc/thread-self/net/ip_tables_names"));
        } catch (IOException e) {
            return "";
        }
    }

    private static boolean available(String module, BooleanSupplier test) {
        return test.getAsBoolean() || (load(module) && test.getAsBoolean());
    }

    private static boolean load(String module) {
        try {
            var process = new ProcessBuilder("modprobe", "-q", module)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (process.waitFor(MODPROBE_SECONDS, TimeUnit.SECONDS)) {
                return process.exitValue() == 0;
            }
            process.destroyForcibly();
            return false;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "modprobe " + module, e);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void fatal(String check, String problem, String remedy) {
        findings.add(new PreflightFinding(FATAL, check, problem, remedy));
    }

    private void warning(String check, String problem, String remedy) {
        findings.add(new PreflightFinding(WARNING, check, problem, remedy));
    }
}
