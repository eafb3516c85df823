package dev.muster.cli.service;

import dev.muster.api.Filter;
import dev.muster.api.ListTasksResponse;
import dev.muster.api.Service;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Filters;
import dev.muster.cli.node.NodeNames;
import dev.muster.cli.task.TaskTable;
import dev.muster.cli.transport.DaemonFailure;
import java.util.ArrayList;
import java.util.List;

/** {@code service ps}. Services that are missing are named after the table of those that are there. */
final class ServiceTasks {

    private ServiceTasks() {}

    static int run(Invocation invocation) {
        List<String> ids = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (String name : invocation.arguments().rest()) {
            try {
                Service service = ServiceCommands.get(invocation, name);
                ids.add(service.getId());
            } catch (DaemonFailure failure) {
                problems.add(failure.isNotFound() ? "no such service: " + name : failure.getMessage());
            }
        }
        if (!ids.isEmpty()) {
            List<Filter> filters = new ArrayList<>();
            for (Filter filter : Filters.of(invocation.arguments().list("filter"))) {
                filters.add(filter.getKey().equals("node") ? NodeNames.resolve(invocation, filter) : filter);
            }
            filters.add(Filters.filter("service", ids));
            ListTasksResponse found = TaskTable.fetch(invocation, filters);
            TaskTable.print(invocation, found, _ -> true, "");
        }
        if (!problems.isEmpty()) {
            throw new CommandFailure(String.join("\n", problems));
        }
        return 0;
    }
}
