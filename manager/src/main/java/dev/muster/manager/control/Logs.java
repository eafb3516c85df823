package dev.muster.manager.control;

import dev.muster.api.LogSelector;
import dev.muster.api.ServiceLogsRequest;
import java.io.IOException;
import java.util.function.Consumer;

/** Logs of services and tasks, from all nodes. */
final class Logs {
    private final Transactions transactions;
    private final LogSource source;

    Logs(Transactions transactions, LogSource source) {
        this.transactions = transactions;
        this.source = source;
    }

    void read(ServiceLogsRequest request, LogSource.Sink sink) throws IOException {
        if (!request.getOptions().getStdout() && !request.getOptions().getStderr()) {
            throw ControlFailure.invalid("Bad parameters: you must choose at least one stream");
        }
        var state = transactions.read();
        var selector = request.getSelector();
        if (selector.getServiceIdsCount() + selector.getTaskIdsCount() + selector.getNodeIdsCount() == 0) {
            throw ControlFailure.invalid("a service, task or node must be named to read logs of");
        }
        var resolved = LogSelector.newBuilder();
        each(
                selector.getServiceIdsList(),
                id -> resolved.addServiceIds(Lookup.service(state, id).getId()));
        each(
                selector.getTaskIdsList(),
                id -> resolved.addTaskIds(Lookup.task(state, id).getId()));
        each(
                selector.getNodeIdsList(),
                id -> resolved.addNodeIds(Lookup.node(state, id).getId()));
        source.read(resolved.build(), request.getOptions(), sink);
    }

    private static void each(Iterable<String> references, Consumer<String> resolve) {
        references.forEach(resolve);
    }
}
