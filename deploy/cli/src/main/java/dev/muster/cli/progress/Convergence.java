package dev.muster.cli.progress;

import dev.muster.api.Durations;
import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.UpdateConfig;
import dev.muster.api.UpdateStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where a service stands on its way to what its spec says. One per waiting; fed one snapshot after the other, with the
 * monotonic time of each. Replicated and global services converge when all tasks run and have gone on doing so for the
 * monitor period; jobs when all are complete.
 */
final class Convergence {

    /** More bars than this scroll off the screen. */
    private static final int MOST_BARS = 20;

    private static final int MOST_JOB_BARS = 10;
    private static final int MOST_ERROR = 75;
    private static final Duration DEFAULT_MONITOR = Duration.ofSeconds(5);

    /** From new to running; allocated is a step of stock clients that our pending includes. */
    private static final List<String> STEPS =
            List.of("new", "allocated", "pending", "assigned", "accepted", "preparing", "ready", "starting", "running");

    private static final int STATE_WIDTH = 9;
    private static final String FULL = "[==================================================>]";
    private static final String BAR = "==================================================";

    private Optional<Long> stableSinceNanos = Optional.empty();
    private boolean brokeOff;
    private Optional<String> rollback = Optional.empty();

    View look(Snapshot now, long nanos) {
        Service service = now.service();
        if (service.getSpec().hasReplicatedJob() || service.getSpec().hasGlobalJob()) {
            return job(now);
        }
        List<View.Line> lines = new ArrayList<>();
        boolean running = service.getSpec().hasGlobal() ? global(now, lines) : replicated(now, lines);
        Optional<View.End> end = update(service, running, lines);
        if (end.isPresent()) {
            return new View(lines, running, end);
        }
        return verify(service, running, nanos, lines);
    }

    /** What the state of a rolling update has to say. */
    private Optional<View.End> update(Service service, boolean converged, List<View.Line> lines) {
        UpdateStatus status = service.getUpdateStatus();
        return switch (status.getState()) {
            case PAUSED -> failed("service update paused: " + status.getMessage());
            case ROLLBACK_PAUSED -> failed("service rollback paused: " + status.getMessage());
            case ROLLBACK_STARTED -> {
                rollback = Optional.of("rollback: " + status.getMessage());
                lines.add(new View.Line("rollback", status.getMessage()));
                yield Optional.empty();
            }
            case ROLLBACK_COMPLETED -> {
                if (rollback.isPresent()) {
                    rollback = Optional.of("rollback: " + status.getMessage());
                }
                yield Optional.empty();
            }
            case COMPLETED -> converged ? Optional.empty() : Optional.of(new View.End.Done(""));
            case UNKNOWN, UPDATING, UNRECOGNIZED -> Optional.empty();
        };
    }

    private static Optional<View.End> failed(String message) {
        return Optional.of(new View.End.Failed(message));
    }

    private View verify(Service service, boolean running, long nanos, List<View.Line> lines) {
        if (!running) {
            if (stableSinceNanos.isPresent()) {
                brokeOff = true;
                stableSinceNanos = Optional.empty();
            }
            if (brokeOff) {
                lines.add(new View.Line("verify", "Detected task failure"));
            }
            return new View(lines, false, Optional.empty());
        }
        if (stableSinceNanos.isEmpty()) {
            stableSinceNanos = Optional.of(nanos);
        }
        Duration left = monitor(service).minusNanos(nanos - stableSinceNanos.get());
        if (left.isNegative() || left.isZero()) {
            lines.add(new View.Line("verify", "Service " + service.getId() + " converged"));
            return new View(lines, true, Optional.of(new View.End.Done(rollback.orElse(""))));
        }
        long seconds = left.plusNanos(999_999_999).toSeconds();
        String wait = "Waiting " + seconds + " seconds to verify that tasks are stable...";
        lines.add(new View.Line("verify", wait));
        return new View(lines, true, Optional.empty());
    }

    private static Duration monitor(Service service) {
        UpdateConfig update = service.getSpec().getUpdate();
        return Durations.positive(update.getMonitor(), DEFAULT_MONITOR);
    }

    private boolean replicated(Snapshot now, List<View.Line> lines) {
        long wanted = now.service().getSpec().getReplicated().hasReplicas()
                ? now.service().getSpec().getReplicated().getReplicas()
                : 1;
        Map<Long, Task> slots = new TreeMap<>();
        for (Task task : now.tasks()) {
            if (isOnActiveNode(task, now)) {
                slots.merge(task.getSlot(), task, Convergence::moreTelling);
            }
        }
        long running = slots.values().stream().filter(Convergence::runs).count();
        lines.add(overall(now.service(), running, wanted));
        if (wanted <= MOST_BARS) {
            int number = 0;
            for (var slot : slots.entrySet()) {
                number++;
                if (number <= wanted) {
                    lines.add(new View.Line(number + "/" + wanted, state(slot.getValue())));
                }
            }
        }
        return running >= wanted && slots.size() <= wanted;
    }

    private boolean global(Snapshot now, List<View.Line> lines) {
        Map<String, Task> nodes = new TreeMap<>();
        for (Task task : now.tasks()) {
            boolean wanted = TaskStates.order(task.getDesiredState()) <= TaskStates.order(TaskState.TASK_RUNNING);
            if (isOnActiveNode(task, now) && wanted) {
                nodes.merge(task.getNodeId(), task, Convergence::moreTelling);
            }
        }
        if (nodes.isEmpty()) {
            lines.add(new View.Line("overall progress", "waiting for new tasks"));
            return false;
        }
        long running = nodes.values().stream().filter(Convergence::runs).count();
        lines.add(overall(now.service(), running, nodes.size()));
        if (nodes.size() <= MOST_BARS) {
            nodes.forEach((id, task) ->
                    lines.add(new View.Line(id.substring(0, Math.min(12, id.length())), state(task))));
        }
        return running == nodes.size();
    }

    private static boolean isOnActiveNode(Task task, Snapshot now) {
        return task.getNodeId().isEmpty() || now.activeNodes().contains(task.getNodeId());
    }

    /** One slot may have several tasks: the one with the lower desired state, then the one further on. */
    private static Task moreTelling(Task one, Task other) {
        int desired =
                Integer.compare(TaskStates.order(one.getDesiredState()), TaskStates.order(other.getDesiredState()));
        if (desired != 0) {
            return desired < 0 ? one : other;
        }
        return TaskStates.before(one.getStatus().getState(), other.getStatus().getState()) ? other : one;
    }

    private static boolean runs(Task task) {
        return task.getStatus().getState() == TaskState.TASK_RUNNING
                && TaskStates.order(task.getDesiredState()) <= TaskStates.order(TaskState.TASK_RUNNING);
    }

    private static View.Line overall(Service service, long running, long wanted) {
        boolean back = service.getUpdateStatus().getState() == UpdateStatus.State.ROLLBACK_STARTED;
        String text = (back ? "rolling back update: " : "") + running + " out of " + wanted + " tasks";
        return new View.Line("overall progress", text);
    }

    /** The state and its bar; what went wrong instead, where something did. */
    private static String state(Task task) {
        String error = task.getStatus().getErr();
        if (!error.isEmpty() && task.getStatus().getState() != TaskState.TASK_RUNNING) {
            String flat = error.replace('\n', ' ');
            return flat.length() <= MOST_ERROR ? flat : flat.substring(0, MOST_ERROR - 1) + "…";
        }
        String name = TaskStates.display(task.getStatus().getState());
        int step = STEPS.indexOf(name);
        if (step < 0) {
            return pad(name);
        }
        int width = BAR.length() * step / (STEPS.size() - 1);
        String bar = step == STEPS.size() - 1
                ? FULL
                : "[" + BAR.substring(0, width) + ">" + " ".repeat(BAR.length() - width) + "]";
        return pad(name) + " " + bar;
    }

    private static String pad(String state) {
        return state + " ".repeat(Math.max(0, STATE_WIDTH - state.length()));
    }

    private View job(Snapshot now) {
        boolean replicated = now.service().getSpec().hasReplicatedJob();
        long iteration = now.service().getJobStatus().getIteration();
        List<Task> tasks = now.tasks().stream()
                .filter(task -> task.getJobIteration() == iteration)
                .filter(task -> replicated || now.activeNodes().contains(task.getNodeId()))
                .toList();
        List<View.Line> lines = new ArrayList<>();
        if (!replicated && tasks.isEmpty()) {
            lines.add(new View.Line("job progress", "waiting for tasks"));
            return new View(lines, false, Optional.empty());
        }
        Map<String, Task> places =
                new TreeMap<>(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
        tasks.forEach(task -> places.merge(
                replicated ? Long.toString(task.getSlot()) : task.getNodeId(), task, Convergence::further));
        var job = now.service().getSpec().getReplicatedJob();
        long concurrent = job.hasMaxConcurrent() ? job.getMaxConcurrent() : 1;
        long total = !replicated ? places.size() : job.hasTotalCompletions() ? job.getTotalCompletions() : concurrent;
        long complete = tasks.stream().filter(Convergence::isComplete).count();
        long active = tasks.stream().filter(TaskStates::active).count();
        long desired = replicated ? Math.min(concurrent, total - complete) : total - complete;
        lines.add(
                new View.Line("job progress", complete + " out of " + total + " complete " + jobBar(complete, total)));
        lines.add(new View.Line("active tasks", active + " out of " + Math.max(0, desired) + " tasks"));
        if (total <= MOST_JOB_BARS) {
            places.forEach((place, task) -> {
                String title = replicated ? (Long.parseLong(place) + 1) + "/" + total : place;
                lines.add(new View.Line(title, jobState(task)));
            });
        }
        boolean done = complete >= total;
        Optional<View.End> end = done ? Optional.of(new View.End.Done("job complete")) : Optional.empty();
        return new View(lines, done, end);
    }

    private static Task further(Task one, Task other) {
        return TaskStates.before(one.getStatus().getState(), other.getStatus().getState()) ? other : one;
    }

    private static boolean isComplete(Task task) {
        return task.getStatus().getState() == TaskState.TASK_COMPLETE;
    }

    private static String jobState(Task task) {
        return isComplete(task) ? pad("complete") + " " + FULL : state(task);
    }

    private static String jobBar(long complete, long total) {
        int width = total == 0 ? BAR.length() : (int) (BAR.length() * Math.min(complete, total) / total);
        return complete >= total ? FULL : "[" + BAR.substring(0, width) + ">" + " ".repeat(BAR.length() - width) + "]";
    }
}
