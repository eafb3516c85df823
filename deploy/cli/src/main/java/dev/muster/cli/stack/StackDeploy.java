package dev.muster.cli.stack;

import dev.muster.api.ApplyStackRequest;
import dev.muster.api.ApplyStackRequest.ResolveImage;
import dev.muster.api.ApplyStackResponse;
import dev.muster.api.Kind;
import dev.muster.api.ServiceSpec;
import dev.muster.api.StackAction;
import dev.muster.api.StackSpec;
import dev.muster.cli.auth.RegistryCredentials;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.node.NodeNames;
import dev.muster.cli.progress.Progress;
import dev.muster.stack.StackResult;
import dev.muster.stack.grammar.ImageName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** {@code stack deploy}: the files' objects in one request, all or nothing. */
final class StackDeploy {

    private static final char NONE = 0;

    private StackDeploy() {}

    static Flags flags() {
        return new Flags()
                .list("compose-file", 'c', "strings", "Stack file, or - for standard input", _ -> {})
                .boolTrue("detach", 'd', "Return at once, do not wait for the services to converge")
                .bool("prune", "Remove services that are in the files no more")
                .quiet("Show no progress")
                .text(
                        "resolve-image",
                        NONE,
                        "string",
                        "always",
                        "When to ask registries for digests: always, changed or never")
                .bool("with-registry-auth", "Send the registries' credentials to the nodes");
    }

    static int run(Invocation invocation) {
        String stack = checkedName(invocation.arguments().first());
        ResolveImage resolve = resolve(invocation.text("resolve-image"));
        StackResult.Parsed parsed = parse(invocation, stack);
        parsed.warnings().forEach(invocation.console()::warn);
        if (!invocation.arguments().has("detach")) {
            invocation
                    .console()
                    .warn("Since --detach=false was not specified, tasks will be created in the background.\n"
                            + "In a future release, --detach=false will become the default.");
        }
        checkManager(invocation);
        ApplyStackRequest.Builder request = ApplyStackRequest.newBuilder()
                .setStack(parsed.specs())
                .setPrune(invocation.is("prune"))
                .setResolveImage(resolve);
        if (invocation.is("with-registry-auth")) {
            request.putAllRegistryAuths(auths(invocation, parsed.specs()));
        }
        var response = invocation.daemon().control("ApplyStack", request.build(), ApplyStackResponse.parser());
        List<String> changed = new ArrayList<>();
        for (StackAction action : response.getActionsList()) {
            print(invocation, action);
            boolean toWaitFor =
                    action.getAction() == StackAction.Action.CREATE || action.getAction() == StackAction.Action.UPDATE;
            if (toWaitFor && action.getKind() == Kind.KIND_SERVICE) {
                changed.add(action.getId());
            }
        }
        response.getWarningsList().forEach(invocation.console()::warn);
        if (!invocation.is("detach")) {
            changed.forEach(new Progress(invocation, invocation.is("quiet"))::await);
        }
        return 0;
    }

    /** Not empty, and not only quotes and blanks. */
    static String checkedName(String name) {
        if (name.chars().allMatch(letter -> letter == '\'' || letter == '"' || Character.isWhitespace(letter))) {
            throw new CommandFailure("invalid stack name: \"" + name + "\"");
        }
        return name;
    }

    private static ResolveImage resolve(String word) {
        return switch (word) {
            case "always" -> ResolveImage.ALWAYS;
            case "changed" -> ResolveImage.CHANGED;
            case "never" -> ResolveImage.NEVER;
            default -> throw new CommandFailure("Invalid option " + word + " for flag --resolve-image");
        };
    }

    private static StackResult.Parsed parse(Invocation invocation, String stack) {
        return switch (StackSources.read(invocation).specs(stack)) {
            case StackResult.Parsed parsed -> parsed;
            case StackResult.Invalid invalid -> throw StackSources.failure(invalid);
            case StackResult.Rendered _ -> throw new IllegalStateException("specs were asked for");
        };
    }

    private static void checkManager(Invocation invocation) {
        if (!NodeNames.self(invocation).getControlAvailable()) {
            throw new CommandFailure(
                    "this node is not a swarm manager. Use \"muster swarm init\" or \"muster swarm join\" to"
                            + " connect this node to swarm and try again");
        }
    }

    private static Map<String, String> auths(Invocation invocation, StackSpec specs) {
        RegistryCredentials credentials = RegistryCredentials.load(invocation.console());
        Map<String, String> auths = new TreeMap<>();
        for (ServiceSpec service : specs.getServicesList()) {
            String registry =
                    ImageName.registry(service.getTask().getContainer().getImage());
            if (!auths.containsKey(registry)) {
                auths.put(registry, credentials.header(registry));
            }
        }
        auths.values().removeIf(String::isEmpty);
        return auths;
    }

    static void print(Invocation invocation, StackAction action) {
        String kind = action.getKind().name().substring("KIND_".length()).toLowerCase(Locale.ROOT);
        String object = kind + " " + action.getName();
        String id = action.getId().isEmpty() ? "" : " (id: " + action.getId() + ")";
        switch (action.getAction()) {
            case CREATE -> invocation.print("Creating " + object);
            case UPDATE -> invocation.print("Updating " + object + (kind.equals("service") ? id : ""));
            case REMOVE -> invocation.print("Removing " + object);
            case UNCHANGED -> {
                if (kind.equals("service")) {
                    invocation.print("Unchanged " + object + id);
                }
            }
            case UNRECOGNIZED -> {}
        }
    }
}
