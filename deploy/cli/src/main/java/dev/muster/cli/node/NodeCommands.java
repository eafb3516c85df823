package dev.muster.cli.node;

import dev.muster.api.Filter;
import dev.muster.api.ListNodesRequest;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.Node;
import dev.muster.api.NodeSpec;
import dev.muster.api.RemoveNodeRequest;
import dev.muster.api.RemoveNodeResponse;
import dev.muster.api.UpdateNodeRequest;
import dev.muster.api.UpdateNodeResponse;
import dev.muster.cli.command.Command;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.CommandGroup;
import dev.muster.cli.command.EachOf;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Filters;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.output.Inspection;
import dev.muster.cli.output.Listing;
import dev.muster.cli.output.NaturalOrder;
import dev.muster.cli.output.Row;
import dev.muster.cli.output.Words;
import dev.muster.cli.task.TaskTable;
import dev.muster.cli.transport.DaemonFailure;
import dev.muster.cli.value.Pairs;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The commands of {@code muster node}. */
public final class NodeCommands {

    private static final Listing LISTING = Listing.columns(
                    "ID", "ID",
                    "Hostname", "HOSTNAME",
                    "Status", "STATUS",
                    "Availability", "AVAILABILITY",
                    "ManagerStatus", "MANAGER STATUS",
                    "EngineVersion", "ENGINE VERSION")
            .also("Self", "", "TLSStatus", "TLS STATUS");

    /** The node that answers has a star. */
    private static final String TABLE = "table {{.ID}} {{if .Self}}*{{else}} {{end}}\t{{.Hostname}}\t{{.Status}}"
            + "\t{{.Availability}}\t{{.ManagerStatus}}\t{{.EngineVersion}}";

    private NodeCommands() {}

    public static CommandGroup group() {
        return new CommandGroup(
                "node",
                "Manage nodes",
                List.of(
                        Command.of(
                                        "demote",
                                        "NODE [NODE...]",
                                        "Make managers workers",
                                        Flags::none,
                                        RoleCommands::demote)
                                .arguments(1, Command.ANY),
                        Command.of(
                                        "inspect",
                                        "[OPTIONS] self|NODE [NODE...]",
                                        "Show nodes in full",
                                        NodeCommands::inspectFlags,
                                        NodeCommands::inspect)
                                .arguments(1, Command.ANY),
                        Command.of("ls", "[OPTIONS]", "List nodes", NodeCommands::listFlags, NodeCommands::list)
                                .alias("list"),
                        Command.of(
                                        "promote",
                                        "NODE [NODE...]",
                                        "Make workers managers",
                                        Flags::none,
                                        RoleCommands::promote)
                                .arguments(1, Command.ANY),
                        Command.of(
                                        "ps",
                                        "[OPTIONS] [NODE...]",
                                        "List the tasks on nodes, on this one by default",
                                        TaskTable::flags,
                                        NodeCommands::tasks)
                                .arguments(0, Command.ANY),
                        Command.of(
                                        "rm",
                                        "[OPTIONS] NODE [NODE...]",
                                        "Remove nodes from the cluster",
                                        NodeCommands::removeFlags,
                                        NodeCommands::remove)
                                .alias("remove")
                                .arguments(1, Command.ANY),
                        Command.of(
                                        "update",
                                        "[OPTIONS] NODE",
                                        "Change a node",
                                        NodeCommands::updateFlags,
                                        NodeCommands::update)
                                .arguments(1, 1)));
    }

    private static Flags listFlags() {
        return new Flags().filter().format().quiet("Show ids only");
    }

    private static int list(Invocation invocation) {
        var request = ListNodesRequest.newBuilder()
                .addAllFilters(Filters.of(invocation.arguments().list("filter")))
                .build();
        List<Node> nodes =
                invocation.daemon().control("ListNodes", request, ListNodesResponse.parser()).getNodesList().stream()
                        .sorted(Comparator.comparing(
                                node -> node.getDescription().getHostname(), NaturalOrder.INSTANCE))
                        .toList();
        if (invocation.is("quiet") && !invocation.arguments().has("format")) {
            nodes.forEach(node -> invocation.print(node.getId()));
            return 0;
        }
        String self = NodeNames.self(invocation).getNodeId();
        String format = invocation.text("format");
        LISTING.print(
                invocation.console(),
                format.isEmpty() || format.equals("table") ? TABLE : format,
                nodes.stream().map(node -> row(node, self)).toList());
        return 0;
    }

    private static Row row(Node node, String self) {
        boolean isSelf = node.getId().equals(self);
        String reachability = "";
        if (node.hasManagerStatus()) {
            var status = node.getManagerStatus();
            reachability = status.getLeader() ? "Leader" : Words.reachability(status.getReachability());
        }
        return Row.of(
                        "ID", node.getId(),
                        "Self", isSelf,
                        "Hostname", node.getDescription().getHostname(),
                        "Status", Words.state(node.getStatus().getState()),
                        "Availability", Words.availability(node.getSpec().getAvailability()),
                        "ManagerStatus", reachability,
                        "TLSStatus", node.getDescription().getTrustRootPem().isEmpty() ? "Unknown" : "Ready",
                        "EngineVersion", node.getDescription().getEngineVersion())
                .withLabels(node.getSpec().getAnnotations().getLabelsMap());
    }

    private static Flags inspectFlags() {
        return new Flags().formatWithShorthand().bool("pretty", "Print for people");
    }

    private static int inspect(Invocation invocation) {
        if (!invocation.is("pretty")) {
            return Inspection.print(
                    invocation,
                    invocation.text("format"),
                    invocation.arguments().rest(),
                    name -> invocation
                            .daemon()
                            .json("/nodes/" + NodeNames.get(invocation, name).getId()));
        }
        if (invocation.arguments().has("format")) {
            throw invocation.failure("--format is incompatible with human friendly format");
        }
        return EachOf.run(invocation.arguments().rest(), name -> {
            Node node = NodeNames.get(invocation, name);
            invocation.console().out().print(NodePretty.render(node));
        });
    }

    private static int tasks(Invocation invocation) {
        List<String> names = invocation.arguments().rest();
        List<String> ids = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (String name : names.isEmpty() ? List.of("self") : names) {
            try {
                ids.add(NodeNames.get(invocation, name).getId());
            } catch (DaemonFailure failure) {
                problems.add(failure.getMessage());
            }
        }
        if (!ids.isEmpty()) {
            List<Filter> filters =
                    new ArrayList<>(Filters.of(invocation.arguments().list("filter")));
            filters.add(Filters.filter("node", ids));
            TaskTable.print(invocation, TaskTable.fetch(invocation, filters), _ -> true, "");
        }
        if (!problems.isEmpty()) {
            throw new CommandFailure(String.join("\n", problems));
        }
        return 0;
    }

    private static Flags removeFlags() {
        return new Flags().bool("force", 'f', "Remove a node that is not down");
    }

    private static int remove(Invocation invocation) {
        return EachOf.run(invocation.arguments().rest(), name -> {
            var request = RemoveNodeRequest.newBuilder()
                    .setId(name)
                    .setForce(invocation.is("force"))
                    .build();
            invocation.daemon().control("RemoveNode", request, RemoveNodeResponse.parser());
            invocation.print(name);
        });
    }

    private static Flags updateFlags() {
        return new Flags()
                .text("availability", "active, pause or drain")
                .list("label-add", "Add or update labels: KEY=VALUE")
                .list("label-rm", "Remove labels")
                .text("role", "worker or manager");
    }

    private static int update(Invocation invocation) {
        String name = invocation.arguments().first();
        Node node = NodeNames.get(invocation, name);
        NodeSpec.Builder spec = node.getSpec().toBuilder();
        invocation
                .arguments()
                .find("availability")
                .ifPresent(word -> spec.setAvailability(
                        switch (word.toLowerCase(Locale.ROOT)) {
                            case "active" -> dev.muster.api.Availability.AVAILABILITY_ACTIVE;
                            case "pause" -> dev.muster.api.Availability.AVAILABILITY_PAUSE;
                            case "drain" -> dev.muster.api.Availability.AVAILABILITY_DRAIN;
                            default ->
                                throw new CommandFailure("invalid availability \"" + word
                                        + "\", only active, pause and drain are supported");
                        }));
        invocation.arguments().find("role").ifPresent(word -> spec.setRole(RoleCommands.role(word)));
        spec.getAnnotationsBuilder()
                .putAllLabels(Pairs.map(invocation.arguments().list("label-add")));
        for (String key : invocation.arguments().list("label-rm")) {
            if (!spec.getAnnotations().containsLabels(key)) {
                throw new CommandFailure("key " + key + " doesn't exist in node's labels");
            }
            spec.getAnnotationsBuilder().removeLabels(key);
        }
        var request = UpdateNodeRequest.newBuilder()
                .setId(node.getId())
                .setVersion(node.getMeta().getVersion())
                .setSpec(spec)
                .build();
        invocation.daemon().control("UpdateNode", request, UpdateNodeResponse.parser());
        invocation.print(name);
        return 0;
    }
}
