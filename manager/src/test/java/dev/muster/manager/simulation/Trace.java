package dev.muster.manager.simulation;

import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What happened, for people and golden files: tasks as {@code web.1a}, slot 1's first task, {@code web.1b} its second;
 * seconds since the last {@link #restart}. States between ASSIGNED and RUNNING are left out.
 */
public final class Trace {
    private static final int LETTERS = 26;

    private final ClusterStates states;
    private final List<String> lines = new ArrayList<>();
    private final Map<String, String> names = new HashMap<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private ClusterState seen;
    private Instant start = Simulation.START;

    Trace(ClusterStates states) {
        this.states = states;
        this.seen = states.current();
    }

    /** Forgets what was, names apart, and counts time from now. */
    public void restart(Instant now) {
        lines.clear();
        start = now;
    }

    public String text() {
        return String.join("\n", lines) + "\n";
    }

    void collect(Instant now) {
        var current = states.current();
        int first = lines.size();
        for (var task : current.tasks().values()) {
            var before = seen.tasks().get(task.getId());
            if (before == null) {
                add(now, name(task) + " created, " + desired(task));
            } else {
                changed(before, task, now);
            }
        }
        for (var task : seen.tasks().values()) {
            if (!current.tasks().containsKey(task.getId())) {
                add(now, name(task) + " deleted");
            }
        }
        for (var service : current.services().values()) {
            var before = seen.services().get(service.getId());
            if (before != null && !before.getUpdateStatus().equals(service.getUpdateStatus())) {
                add(now, status(service));
            }
        }
        // Of one step, in the order of the alphabet: ids, and so their order, are random.
        lines.subList(first, lines.size()).sort(Comparator.naturalOrder());
        seen = current;
    }

    private void changed(Task before, Task task, Instant now) {
        if (before.getDesiredState() != task.getDesiredState()) {
            add(now, name(task) + " " + desired(task));
        }
        var state = task.getStatus().getState();
        if (before.getStatus().getState() != state && (state == TaskState.TASK_RUNNING || TaskStates.terminal(state))) {
            add(now, name(task) + " is " + TaskStates.display(state));
        }
    }

    private static String desired(Task task) {
        return "to be " + TaskStates.display(task.getDesiredState());
    }

    private String status(Service service) {
        var status = service.getUpdateStatus();
        var text = service.getSpec().getAnnotations().getName() + " "
                + status.getState().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        if (status.getMessage().isEmpty()) {
            return text;
        }
        var message = status.getMessage();
        for (var name : names.entrySet()) {
            message = message.replace(name.getKey(), name.getValue());
        }
        return text + ": " + message;
    }

    private String name(Task task) {
        return names.computeIfAbsent(task.getId(), _ -> {
            var place = task.getServiceName() + "." + (task.getSlot() == 0 ? task.getNodeId() : task.getSlot());
            int count = counts.merge(place, 1, Integer::sum);
            return place + (count <= LETTERS ? String.valueOf((char) ('a' + count - 1)) : "#" + count);
        });
    }

    private void add(Instant now, String line) {
        lines.add("%3d s  %s".formatted(Duration.between(start, now).toSeconds(), line));
    }
}
