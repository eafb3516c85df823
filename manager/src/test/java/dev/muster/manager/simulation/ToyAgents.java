package dev.muster.manager.simulation;

import dev.muster.api.NodeState;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.Timestamps;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Proposer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Agents of all nodes that are up: a task is prepared at once, runs after its start time, and stops after its stop time.
 * What else becomes of it is up to its behaviour, which goes by the image.
 */
public final class ToyAgents {
    /** What a task of an image does. */
    public sealed interface Behaviour {
        /** Runs until it is told to stop. */
        record Runs() implements Behaviour {}

        /** Fails instead of running. */
        record FailsToStart() implements Behaviour {}

        /** Runs, then ends with this state. */
        record Ends(Duration after, TaskState state) implements Behaviour {}

        /** Never gets ready. */
        record Hangs() implements Behaviour {}
    }

    private static final Behaviour RUNS = new Behaviour.Runs();

    private final TreeMap<String, Behaviour> behaviours = new TreeMap<>();
    private final TreeMap<String, Instant> since = new TreeMap<>();
    private Duration startTime = Duration.ofSeconds(1);
    private Duration stopTime = Duration.ofSeconds(1);

    public ToyAgents image(String image, Behaviour behaviour) {
        behaviours.put(image, behaviour);
        return this;
    }

    public ToyAgents times(Duration start, Duration stop) {
        startTime = start;
        stopTime = stop;
        return this;
    }

    /** Reports everything that has happened by now. Answers whether there was anything. */
    boolean act(ClusterState state, Proposer proposer, Instant now) {
        boolean acted = false;
        for (var task : state.tasks().values()) {
            var next = next(state, task, now);
            if (next.isPresent()) {
                acted |= proposer.propose(new ChangeSetBuilder(now, "agent")
                                .update(observed(task, next.get(), now))
                                .build())
                        .accepted();
                since.put(task.getId(), now);
            }
        }
        return acted;
    }

    /** When the next thing happens if nobody does anything. */
    Optional<Instant> nextEvent(ClusterState state) {
        return state.tasks().values().stream()
                .map(task -> due(state, task))
                .flatMap(Optional::stream)
                .min(Instant::compareTo);
    }

    private Optional<TaskState> next(ClusterState state, Task task, Instant now) {
        return due(state, task).filter(at -> !at.isAfter(now)).map(_ -> target(state, task));
    }

    private Optional<Instant> due(ClusterState state, Task task) {
        var observed = task.getStatus().getState();
        boolean ours = !task.getNodeId().isEmpty()
                && !TaskStates.ended(task)
                && !TaskStates.before(observed, TaskState.TASK_ASSIGNED)
                && state.node(task.getNodeId())
                        .filter(node -> node.getStatus().getState() == NodeState.NODE_READY)
                        .isPresent();
        if (!ours) {
            return Optional.empty();
        }
        var reached = since.getOrDefault(
                task.getId(), Timestamps.instant(task.getStatus().getTimestamp()));
        if (stopping(task)) {
            return Optional.of(
                    reached(task, reached).plus(observed == TaskState.TASK_RUNNING ? stopTime : Duration.ZERO));
        }
        var behaviour = behaviour(state, task);
        return switch (observed) {
            case TASK_ASSIGNED -> behaviour instanceof Behaviour.Hangs ? Optional.empty() : Optional.of(reached);
            case TASK_READY ->
                TaskStates.before(task.getDesiredState(), TaskState.TASK_RUNNING)
                        ? Optional.empty()
                        : Optional.of(reached(task, reached));
            case TASK_STARTING -> Optional.of(reached.plus(startTime));
            case TASK_RUNNING ->
                behaviour instanceof Behaviour.Ends ends ? Optional.of(reached.plus(ends.after())) : Optional.empty();
            default -> Optional.empty();
        };
    }

    /** Stopping and starting begin when managers say so, not when the state was reached. */
    private static Instant reached(Task task, Instant reached) {
        var told = Timestamps.instant(task.getMeta().getUpdatedAt());
        return told.isAfter(reached) ? told : reached;
    }

    private TaskState target(ClusterState state, Task task) {
        if (stopping(task)) {
            return TaskState.TASK_SHUTDOWN;
        }
        var behaviour = behaviour(state, task);
        return switch (task.getStatus().getState()) {
            case TASK_ASSIGNED -> TaskState.TASK_READY;
            case TASK_READY -> TaskState.TASK_STARTING;
            case TASK_STARTING ->
                behaviour instanceof Behaviour.FailsToStart ? TaskState.TASK_FAILED : TaskState.TASK_RUNNING;
            default -> ((Behaviour.Ends) behaviour).state();
        };
    }

    private static boolean stopping(Task task) {
        return !TaskStates.before(task.getDesiredState(), TaskState.TASK_SHUTDOWN);
    }

    private Behaviour behaviour(ClusterState state, Task task) {
        return behaviours.getOrDefault(
                state.revision(task).getTask().getContainer().getImage(), RUNS);
    }

    private static Task observed(Task task, TaskState state, Instant now) {
        return task.toBuilder()
                .setStatus(task.getStatus().toBuilder()
                        .setState(state)
                        .setTimestamp(Timestamps.of(now))
                        .setAppliedAt(Timestamps.of(now)))
                .build();
    }
}
