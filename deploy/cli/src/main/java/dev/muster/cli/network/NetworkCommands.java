package dev.muster.cli.network;

import dev.muster.api.Annotations;
import dev.muster.api.CreateNetworkRequest;
import dev.muster.api.CreateNetworkResponse;
import dev.muster.api.Driver;
import dev.muster.api.GetNetworkRequest;
import dev.muster.api.GetNetworkResponse;
import dev.muster.api.ListNetworksRequest;
import dev.muster.api.ListNetworksResponse;
import dev.muster.api.Network;
import dev.muster.api.NetworkSpec;
import dev.muster.api.RemoveNetworkRequest;
import dev.muster.api.RemoveNetworkResponse;
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
import dev.muster.cli.output.RelativeTime;
import dev.muster.cli.output.Row;
import dev.muster.cli.output.Words;
import dev.muster.cli.transport.DaemonFailure;
import dev.muster.cli.value.Pairs;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The commands of {@code muster network}. */
public final class NetworkCommands {

    private static final char NONE = 0;

    private static final Listing LISTING =
            Listing.columns("ID", "NETWORK ID", "Name", "NAME", "Driver", "DRIVER", "Scope", "SCOPE");

    private NetworkCommands() {}

    public static CommandGroup group() {
        return new CommandGroup(
                "network",
                "Manage networks",
                List.of(
                        Command.notYet(
                                "connect",
                                "[OPTIONS] NETWORK CONTAINER",
                                "Attach a container (not supported yet)",
                                LaterFlags::connect),
                        Command.of(
                                        "create",
                                        "[OPTIONS] NETWORK",
                                        "Create a network",
                                        NetworkCommands::createFlags,
                                        NetworkCommands::create)
                                .arguments(1, 1),
                        Command.notYet(
                                "disconnect",
                                "[OPTIONS] NETWORK CONTAINER",
                                "Detach a container (not supported yet)",
                                LaterFlags::force),
                        Command.of(
                                        "inspect",
                                        "[OPTIONS] NETWORK [NETWORK...]",
                                        "Show networks in full",
                                        NetworkCommands::inspectFlags,
                                        NetworkCommands::inspect)
                                .arguments(1, Command.ANY),
                        Command.of(
                                        "ls",
                                        "[OPTIONS]",
                                        "List networks",
                                        NetworkCommands::listFlags,
                                        NetworkCommands::list)
                                .alias("list"),
                        Command.notYet(
                                "prune", "[OPTIONS]", "Remove unused networks (not supported yet)", LaterFlags::prune),
                        Command.of(
                                        "rm",
                                        "[OPTIONS] NETWORK [NETWORK...]",
                                        "Remove networks",
                                        NetworkCommands::removeFlags,
                                        NetworkCommands::remove)
                                .alias("remove")
                                .arguments(1, Command.ANY)));
    }

    private static Flags createFlags() {
        return new Flags()
                .bool("attachable", "Containers outside of services may be attached")
                .list("aux-address", NONE, "map", "Addresses that are taken: NAME=IP", _ -> {})
                .text("config-from", "Network to copy the configuration from")
                .notYet()
                .bool("config-only", "Create a configuration only")
                .notYet()
                .text("driver", 'd', "string", "bridge", "Driver: overlay reaches all nodes")
                .list("gateway", NONE, "strings", "Gateway of a subnet", _ -> {})
                .bool("ingress", "Create the routing mesh's network")
                .bool("internal", "No way out of the network")
                .list("ip-range", NONE, "strings", "Part of a subnet that addresses are given from", _ -> {})
                .text("ipam-driver", NONE, "string", "default", "Driver that gives addresses")
                .list("ipam-opt", NONE, "map", "Options of that driver", _ -> {})
                .boolTrue("ipv4", NONE, "IPv4 addresses")
                .bool("ipv6", "IPv6 addresses")
                .list("label", "Labels")
                .list("opt", 'o', "map", "Options of the driver", _ -> {})
                .text("scope", "Scope of the network")
                .list("subnet", NONE, "strings", "Subnet: CIDR", _ -> {});
    }

    private static int create(Invocation invocation) {
        var flags = invocation.arguments();
        if (!flags.is("ipv4")) {
            throw new CommandFailure("--ipv4=false is not supported yet");
        }
        NetworkSpec.Builder spec = NetworkSpec.newBuilder()
                .setAnnotations(
                        Annotations.newBuilder().setName(flags.first()).putAllLabels(Pairs.map(flags.list("label"))))
                .setDriver(
                        Driver.newBuilder().setName(flags.text("driver")).putAllOptions(Pairs.map(flags.list("opt"))))
                .setIpv6(flags.is("ipv6"))
                .setInternal(flags.is("internal"))
                .setAttachable(flags.is("attachable"))
                .setIngress(flags.is("ingress"))
                .setScope(flags.text("scope"));
        IpamFlags.of(flags).ifPresent(spec::setIpam);
        var request = CreateNetworkRequest.newBuilder().setSpec(spec).build();
        var response = invocation.daemon().control("CreateNetwork", request, CreateNetworkResponse.parser());
        invocation.print(response.getNetwork().getId());
        return 0;
    }

    private static Flags listFlags() {
        return new Flags()
                .filter()
                .format()
                .bool("no-trunc", "Show ids in full")
                .quiet("Show ids only");
    }

    private static int list(Invocation invocation) {
        var request = ListNetworksRequest.newBuilder()
                .addAllFilters(Filters.of(invocation.arguments().list("filter")))
                .build();
        List<Network> networks =
                invocation
                        .daemon()
                        .control("ListNetworks", request, ListNetworksResponse.parser())
                        .getNetworksList()
                        .stream()
                        .sorted(Comparator.comparing(
                                network -> network.getSpec().getAnnotations().getName(), NaturalOrder.INSTANCE))
                        .toList();
        boolean whole = invocation.is("no-trunc");
        if (invocation.is("quiet") && !invocation.arguments().has("format")) {
            networks.forEach(network -> invocation.print(whole ? network.getId() : Words.shortId(network.getId())));
            return 0;
        }
        LISTING.print(
                invocation.console(),
                invocation.text("format"),
                networks.stream().map(network -> row(network, whole)).toList());
        return 0;
    }

    private static Row row(Network network, boolean whole) {
        NetworkSpec spec = network.getSpec();
        Map<String, String> labels = spec.getAnnotations().getLabelsMap();
        var created = network.getMeta().getCreatedAt();
        return Row.of(
                        "ID", whole ? network.getId() : Words.shortId(network.getId()),
                        "Name", spec.getAnnotations().getName(),
                        "Driver",
                                spec.getDriver().getName().isEmpty()
                                        ? "overlay"
                                        : spec.getDriver().getName(),
                        "Scope", spec.getScope().isEmpty() ? "swarm" : spec.getScope(),
                        "IPv4", "true",
                        "IPv6", Boolean.toString(spec.getIpv6()),
                        "Internal", Boolean.toString(spec.getInternal()),
                        "Labels",
                                new TreeMap<>(labels)
                                        .entrySet().stream()
                                                .map(label -> label.getKey() + "=" + label.getValue())
                                                .collect(Collectors.joining(",")),
                        "CreatedAt", RelativeTime.stamp(created))
                .withLabels(labels);
    }

    private static Flags inspectFlags() {
        return new Flags().formatWithShorthand().bool("verbose", 'v', "Show services and peers too");
    }

    private static int inspect(Invocation invocation) {
        String query = invocation.is("verbose") ? "?verbose=true" : "";
        return Inspection.print(
                invocation,
                invocation.text("format"),
                invocation.arguments().rest(),
                name -> invocation
                        .daemon()
                        .json("/networks/" + URLEncoder.encode(name, StandardCharsets.UTF_8) + query));
    }

    private static Flags removeFlags() {
        return new Flags().bool("force", 'f', "No error if a network does not exist");
    }

    private static int remove(Invocation invocation) {
        return EachOf.run(invocation.arguments().rest(), name -> {
            try {
                if (isIngress(invocation, name) && !confirmed(invocation)) {
                    return;
                }
                var request = RemoveNetworkRequest.newBuilder().setId(name).build();
                invocation.daemon().control("RemoveNetwork", request, RemoveNetworkResponse.parser());
            } catch (DaemonFailure failure) {
                if (invocation.is("force") && failure.isNotFound()) {
                    return;
                }
                throw failure;
            }
            invocation.print(name);
        });
    }

    private static boolean isIngress(Invocation invocation, String name) {
        var request = GetNetworkRequest.newBuilder().setId(name).build();
        Network network = invocation
                .daemon()
                .control("GetNetwork", request, GetNetworkResponse.parser())
                .getNetwork();
        return network.getSpec().getIngress();
    }

    private static boolean confirmed(Invocation invocation) {
        return dev.muster.cli.console.Question.ask(
                invocation.console(),
                "WARNING! This is the routing mesh's network: services that publish ports can be reached no more.\n"
                        + "Are you sure you want to continue? [y/N] ");
    }
}
