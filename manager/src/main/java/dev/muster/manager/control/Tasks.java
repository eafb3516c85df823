package dev.muster.manager.control;

import dev.muster.api.GetTaskRequest;
import dev.muster.api.GetTaskResponse;
import dev.muster.api.Ids;
import dev.muster.api.ListTasksRequest;
import dev.muster.api.ListTasksResponse;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.revision.Dirtiness;
import dev.muster.manager.state.ClusterState;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Tasks: only ever looked at. */
final class Tasks {
    private static final Set<String> FILTERS =
            Set.of("id", "name", "label", "service", "node", "desired-state", "_up-to-date", "runtime");
    private static final Set<String> STATES = Stream.of(TaskState.values())
            .filter(state -> state != TaskState.UNRECOGNIZED)
            .map(TaskStates::display)
            .collect(Collectors.toUnmodifiableSet());
    private static final Set<String> RUNTIMES = Set.of("container", "plugin", "attachment");

    private final Transactions transactions;

    Tasks(Transactions transactions) {
        this.transactions = transactions;
    }

    GetTaskResponse get(GetTaskRequest request) {
        var state = transactions.read();
        var task = Lookup.task(state, request.getId());
        return GetTaskResponse.newBuilder()
                .setTask(task)
                .setRevision(Redaction.shown(state.revision(task)))
                .build();
    }

    ListTasksResponse list(ListTasksRequest request) {
        var filters = Filters.of(request.getFiltersList(), FILTERS);
        var state = transactions.read();
        var services = new HashSet<String>();
        filters.values("service").forEach(value -> services.add(Lookup.serviceId(state, value)));
        var nodes = new HashSet<String>();
        filters.values("node").forEach(value -> nodes.addAll(Lookup.nodeIds(state, value)));
        var response = ListTasksResponse.newBuilder();
        var revisions = new TreeMap<String, ServiceRevision>();
        for (var task : candidates(state, services, filters.has("service"))) {
            if ((!filters.has("node") || nodes.contains(task.getNodeId())) && matches(filters, state, task)) {
                response.addTasks(task);
                revisions.computeIfAbsent(Ids.revision(task), id -> Redaction.shown(state.revision(task)));
            }
        }
        return response.putAllRevisions(revisions).build();
    }

    private static Collection<Task> candidates(ClusterState state, Set<String> services, boolean byService) {
        if (!byService) {
            return state.tasks().values();
        }
        return services.stream()
                .map(state::tasksByService)
                .flatMap(List::stream)
                .toList();
    }

    private static boolean matches(Filters filters, ClusterState state, Task task) {
        return filters.prefix("id", task.getId())
                && filters.namePrefix("name", name(task))
                && filters.labels("label", labels(state, task))
                && filters.word("desired-state", TaskStates.display(task.getDesiredState()), STATES)
                && filters.word("runtime", "container", RUNTIMES)
                && (!filters.has("_up-to-date") || upToDate(state, task));
    }

    /** {@code web.1}; for a global service {@code web.NODE}. */
    private static String name(Task task) {
        return task.getServiceName() + "."
                + (task.getSlot() == 0 && !task.getNodeId().isEmpty()
                        ? task.getNodeId()
                        : Long.toUnsignedString(task.getSlot()));
    }

    private static Map<String, String> labels(ClusterState state, Task task) {
        return state.service(task.getServiceId())
                .map(service -> service.getSpec().getAnnotations().getLabelsMap())
                .orElseGet(() -> state.revision(task).getServiceLabelsMap());
    }

    private static boolean upToDate(ClusterState state, Task task) {
        return state.service(task.getServiceId())
                .map(service -> !Dirtiness.dirty(service, task, state.revision(task), state.node(task.getNodeId())))
                .orElse(false);
    }
}
