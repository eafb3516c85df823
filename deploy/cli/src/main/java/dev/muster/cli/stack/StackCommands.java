package dev.muster.cli.stack;

import dev.muster.api.Filter;
import dev.muster.api.ListServicesResponse;
import dev.muster.api.RemoveStackRequest;
import dev.muster.api.RemoveStackResponse;
import dev.muster.api.Service;
import dev.muster.api.StackAction;
import dev.muster.api.TaskStates;
import dev.muster.cli.command.Command;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.CommandGroup;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Filters;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.node.NodeNames;
import dev.muster.cli.output.Listing;
import dev.muster.cli.output.NaturalOrder;
import dev.muster.cli.output.Row;
import dev.muster.cli.service.ServiceList;
import dev.muster.cli.task.TaskTable;
import dev.muster.cli.transport.DaemonFailure;
import dev.muster.stack.StackResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/** The commands of {@code muster stack}. */
public final class StackCommands {

    /** On every object of a stack. */
    private static final String NAMESPACE = "com.docker.stack.namespace";

    private static final Duration POLL = Duration.ofMillis(200);

    private static final Listing LISTING = Listing.columns("Name", "NAME", "Services", "SERVICES");

    private StackCommands() {}

    public static CommandGroup group() {
        return new CommandGroup(
                "stack",
                "Manage stacks",
                List.of(
                        Command.of(
                                "config",
                                "[OPTIONS]",
                                "Print stack files as they are understood",
                                StackCommands::configFlags,
                                StackCommands::config),
                        Command.of(
                                        "deploy",
                                        "[OPTIONS] STACK",
                                        "Deploy or update a stack",
                                        StackDeploy::flags,
                                        StackDeploy::run)
                                .alias("up")
                                .arguments(1, 1),
                        Command.of("ls", "[OPTIONS]", "List stacks", () -> new Flags().format(), StackCommands::list)
                                .alias("list"),
                        Command.of(
                                        "ps",
                                        "[OPTIONS] STACK",
                                        "List the tasks of a stack",
                                        TaskTable::flags,
                                        StackCommands::tasks)
                                .arguments(1, 1),
                        Command.of(
                                        "rm",
                                        "[OPTIONS] STACK [STACK...]",
                                        "Remove stacks",
                                        StackCommands::removeFlags,
                                        StackCommands::remove)
                                .alias("remove", "down")
                                .arguments(1, Command.ANY),
                        Command.of(
                                        "services",
                                        "[OPTIONS] STACK",
                                        "List the services of a stack",
                                        ServiceList::flags,
                                        StackCommands::services)
                                .arguments(1, 1)));
    }

    private static Flags configFlags() {
        return new Flags()
                .list("compose-file", 'c', "strings", "Stack file, or - for standard input", _ -> {})
                .bool("skip-interpolation", "Leave variables as they are");
    }

    private static int config(Invocation invocation) {
        return switch (StackSources.read(invocation).config(!invocation.is("skip-interpolation"))) {
            case StackResult.Rendered(String yaml, List<String> warnings) -> {
                warnings.forEach(invocation.console()::warn);
                invocation.console().out().print(yaml);
                yield 0;
            }
            case StackResult.Invalid invalid -> throw StackSources.failure(invalid);
            case StackResult.Parsed _ -> throw new IllegalStateException("a text was asked for");
        };
    }

    private static int list(Invocation invocation) {
        Map<String, Integer> stacks = new TreeMap<>(NaturalOrder.INSTANCE);
        var found = ServiceList.fetch(invocation, List.of(Filters.filter("label", NAMESPACE)));
        for (Service service : found.getServicesList()) {
            stacks.merge(service.getSpec().getAnnotations().getLabelsOrDefault(NAMESPACE, ""), 1, Integer::sum);
        }
        List<Row> rows = stacks.entrySet().stream()
                .map(stack -> Row.of("Name", stack.getKey(), "Services", Integer.toString(stack.getValue())))
                .toList();
        LISTING.print(invocation.console(), invocation.text("format"), rows);
        return 0;
    }

    private static ListServicesResponse servicesOf(Invocation invocation, String stack, List<String> filters) {
        List<String> all = new ArrayList<>(filters);
        all.add("label=" + NAMESPACE + "=" + StackDeploy.checkedName(stack));
        return ServiceList.fetch(invocation, Filters.of(all));
    }

    private static int services(Invocation invocation) {
        String stack = invocation.arguments().first();
        var found = servicesOf(invocation, stack, invocation.arguments().list("filter"));
        if (found.getServicesCount() == 0) {
            invocation.console().warn("Nothing found in stack: " + stack);
            return 0;
        }
        ServiceList.print(invocation, found);
        return 0;
    }

    private static int tasks(Invocation invocation) {
        String stack = invocation.arguments().first();
        List<String> ids = servicesOf(invocation, stack, List.of()).getServicesList().stream()
                .map(Service::getId)
                .toList();
        if (ids.isEmpty()) {
            throw new CommandFailure("nothing found in stack: " + stack);
        }
        List<Filter> filters = new ArrayList<>();
        for (Filter filter : Filters.of(invocation.arguments().list("filter"))) {
            filters.add(filter.getKey().equals("node") ? NodeNames.resolve(invocation, filter) : filter);
        }
        filters.add(Filters.filter("service", ids));
        var found = TaskTable.fetch(invocation, filters);
        if (found.getTasksCount() == 0) {
            throw new CommandFailure("nothing found in stack: " + stack);
        }
        TaskTable.print(invocation, found, _ -> true, "");
        return 0;
    }

    private static Flags removeFlags() {
        return new Flags().boolTrue("detach", 'd', "Do not wait for the tasks to end");
    }

    private static int remove(Invocation invocation) {
        List<String> failed = new ArrayList<>();
        for (String stack : invocation.arguments().rest()) {
            List<String> services = invocation.is("detach")
                    ? List.of()
                    : servicesOf(invocation, stack, List.of()).getServicesList().stream()
                            .map(Service::getId)
                            .toList();
            try {
                remove(invocation, StackDeploy.checkedName(stack));
                awaitEnd(invocation, services);
            } catch (DaemonFailure failure) {
                invocation.console().warn(failure.getMessage());
                failed.add("failed to remove some resources from stack: " + stack);
            }
        }
        if (!failed.isEmpty()) {
            throw new CommandFailure(String.join("\n", failed));
        }
        return 0;
    }

    private static void remove(Invocation invocation, String stack) {
        var request = RemoveStackRequest.newBuilder().setNamespace(stack).build();
        var response = invocation.daemon().control("RemoveStack", request, RemoveStackResponse.parser());
        if (response.getActionsCount() == 0) {
            invocation.console().warn("Nothing found in stack: " + stack);
        }
        for (StackAction action : response.getActionsList()) {
            StackDeploy.print(invocation, action);
        }
    }

    /** Until no task of the services runs; Ctrl-C stops the waiting only. */
    private static void awaitEnd(Invocation invocation, List<String> services) {
        if (services.isEmpty()) {
            return;
        }
        var filters = List.of(Filters.filter("service", services));
        while (!TaskTable.fetch(invocation, filters).getTasksList().stream().allMatch(TaskStates::ended)) {
            LockSupport.parkNanos(POLL.toNanos());
        }
    }
}
