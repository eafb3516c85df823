package dev.muster.cli.swarm;

import dev.muster.api.ClusterSpec;
import dev.muster.api.InitRequest;
import dev.muster.api.InitResponse;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Arguments;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.transport.DaemonFailure;
import dev.muster.stack.grammar.SyntaxFailure;
import java.net.InetAddress;
import java.util.List;

/** {@code swarm init}. */
final class SwarmInit {

    private static final char NONE = 0;

    /** What the daemon says when it cannot choose an address by itself. */
    private static final List<String> AMBIGUOUS =
            List.of("could not choose an IP address to advertise", "could not find the system's IP address");

    private static final String SEVERAL = "has more than one";

    private SwarmInit() {}

    static Flags flags() {
        return ClusterFlags.addTo(ExternalCaFlag.addTo(new Flags()
                .text("advertise-addr", "Address for other nodes: IP or interface, :PORT")
                .bool("autolock", "Lock managers: a restarted one needs a key that is on no disk")
                .text("availability", NONE, "string", "active", "active, pause or drain")
                .text("data-path-addr", "Address for the containers' traffic: IP or interface")
                .count("data-path-port", "0", "UDP port for the containers' traffic (1024 to 49151; 0: 4789)")
                .list("default-addr-pool", NONE, "ipNetSlice", "Address pools for networks: CIDR", SwarmInit::checkCidr)
                .count("default-addr-pool-mask-length", "24", "Prefix length of networks from the pools")
                .bool("force-new-cluster", "Go on with this manager alone, and all that it knows")
                .text("listen-addr", NONE, "node-addr", "0.0.0.0:2377", "Address to listen on")));
    }

    private static void checkCidr(String text) {
        int slash = text.indexOf('/');
        try {
            if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,3}")) {
                throw new IllegalArgumentException(text);
            }
            InetAddress address = InetAddress.ofLiteral(text.substring(0, slash));
            int bits = Integer.parseInt(text.substring(slash + 1));
            if (bits > address.getAddress().length * 8) {
                throw new IllegalArgumentException(text);
            }
        } catch (IllegalArgumentException _) {
            throw new SyntaxFailure("invalid CIDR address: " + text);
        }
    }

    /** A cluster that goes on keeps what it was made with. */
    private static void refuseWhatStays(Arguments flags) {
        for (String flag : List.of(
                "autolock",
                "availability",
                "data-path-port",
                "default-addr-pool",
                "default-addr-pool-mask-length",
                "external-ca")) {
            if (flags.has(flag)) {
                throw new CommandFailure("--" + flag + " cannot be given with --force-new-cluster: the cluster goes on"
                        + " with what it has");
            }
        }
    }

    static int run(Invocation invocation) {
        Arguments flags = invocation.arguments();
        long port = flags.number("data-path-port");
        if (port != 0 && (port < 1024 || port > 49_151)) {
            throw new CommandFailure("--data-path-port " + port + ": expected a number from 1024 to 49151");
        }
        boolean force = flags.is("force-new-cluster");
        if (force) {
            refuseWhatStays(flags);
        }
        InitRequest request = InitRequest.newBuilder()
                .setForceNewCluster(force)
                .setListenAddress(force && !flags.has("listen-addr") ? "" : flags.text("listen-addr"))
                .setAdvertiseAddress(flags.text("advertise-addr"))
                .setDataPathAddress(flags.text("data-path-addr"))
                .setDataPathPort((int) port)
                .setAvailability(SwarmCommands.availability(flags.text("availability")))
                .setAutolock(flags.is("autolock"))
                .setSpec(spec(flags))
                .addAllDefaultAddressPools(flags.list("default-addr-pool"))
                .setSubnetSize((int) flags.number("default-addr-pool-mask-length"))
                .build();
        InitResponse response;
        try {
            response = invocation.daemon().node("Init", request, InitResponse.parser());
        } catch (DaemonFailure failure) {
            boolean ambiguous = AMBIGUOUS.stream().anyMatch(failure.words()::contains)
                    || failure.words().contains(SEVERAL)
                    || failure.words().contains("multiple addresses");
            boolean says = failure.words().contains("--advertise-addr");
            throw new CommandFailure(
                    failure.getMessage() + (ambiguous && !says ? " - specify one with --advertise-addr" : ""));
        }
        invocation.print("Swarm initialized: current node (" + response.getNodeId() + ") is now a manager.\n");
        String token = SwarmCommands.cluster(invocation).getWorkerToken();
        invocation.print(SwarmCommands.joinText("worker", token, SwarmCommands.managerAddress(invocation)) + "\n");
        invocation.print(
                "To add a manager to this swarm, run 'muster swarm join-token manager' and follow the instructions.\n");
        if (flags.is("autolock")) {
            SwarmLock.show(invocation);
        }
        return 0;
    }

    private static ClusterSpec spec(Arguments flags) {
        ClusterSpec.Builder spec = ClusterSpec.newBuilder();
        ClusterFlags.apply(flags, spec);
        ExternalCaFlag.apply(flags, spec, "");
        return spec.build();
    }
}
