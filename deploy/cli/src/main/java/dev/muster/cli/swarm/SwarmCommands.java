package dev.muster.cli.swarm;

import dev.muster.api.Availability;
import dev.muster.api.GetClusterRequest;
import dev.muster.api.GetClusterResponse;
import dev.muster.api.JoinRequest;
import dev.muster.api.JoinResponse;
import dev.muster.api.LeaveRequest;
import dev.muster.api.LeaveResponse;
import dev.muster.api.NodeRole;
import dev.muster.api.UpdateClusterRequest;
import dev.muster.api.UpdateClusterResponse;
import dev.muster.cli.command.Command;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.CommandGroup;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.node.NodeNames;
import dev.muster.cli.transport.DaemonFailure;
import java.util.List;
import java.util.Locale;

/** The commands of {@code muster swarm}. */
public final class SwarmCommands {

    private static final char NONE = 0;

    private SwarmCommands() {}

    public static CommandGroup group() {
        return new CommandGroup(
                "swarm",
                "Manage the cluster",
                List.of(
                        Command.of(
                                "ca",
                                "[OPTIONS]",
                                "Show and rotate the root certificate",
                                SwarmCa::flags,
                                SwarmCa::run),
                        Command.of(
                                        "backup",
                                        "[OPTIONS] FILE|-",
                                        "Write all of the cluster to a file",
                                        SwarmBackup::backupFlags,
                                        SwarmBackup::backup)
                                .arguments(1, 1),
                        Command.of("init", "[OPTIONS]", "Start a cluster", SwarmInit::flags, SwarmInit::run),
                        Command.of(
                                        "join",
                                        "[OPTIONS] HOST:PORT",
                                        "Join a cluster",
                                        SwarmCommands::joinFlags,
                                        SwarmCommands::join)
                                .arguments(1, 1),
                        Command.of(
                                        "join-token",
                                        "[OPTIONS] (worker|manager)",
                                        "Show and rotate join tokens",
                                        SwarmCommands::tokenFlags,
                                        SwarmCommands::joinToken)
                                .arguments(1, 1),
                        Command.of(
                                "leave",
                                "[OPTIONS]",
                                "Leave the cluster",
                                SwarmCommands::leaveFlags,
                                SwarmCommands::leave),
                        Command.of(
                                        "restore",
                                        "[OPTIONS] FILE",
                                        "Begin the cluster in a backup anew, on this node",
                                        SwarmBackup::restoreFlags,
                                        SwarmBackup::restore)
                                .arguments(1, 1),
                        Command.of("unlock", "", "Unlock this manager", Flags::none, SwarmLock::unlock),
                        Command.of(
                                "unlock-key",
                                "[OPTIONS]",
                                "Show and rotate the unlock key",
                                SwarmLock::keyFlags,
                                SwarmLock::key),
                        Command.of(
                                "update",
                                "[OPTIONS]",
                                "Change the cluster's settings",
                                SwarmUpdate::flags,
                                SwarmUpdate::run)));
    }

    private static Flags joinFlags() {
        return new Flags()
                .text("advertise-addr", "Address for other nodes: IP or interface, :PORT")
                .text("availability", NONE, "string", "active", "active, pause or drain")
                .text("data-path-addr", "Address for the containers' traffic: IP or interface")
                .text("listen-addr", NONE, "node-addr", "0.0.0.0:2377", "Address to listen on")
                .text("token", "Token that lets the node in");
    }

    static Availability availability(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "active" -> Availability.AVAILABILITY_ACTIVE;
            case "pause" -> Availability.AVAILABILITY_PAUSE;
            case "drain" -> Availability.AVAILABILITY_DRAIN;
            default ->
                throw new CommandFailure(
                        "invalid availability \"" + word + "\", only active, pause and drain are supported");
        };
    }

    private static int join(Invocation invocation) {
        JoinRequest request = JoinRequest.newBuilder()
                .setListenAddress(invocation.text("listen-addr"))
                .setAdvertiseAddress(invocation.text("advertise-addr"))
                .setDataPathAddress(invocation.text("data-path-addr"))
                .addRemoteAddresses(invocation.arguments().first())
                .setToken(invocation.text("token"))
                .setAvailability(availability(invocation.text("availability")))
                .build();
        JoinResponse response = invocation.daemon().node("Join", request, JoinResponse.parser());
        String role = response.getRole() == NodeRole.ROLE_MANAGER ? "manager" : "worker";
        invocation.print("This node joined a swarm as a " + role + ".");
        return 0;
    }

    private static Flags leaveFlags() {
        return new Flags().bool("force", 'f', "Leave even as a manager, and whatever that costs");
    }

    private static int leave(Invocation invocation) {
        var request = LeaveRequest.newBuilder().setForce(invocation.is("force")).build();
        invocation.daemon().node("Leave", request, LeaveResponse.parser());
        invocation.print("Node left the swarm.");
        return 0;
    }

    private static Flags tokenFlags() {
        return new Flags().quiet("Show the token only").bool("rotate", "Make a new token; the old one lets nobody in");
    }

    private static int joinToken(Invocation invocation) {
        String role = invocation.arguments().first();
        boolean worker = role.equals("worker");
        if (!worker && !role.equals("manager")) {
            throw new CommandFailure("unknown role " + role);
        }
        GetClusterResponse cluster = cluster(invocation);
        if (invocation.is("rotate")) {
            var request = UpdateClusterRequest.newBuilder()
                    .setVersion(cluster.getCluster().getMeta().getVersion())
                    .setRotateWorkerToken(worker)
                    .setRotateManagerToken(!worker)
                    .build();
            invocation.daemon().control("UpdateCluster", request, UpdateClusterResponse.parser());
            cluster = cluster(invocation);
            if (!invocation.is("quiet")) {
                invocation.print("Successfully rotated " + role + " join token.\n");
            }
        }
        String token = worker ? cluster.getWorkerToken() : cluster.getManagerToken();
        if (invocation.is("quiet")) {
            invocation.print(token);
            return 0;
        }
        invocation.print(joinText(role, token, managerAddress(invocation)) + "\n");
        return 0;
    }

    static GetClusterResponse cluster(Invocation invocation) {
        var request = GetClusterRequest.getDefaultInstance();
        return invocation.daemon().control("GetCluster", request, GetClusterResponse.parser());
    }

    /** This manager's own address, as others reach it. */
    static String managerAddress(Invocation invocation) {
        try {
            return NodeNames.get(invocation, "self").getManagerStatus().getAddress();
        } catch (DaemonFailure failure) {
            throw new CommandFailure(failure.getMessage());
        }
    }

    static String joinText(String role, String token, String address) {
        return "To add a " + role + " to this swarm, run the following command:\n\n    muster swarm join --token "
                + token + " " + address;
    }
}
