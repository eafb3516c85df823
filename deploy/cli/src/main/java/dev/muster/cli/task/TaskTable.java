package dev.muster.cli.task;

import dev.muster.api.Filter;
import dev.muster.api.Ids;
import dev.muster.api.ListNodesRequest;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.ListTasksRequest;
import dev.muster.api.ListTasksResponse;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.api.TaskStates;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.output.Listing;
import dev.muster.cli.output.NaturalOrder;
import dev.muster.cli.output.RelativeTime;
import dev.muster.cli.output.Row;
import dev.muster.cli.output.Words;
import dev.muster.stack.grammar.ImageName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Lists tasks: by name, the newest first among those of one name. */
public final class TaskTable {

    private static final int MOST_ERROR = 30;

    private static final Listing LISTING = Listing.columns(
            "ID", "ID",
            "Name", "NAME",
            "Image", "IMAGE",
            "Node", "NODE",
            "DesiredState", "DESIRED STATE",
            "CurrentState", "CURRENT STATE",
            "Error", "ERROR",
            "Ports", "PORTS");

    private final Invocation invocation;
    private final boolean resolve;
    private final boolean truncate;
    private final Map<String, String> hosts = new HashMap<>();

    private TaskTable(Invocation invocation) {
        this.invocation = invocation;
        this.resolve = !invocation.is("no-resolve");
        this.truncate = !invocation.is("no-trunc");
    }

    public static Flags flags() {
        return new Flags()
                .filter()
                .format()
                .bool("no-resolve", "Show ids, not names")
                .bool("no-trunc", "Show texts in full")
                .quiet("Show ids only");
    }

    public static ListTasksResponse fetch(Invocation invocation, List<Filter> filters) {
        var request = ListTasksRequest.newBuilder().addAllFilters(filters).build();
        return invocation.daemon().control("ListTasks", request, ListTasksResponse.parser());
    }

    /** Prints the tasks by the command's flags. */
    public static void print(
            Invocation invocation, ListTasksResponse found, Predicate<Task> wanted, String defaultFormat) {
        var table = new TaskTable(invocation);
        List<Task> tasks = found.getTasksList().stream().filter(wanted).toList();
        if (invocation.is("quiet") && !invocation.arguments().has("format")) {
            table.sorted(tasks).forEach(task -> invocation.print(task.getId()));
            return;
        }
        String format = invocation.arguments().find("format").orElse(defaultFormat);
        LISTING.print(invocation.console(), format, table.rows(tasks, found.getRevisionsMap(), format));
    }

    private List<Task> sorted(List<Task> tasks) {
        return tasks.stream()
                .sorted(Comparator.comparing(this::name, NaturalOrder.INSTANCE)
                        .thenComparing(TaskTable::created, Comparator.reverseOrder()))
                .toList();
    }

    private static Instant created(Task task) {
        var created = task.getMeta().getCreatedAt();
        return Instant.ofEpochSecond(created.getSeconds(), created.getNanos());
    }

    private List<Row> rows(List<Task> tasks, Map<String, ServiceRevision> revisions, String format) {
        if (resolve && !tasks.isEmpty()) {
            invocation
                    .daemon()
                    .control("ListNodes", ListNodesRequest.getDefaultInstance(), ListNodesResponse.parser())
                    .getNodesList()
                    .forEach(node ->
                            hosts.put(node.getId(), node.getDescription().getHostname()));
        }
        boolean isTable = format.isEmpty() || format.startsWith("table");
        List<Row> rows = new ArrayList<>();
        String before = "";
        for (Task task : sorted(tasks)) {
            String name = name(task);
            String shown = isTable && name.equals(before) ? " \\_ " + name : name;
            before = name;
            ServiceRevision revision = revisions.getOrDefault(Ids.revision(task), ServiceRevision.getDefaultInstance());
            rows.add(row(task, shown, revision.getTask().getContainer().getImage()));
        }
        return rows;
    }

    private Row row(Task task, String name, String image) {
        String state = Words.pretty(TaskStates.display(task.getStatus().getState()));
        String since = RelativeTime.ago(
                task.getStatus().getTimestamp(), invocation.console().clock().instant());
        return Row.of(
                "ID",
                truncate ? Words.shortId(task.getId()) : task.getId(),
                "Name",
                name,
                "Image",
                truncate ? ImageName.withoutDigest(image) : image,
                "Node",
                node(task),
                "DesiredState",
                Words.pretty(TaskStates.display(task.getDesiredState())),
                "CurrentState",
                state + " " + since.toLowerCase(java.util.Locale.ROOT),
                "Error",
                error(task.getStatus().getErr()),
                "Ports",
                Words.hostPorts(task.getStatus().getHostPortsList()));
    }

    private String name(Task task) {
        String service = resolve && !task.getServiceName().isEmpty() ? task.getServiceName() : task.getServiceId();
        boolean ofNode = task.getSlot() == 0 && !task.getNodeId().isEmpty();
        return service + "." + (ofNode ? task.getNodeId() : task.getSlot());
    }

    private String node(Task task) {
        return resolve ? hosts.getOrDefault(task.getNodeId(), task.getNodeId()) : task.getNodeId();
    }

    private String error(String error) {
        if (error.isEmpty()) {
            return "";
        }
        boolean cut = truncate && error.length() > MOST_ERROR;
        return '"' + (cut ? error.substring(0, MOST_ERROR - 1) + "…" : error) + '"';
    }
}
