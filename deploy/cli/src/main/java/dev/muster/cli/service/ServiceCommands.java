package dev.muster.cli.service;

import dev.muster.api.GetServiceRequest;
import dev.muster.api.GetServiceResponse;
import dev.muster.api.RemoveServiceRequest;
import dev.muster.api.RemoveServiceResponse;
import dev.muster.api.Service;
import dev.muster.cli.command.Command;
import dev.muster.cli.command.CommandGroup;
import dev.muster.cli.command.EachOf;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.task.TaskTable;
import java.util.List;

/** The commands of {@code muster service}. */
public final class ServiceCommands {

    private ServiceCommands() {}

    public static CommandGroup group() {
        return new CommandGroup(
                "service",
                "Manage services",
                List.of(
                        Command.of(
                                        "create",
                                        "[OPTIONS] IMAGE [COMMAND] [ARG...]",
                                        "Create a new service",
                                        ServiceFlags::create,
                                        ServiceCreate::run)
                                .arguments(1, Command.ANY)
                                .flagsFirst(),
                        Command.of(
                                        "inspect",
                                        "[OPTIONS] SERVICE [SERVICE...]",
                                        "Show services in full",
                                        ServiceInspect::flags,
                                        ServiceInspect::run)
                                .arguments(1, Command.ANY),
                        Command.of(
                                        "logs",
                                        "[OPTIONS] SERVICE|TASK",
                                        "Show the output of a service's or a task's containers",
                                        ServiceLogs::flags,
                                        ServiceLogs::run)
                                .arguments(1, 1),
                        Command.of("ls", "[OPTIONS]", "List services", ServiceList::flags, ServiceList::run)
                                .alias("list"),
                        Command.of(
                                        "ps",
                                        "[OPTIONS] SERVICE [SERVICE...]",
                                        "List the tasks of services",
                                        TaskTable::flags,
                                        ServiceTasks::run)
                                .arguments(1, Command.ANY),
                        Command.of(
                                        "rm",
                                        "SERVICE [SERVICE...]",
                                        "Remove services",
                                        Flags::none,
                                        ServiceCommands::remove)
                                .alias("remove")
                                .arguments(1, Command.ANY),
                        Command.of(
                                        "rollback",
                                        "[OPTIONS] SERVICE",
                                        "Go back to a service's previous specification",
                                        ServiceUpdateCommand::rollbackFlags,
                                        ServiceUpdateCommand::rollback)
                                .arguments(1, 1),
                        Command.of(
                                        "scale",
                                        "SERVICE=REPLICAS [SERVICE=REPLICAS...]",
                                        "Set the number of tasks of services",
                                        ServiceScale::flags,
                                        ServiceScale::run)
                                .arguments(1, Command.ANY),
                        Command.of(
                                        "update",
                                        "[OPTIONS] SERVICE",
                                        "Change a service",
                                        ServiceFlags::update,
                                        ServiceUpdateCommand::run)
                                .arguments(1, 1)));
    }

    private static int remove(Invocation invocation) {
        return EachOf.run(invocation.arguments().rest(), name -> {
            var request = RemoveServiceRequest.newBuilder().setId(name).build();
            invocation.daemon().control("RemoveService", request, RemoveServiceResponse.parser());
            invocation.print(name);
        });
    }

    static Service get(Invocation invocation, String name) {
        var request = GetServiceRequest.newBuilder().setId(name).build();
        return invocation
                .daemon()
                .control("GetService", request, GetServiceResponse.parser())
                .getService();
    }
}
