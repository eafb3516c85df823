package dev.muster.cli.progress;

import dev.muster.api.GetServiceRequest;
import dev.muster.api.GetServiceResponse;
import dev.muster.api.ListNodesRequest;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.ListTasksRequest;
import dev.muster.api.ListTasksResponse;
import dev.muster.api.Node;
import dev.muster.api.NodeState;
import dev.muster.api.Service;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Filters;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** Waits until a service has converged and shows how it does. On the calling thread. */
public final class Progress {

    private static final Duration POLL = Duration.ofMillis(200);

    private final Invocation invocation;
    private final boolean quiet;

    public Progress(Invocation invocation, boolean quiet) {
        this.invocation = invocation;
        this.quiet = quiet;
    }

    /** Returns when the service has converged; fails if its update or rollback stops. */
    public void await(String serviceId) {
        AtomicBoolean converged = new AtomicBoolean();
        Thread farewell = new Thread(() -> sayGoodbye(serviceId, converged.get()));
        Runtime.getRuntime().addShutdownHook(farewell);
        try {
            await(serviceId, converged);
        } finally {
            forget(farewell);
        }
    }

    private void await(String serviceId, AtomicBoolean converged) {
        var convergence = new Convergence();
        var screen = new Screen(invocation.console());
        while (true) {
            View view = convergence.look(
                    snapshot(serviceId), invocation.console().nanos().getAsLong());
            converged.set(view.converged());
            if (!quiet) {
                screen.draw(view.lines());
            }
            if (view.end().isPresent()) {
                end(view.end().get());
                return;
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private void end(View.End end) {
        switch (end) {
            case View.End.Done(String message) -> {
                if (!quiet && !message.isEmpty()) {
                    invocation.print(message);
                }
            }
            case View.End.Failed(String message) -> throw new CommandFailure(message);
        }
    }

    private Snapshot snapshot(String serviceId) {
        Service service = invocation
                .daemon()
                .control(
                        "GetService",
                        GetServiceRequest.newBuilder().setId(serviceId).build(),
                        GetServiceResponse.parser())
                .getService();
        var tasks = ListTasksRequest.newBuilder()
                .addFilters(Filters.filter("service", serviceId))
                .addFilters(Filters.filter("_up-to-date", "true"))
                .build();
        var nodes = ListNodesRequest.getDefaultInstance();
        Set<String> active =
                invocation.daemon().control("ListNodes", nodes, ListNodesResponse.parser()).getNodesList().stream()
                        .filter(node -> node.getStatus().getState() != NodeState.NODE_DOWN)
                        .map(Node::getId)
                        .collect(Collectors.toSet());
        return new Snapshot(
                service,
                invocation
                        .daemon()
                        .control("ListTasks", tasks, ListTasksResponse.parser())
                        .getTasksList(),
                active);
    }

    /** Ctrl-C stops the waiting, not the service: says so, and leaves as if all were well. */
    private void sayGoodbye(String serviceId, boolean converged) {
        if (!quiet && !converged) {
            invocation
                    .console()
                    .out()
                    .print("Operation continuing in background.\nUse `muster service ps " + serviceId
                            + "` to check progress.\n");
        }
        invocation.console().out().flush();
        Runtime.getRuntime().halt(0);
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // It is running: the process ends with it.
        }
    }
}
