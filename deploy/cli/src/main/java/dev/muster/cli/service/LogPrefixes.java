package dev.muster.cli.service;

import dev.muster.api.ListNodesRequest;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.LogContext;
import dev.muster.api.Task;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Filters;
import dev.muster.cli.output.Words;
import dev.muster.cli.task.TaskTable;
import dev.muster.cli.transport.DaemonFailure;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where log lines come from: {@code service.slot.task@node}, padded to the widest so far. Names are asked for when a
 * task or node is first seen.
 */
final class LogPrefixes {

    private final Invocation invocation;
    private final Map<String, String> prefixes = new HashMap<>();
    private final Map<String, String> hosts = new HashMap<>();
    private int widest;

    LogPrefixes(Invocation invocation) {
        this.invocation = invocation;
    }

    String of(LogContext context) {
        String prefix = prefixes.computeIfAbsent(context.getTaskId(), _ -> prefix(context));
        widest = Math.max(widest, prefix.length());
        return prefix + " ".repeat(widest - prefix.length());
    }

    private String prefix(LogContext context) {
        boolean resolve = !invocation.is("no-resolve");
        Task task = task(context);
        String service = resolve && !task.getServiceName().isEmpty() ? task.getServiceName() : context.getServiceId();
        String place = task.getSlot() != 0 ? Long.toString(task.getSlot()) : context.getNodeId();
        String id = invocation.is("no-trunc") ? context.getTaskId() : Words.shortId(context.getTaskId());
        String node = resolve ? host(context.getNodeId()) : context.getNodeId();
        return service + "." + place + (invocation.is("no-task-ids") ? "" : "." + id) + "@" + node;
    }

    private Task task(LogContext context) {
        try {
            List<Task> found = TaskTable.fetch(invocation, List.of(Filters.filter("id", context.getTaskId())))
                    .getTasksList();
            return found.isEmpty() ? Task.getDefaultInstance() : found.getFirst();
        } catch (DaemonFailure _) {
            // Lines matter more than names.
            return Task.getDefaultInstance();
        }
    }

    private String host(String nodeId) {
        if (!hosts.containsKey(nodeId)) {
            try {
                invocation
                        .daemon()
                        .control("ListNodes", ListNodesRequest.getDefaultInstance(), ListNodesResponse.parser())
                        .getNodesList()
                        .forEach(node ->
                                hosts.put(node.getId(), node.getDescription().getHostname()));
            } catch (DaemonFailure _) {
                // As above.
            }
            hosts.putIfAbsent(nodeId, nodeId);
        }
        return hosts.get(nodeId);
    }
}
