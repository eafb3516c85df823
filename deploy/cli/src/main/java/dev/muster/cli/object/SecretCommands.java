package dev.muster.cli.object;

import dev.muster.api.Annotations;
import dev.muster.api.CreateSecretRequest;
import dev.muster.api.CreateSecretResponse;
import dev.muster.api.Driver;
import dev.muster.api.GetSecretRequest;
import dev.muster.api.GetSecretResponse;
import dev.muster.api.ListSecretsRequest;
import dev.muster.api.ListSecretsResponse;
import dev.muster.api.RemoveSecretRequest;
import dev.muster.api.RemoveSecretResponse;
import dev.muster.api.Secret;
import dev.muster.api.SecretSpec;
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

/** The commands of {@code muster secret}. */
public final class SecretCommands {

    private static final Listing LISTING = Listing.columns(
            "ID", "ID", "Name", "NAME", "Driver", "DRIVER", "CreatedAt", "CREATED", "UpdatedAt", "UPDATED");

    private SecretCommands() {}

    public static CommandGroup group() {
        return new CommandGroup(
                "secret",
                "Manage secrets",
                List.of(
                        Command.of(
                                        "create",
                                        "[OPTIONS] SECRET [file|-]",
                                        "Create a secret from a file or standard input",
                                        SecretCommands::createFlags,
                                        SecretCommands::create)
                                .arguments(1, 2),
                        Command.of(
                                        "inspect",
                                        "[OPTIONS] SECRET [SECRET...]",
                                        "Show secrets, but not their content",
                                        SecretCommands::inspectFlags,
                                        SecretCommands::inspect)
                                .arguments(1, Command.ANY),
                        Command.of("ls", "[OPTIONS]", "List secrets", SecretCommands::listFlags, SecretCommands::list)
                                .alias("list"),
                        Command.of("rm", "SECRET [SECRET...]", "Remove secrets", Flags::none, SecretCommands::remove)
                                .alias("remove")
                                .arguments(1, Command.ANY)));
    }

    private static Flags createFlags() {
        return new Flags()
                .text("driver", 'd', "Driver that knows the secret")
                .list("label", 'l', "Labels")
                .text("template-driver", "Driver that fills templates in the content: golang");
    }

    private static int create(Invocation invocation) {
        List<String> arguments = invocation.arguments().rest();
        SecretSpec.Builder spec = SecretSpec.newBuilder()
                .setAnnotations(Annotations.newBuilder()
                        .setName(arguments.getFirst())
                        .putAllLabels(Pairs.map(invocation.arguments().list("label"))));
        String driver = invocation.text("driver");
        if (arguments.size() == 2 && !driver.isEmpty()) {
            throw new CommandFailure("when using secret driver secret data must be empty");
        }
        if (arguments.size() == 1 && driver.isEmpty()) {
            throw new CommandFailure("secret file is required");
        }
        if (driver.isEmpty()) {
            spec.setData(Payload.read(arguments.get(1), invocation.console()));
        } else {
            spec.setDriver(Driver.newBuilder().setName(driver));
        }
        if (!invocation.text("template-driver").isEmpty()) {
            spec.setTemplating(Driver.newBuilder().setName(invocation.text("template-driver")));
        }
        var request = CreateSecretRequest.newBuilder().setSpec(spec).build();
        var response = invocation.daemon().control("CreateSecret", request, CreateSecretResponse.parser());
        invocation.print(response.getSecret().getId());
        return 0;
    }

    private static Flags listFlags() {
        return new Flags().filter().format().quiet("Show ids only");
    }

    private static int list(Invocation invocation) {
        var request = ListSecretsRequest.newBuilder()
                .addAllFilters(Filters.of(invocation.arguments().list("filter")))
                .build();
        List<Secret> secrets =
                invocation
                        .daemon()
                        .control("ListSecrets", request, ListSecretsResponse.parser())
                        .getSecretsList()
                        .stream()
                        .sorted(Comparator.comparing(SecretCommands::name, NaturalOrder.INSTANCE))
                        .toList();
        if (invocation.is("quiet") && !invocation.arguments().has("format")) {
            secrets.forEach(secret -> invocation.print(secret.getId()));
            return 0;
        }
        Instant now = invocation.console().clock().instant();
        LISTING.print(
                invocation.console(),
                invocation.text("format"),
                secrets.stream().map(secret -> row(secret, now)).toList());
        return 0;
    }

    private static String name(Secret secret) {
        return secret.getSpec().getAnnotations().getName();
    }

    private static Row row(Secret secret, Instant now) {
        Map<String, String> labels = secret.getSpec().getAnnotations().getLabelsMap();
        return Row.of(
                        "ID", secret.getId(),
                        "Name", name(secret),
                        "Driver", secret.getSpec().getDriver().getName(),
                        "CreatedAt", RelativeTime.ago(secret.getMeta().getCreatedAt(), now),
                        "UpdatedAt", RelativeTime.ago(secret.getMeta().getUpdatedAt(), now),
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
                    name -> invocation.daemon().json("/secrets/" + URLEncoder.encode(name, StandardCharsets.UTF_8)));
        }
        if (invocation.arguments().has("format")) {
            throw invocation.failure("--format is incompatible with human friendly format");
        }
        return EachOf.run(invocation.arguments().rest(), name -> {
            var request = GetSecretRequest.newBuilder().setId(name).build();
            var secret = invocation
                    .daemon()
                    .control("GetSecret", request, GetSecretResponse.parser())
                    .getSecret();
            invocation.console().out().print(pretty(secret));
        });
    }

    private static String pretty(Secret secret) {
        Outline out = new Outline().line("ID", secret.getId()).line("Name", name(secret));
        if (secret.getSpec().getAnnotations().getLabelsCount() > 0) {
            out.section("Labels");
            new TreeMap<>(secret.getSpec().getAnnotations().getLabelsMap())
                    .forEach((key, value) -> out.plain("- " + key + "=" + value));
            out.end();
        }
        out.line("Driver", secret.getSpec().getDriver().getName());
        var created = secret.getMeta().getCreatedAt();
        var updated = secret.getMeta().getUpdatedAt();
        out.line("Created at", RelativeTime.stamp(created));
        out.line("Updated at", RelativeTime.stamp(updated));
        return out.toString();
    }

    private static int remove(Invocation invocation) {
        return EachOf.run(invocation.arguments().rest(), name -> {
            var request = RemoveSecretRequest.newBuilder().setId(name).build();
            invocation.daemon().control("RemoveSecret", request, RemoveSecretResponse.parser());
            invocation.print(name);
        });
    }
}
