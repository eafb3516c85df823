package dev.muster.cli.object;

import dev.muster.api.Annotations;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.api.CreateConfigRequest;
import dev.muster.api.CreateConfigResponse;
import dev.muster.api.Driver;
import dev.muster.api.GetConfigRequest;
import dev.muster.api.GetConfigResponse;
import dev.muster.api.ListConfigsRequest;
import dev.muster.api.ListConfigsResponse;
import dev.muster.api.RemoveConfigRequest;
import dev.muster.api.RemoveConfigResponse;
import dev.muster.cli.command.Command;
import dev.muster.cli.command.CommandGroup;
import dev.muster.cli.command.EachOf;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Filters;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.output.Inspection;
import dev.muster.cli.output.Listing;
import dev.muster.cli.output.NaturalOrder;
import dev.muster.cli.output.Outline;
import dev.muster.cli.output.RelativeTime;
import dev.muster.cli.output.Row;
import dev.muster.cli.value.Pairs;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The commands of {@code muster config}. */
public final class ConfigCommands {

    private static final Listing LISTING =
            Listing.columns("ID", "ID", "Name", "NAME", "CreatedAt", "CREATED", "UpdatedAt", "UPDATED");

    private ConfigCommands() {}

    public static CommandGroup group() {
        return new CommandGroup(
                "config",
                "Manage configs",
                List.of(
                        Command.of(
                                        "create",
                                        "[OPTIONS] CONFIG file|-",
                                        "Create a config from a file or standard input",
                                        ConfigCommands::createFlags,
                                        ConfigCommands::create)
                                .arguments(2, 2),
                        Command.of(
                                        "inspect",
                                        "[OPTIONS] CONFIG [CONFIG...]",
                                        "Show configs in full",
                                        ConfigCommands::inspectFlags,
                                        ConfigCommands::inspect)
                                .arguments(1, Command.ANY),
                        Command.of("ls", "[OPTIONS]", "List configs", ConfigCommands::listFlags, ConfigCommands::list)
                                .alias("list"),
                        Command.of("rm", "CONFIG [CONFIG...]", "Remove configs", Flags::none, ConfigCommands::remove)
                                .alias("remove")
                                .arguments(1, Command.ANY)));
    }

    private static Flags createFlags() {
        return new Flags()
                .list("label", 'l', "Labels")
                .text("template-driver", "Driver that fills templates in the content: golang");
    }

    private static int create(Invocation invocation) {
        List<String> arguments = invocation.arguments().rest();
        ConfigSpec.Builder spec = ConfigSpec.newBuilder()
                .setAnnotations(Annotations.newBuilder()
                        .setName(arguments.getFirst())
                        .putAllLabels(Pairs.map(invocation.arguments().list("label"))));
        spec.setData(Payload.read(arguments.get(1), invocation.console()));
        if (!invocation.text("template-driver").isEmpty()) {
            spec.setTemplating(Driver.newBuilder().setName(invocation.text("template-driver")));
        }
        var request = CreateConfigRequest.newBuilder().setSpec(spec).build();
        var response = invocation.daemon().control("CreateConfig", request, CreateConfigResponse.parser());
        invocation.print(response.getConfig().getId());
        return 0;
    }

    private static Flags listFlags() {
        return new Flags().filter().format().quiet("Show ids only");
    }

    private static int list(Invocation invocation) {
        var request = ListConfigsRequest.newBuilder()
                .addAllFilters(Filters.of(invocation.arguments().list("filter")))
                .build();
        List<Config> configs =
                invocation
                        .daemon()
                        .control("ListConfigs", request, ListConfigsResponse.parser())
                        .getConfigsList()
                        .stream()
                        .sorted(Comparator.comparing(ConfigCommands::name, NaturalOrder.INSTANCE))
                        .toList();
        if (invocation.is("quiet") && !invocation.arguments().has("format")) {
            configs.forEach(config -> invocation.print(config.getId()));
            return 0;
        }
        Instant now = invocation.console().clock().instant();
        LISTING.print(
                invocation.console(),
                invocation.text("format"),
                configs.stream().map(config -> row(config, now)).toList());
        return 0;
    }

    private static String name(Config config) {
        return config.getSpec().getAnnotations().getName();
    }

    private static Row row(Config config, Instant now) {
        Map<String, String> labels = config.getSpec().getAnnotations().getLabelsMap();
        return Row.of(
                        "ID", config.getId(),
                        "Name", name(config),
                        "CreatedAt", RelativeTime.ago(config.getMeta().getCreatedAt(), now),
                        "UpdatedAt", RelativeTime.ago(config.getMeta().getUpdatedAt(), now),
                        "Labels",
                                new TreeMap<>(labels)
                                        .entrySet().stream()
                                                .map(label -> label.getKey() + "=" + label.getValue())
                                                .collect(Collectors.joining(",")))
                .withLabels(labels);
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
                    name -> invocation.daemon().json("/configs/" + URLEncoder.encode(name, StandardCharsets.UTF_8)));
        }
        if (invocation.arguments().has("format")) {
            throw invocation.failure("--format is incompatible with human friendly format");
        }
        return EachOf.run(invocation.arguments().rest(), name -> {
            var request = GetConfigRequest.newBuilder().setId(name).build();
            var config = invocation
                    .daemon()
                    .control("GetConfig", request, GetConfigResponse.parser())
                    .getConfig();
            invocation.console().out().print(pretty(config));
        });
    }

    private static String pretty(Config config) {
        Outline out = new Outline().line("ID", config.getId()).line("Name", name(config));
        if (config.getSpec().getAnnotations().getLabelsCount() > 0) {
            out.section("Labels");
            new TreeMap<>(config.getSpec().getAnnotations().getLabelsMap())
                    .forEach((key, value) -> out.plain("- " + key + "=" + value));
            out.end();
        }
        var created = config.getMeta().getCreatedAt();
        var updated = config.getMeta().getUpdatedAt();
        out.line("Created at", RelativeTime.stamp(created));
        out.line("Updated at", RelativeTime.stamp(updated));
        out.plain("Data:").plain(config.getSpec().getData().toStringUtf8());
        return out.toString();
    }

    private static int remove(Invocation invocation) {
        return EachOf.run(invocation.arguments().rest(), name -> {
            var request = RemoveConfigRequest.newBuilder().setId(name).build();
            invocation.daemon().control("RemoveConfig", request, RemoveConfigResponse.parser());
            invocation.print(name);
        });
    }
}
