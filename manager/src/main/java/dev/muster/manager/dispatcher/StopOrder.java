package dev.muster.manager.dispatcher;

import dev.muster.api.Kind;
import dev.muster.api.Node;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Lets a running task be stopped only when no node sends clients to it any more. When a task is told to stop, every node
 * in its networks hears first that its endpoint does not serve; its own node hears of the stop when all of them have
 * confirmed, or when a bound passes: a node that hangs must not keep the rest from stopping. Tasks wait side by side, and
 * nothing else waits for them. Any thread; calls no one while it holds its lock.
 */
final class StopOrder {
    /** Longer than a loaded node takes for a table of thousands, shorter than anyone minds waiting for a stop. */
    static final Duration BOUND = Duration.ofMillis(500);

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Stop> stops = new ConcurrentHashMap<>();

    /** A task that is not told yet. The waiting set is guarded by the lock. */
    private record Stop(String nodeId, long version, long deadlineNanos, Set<AssignmentFeed> waiting) {}

    /** Whether its node must not hear of the stop yet. */
    boolean holds(String taskId) {
        return stops.containsKey(taskId);
    }

    /**
     * Notes the tasks that this update tells to stop. Call before the feeds hear of the update.
     *
     * @param feeds of all nodes that listen
     */
    void begin(ClusterStates.Update update, Collection<AssignmentFeed> feeds, long nowNanos) {
        var stopping = stopping(update);
        if (stopping.isEmpty()) {
            return;
        }
        // Once for all tasks: services stop as a whole, and their tasks share networks.
        var listeners = new HashMap<String, List<AssignmentFeed>>();
        Function<String, List<AssignmentFeed>> inNetwork = network -> feeds.stream()
                .filter(feed -> networks(update.after(), feed.nodeId()).contains(network))
                .toList();
        lock.lock();
        try {
            for (var task : stopping) {
                var waiting = new HashSet<AssignmentFeed>();
                for (var network : NetworkItems.networks(task.getNetworksList())) {
                    waiting.addAll(listeners.computeIfAbsent(network, inNetwork));
                }
                if (!waiting.isEmpty()) {
                    stops.put(
                            task.getId(),
                            new Stop(task.getNodeId(), update.after().version(), nowNanos + BOUND.toNanos(), waiting));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets go of the tasks that nothing speaks against any more.
     *
     * @return the nodes that are to hear of it
     */
    Set<String> release(ClusterState state, long nowNanos) {
        if (stops.isEmpty()) {
            return Set.of();
        }
        var nodes = new TreeSet<String>();
        lock.lock();
        try {
            stops.entrySet().removeIf(entry -> {
                var stop = entry.getValue();
                stop.waiting().removeIf(feed -> feed.confirmed(stop.version()));
                boolean released = stop.waiting().isEmpty()
                        || stop.deadlineNanos() - nowNanos <= 0
                        || state.task(entry.getKey()).filter(StopOrder::serves).isEmpty();
                if (released) {
                    nodes.add(stop.nodeId());
                }
                return released;
            });
        } finally {
            lock.unlock();
        }
        return nodes;
    }

    /** How long until the next task is let go whatever its nodes say; empty if none is held. */
    Optional<Duration> untilNextDeadline(long nowNanos) {
        return stops.values().stream()
                .map(stop -> Duration.ofNanos(Math.max(0, stop.deadlineNanos() - nowNanos)))
                .min(Comparator.naturalOrder());
    }

    private static List<Task> stopping(ClusterStates.Update update) {
        var candidates = new ArrayList<Task>();
        if (update.touched().everything()) {
            for (var desired : List.of(TaskState.TASK_SHUTDOWN, TaskState.TASK_REMOVE)) {
                candidates.addAll(
                        update.after().tasksIn(desired, TaskState.TASK_RUNNING).values());
            }
        } else {
            for (var key : update.touched().keys()) {
                if (key.kind() == Kind.KIND_TASK) {
                    update.after().task(key.id()).filter(StopOrder::toldToStop).ifPresent(candidates::add);
                }
            }
        }
        return candidates.stream()
                .filter(StopOrder::serves)
                .filter(task -> update.before()
                        .task(task.getId())
                        .filter(before -> !toldToStop(before))
                        .isPresent())
                .toList();
    }

    private static boolean toldToStop(Task task) {
        return !TaskStates.before(task.getDesiredState(), TaskState.TASK_SHUTDOWN);
    }

    private static boolean serves(Task task) {
        return task.getStatus().getState() == TaskState.TASK_RUNNING;
    }

    private static Set<String> networks(ClusterState state, String nodeId) {
        return state.node(nodeId)
                .map(Node::getAttachmentsList)
                .map(NetworkItems::networks)
                .orElse(Collections.emptySet());
    }
}
