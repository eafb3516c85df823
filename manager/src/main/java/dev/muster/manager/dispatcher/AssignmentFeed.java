package dev.muster.manager.dispatcher;

import dev.muster.api.Assignment;
import dev.muster.api.AssignmentChange;
import dev.muster.api.AssignmentKey;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Generation;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.dispatcher.TableChanges.ItemChange;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * What one agent's stream of assignments has to say next: everything at first, then what differs from what was said.
 * Between two takes changes merge, so a slow agent costs no more memory than its tables and always gets the newest. One
 * thread marks, one takes, any acknowledges; it reads no clock.
 */
final class AssignmentFeed {
    /** Sets sent and not confirmed that are told apart; beyond, the oldest count as confirmed with the next. */
    private static final int MAX_IN_FLIGHT = 1000;

    private final String nodeId;
    private final StopOrder stops;
    private final Generations generations;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition signalled = lock.newCondition();
    private final Deque<InFlight> inFlight = new ArrayDeque<>();
    private final SortedMap<ItemKey, ItemChange> pending = new TreeMap<>();

    /** The node's own items as the agent has them. */
    private SortedMap<ItemKey, Assignment> nodeItems = new TreeMap<>();

    private Set<String> networks = Set.of();

    /** The state that the agent's tables are of, and the one they are to be of. */
    private ClusterState sent;

    private ClusterState target;
    private boolean complete = true;
    private boolean nodeItemsMarked = true;
    private boolean closed;
    private volatile long confirmedVersion = -1;

    /** A set that was sent: confirming its last generation confirms the state. */
    private record InFlight(long generation, long version) {}

    AssignmentFeed(String nodeId, ClusterState state, StopOrder stops, Generations generations) {
        this.nodeId = nodeId;
        this.sent = state;
        this.target = state;
        this.stops = stops;
        this.generations = generations;
    }

    String nodeId() {
        return nodeId;
    }

    /** Whether the agent needs nothing more for this version of the state: it has it in force, or has gone. */
    boolean confirmed(long version) {
        return confirmedVersion >= version;
    }

    /** Moves the target on to the state after the update. */
    void mark(ClusterStates.Update update, TableChanges changes) {
        lock.lock();
        try {
            target = update.after();
            if (changes.everything()) {
                restart();
            } else if (!complete) {
                nodeItemsMarked |= changes.nodes().contains(nodeId)
                        || changes.ids().stream().anyMatch(key -> nodeItems.containsKey(key));
                for (var network : networks) {
                    changes.tables().getOrDefault(network, Map.of()).forEach(this::merge);
                }
            }
            signalIfDue();
        } finally {
            lock.unlock();
        }
    }

    /** Has the node's own items looked at again: a task may be told to stop now. */
    void markNodeItems() {
        lock.lock();
        try {
            nodeItemsMarked = true;
            signalIfDue();
        } finally {
            lock.unlock();
        }
    }

    /** Has everything sent again. */
    void markAll() {
        lock.lock();
        try {
            restart();
            signalIfDue();
        } finally {
            lock.unlock();
        }
    }

    /** Wakes who waits in {@link #await}, to look whether it can send now. */
    void signal() {
        lock.lock();
        try {
            signalled.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing is said any more, and nothing waits for the agent. */
    void close() {
        lock.lock();
        try {
            closed = true;
            confirmedVersion = Long.MAX_VALUE;
            signalled.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until there may be something to say and the stream can take it.
     *
     * @return the messages of one set, in order: none if what was marked made no difference; empty when the feed is
     *     closed
     */
    Optional<List<AssignmentsMessage>> await(BooleanSupplier ready) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed && !(due() && ready.getAsBoolean())) {
                signalled.await();
            }
            return closed ? Optional.empty() : Optional.of(take());
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the stream can take the next message of a set; false when the feed is closed. */
    boolean awaitReady(BooleanSupplier ready) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed && !ready.getAsBoolean()) {
                signalled.await();
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /** The messages of the next set, without waiting; empty if there is nothing to say. */
    List<AssignmentsMessage> poll() {
        lock.lock();
        try {
            return closed || !due() ? List.of() : take();
        } finally {
            lock.unlock();
        }
    }

    /** Everything up to this generation is in force on the node. */
    void acknowledge(Generation generation) {
        if (!generations.own(generation)) {
            return;
        }
        lock.lock();
        try {
            while (!inFlight.isEmpty() && inFlight.peekFirst().generation() <= generation.getNumber()) {
                confirm(inFlight.removeFirst().version());
            }
        } finally {
            lock.unlock();
        }
    }

    private void restart() {
        complete = true;
        pending.clear();
    }

    private void merge(ItemKey key, ItemChange change) {
        var earlier = pending.get(key);
        if (earlier == null) {
            pending.put(key, change);
        } else {
            earlier.then(change).ifPresentOrElse(both -> pending.put(key, both), () -> pending.remove(key));
        }
    }

    private boolean due() {
        return complete || nodeItemsMarked || !pending.isEmpty();
    }

    private void signalIfDue() {
        if (due()) {
            signalled.signalAll();
        } else {
            reached();
        }
    }

    /** The agent has, or has been sent, all that the target means for it. */
    private void reached() {
        sent = target;
        if (inFlight.isEmpty()) {
            confirm(target.version());
        } else {
            var last = inFlight.removeLast();
            inFlight.addLast(new InFlight(last.generation(), target.version()));
        }
    }

    private void confirm(long version) {
        confirmedVersion = Math.max(confirmedVersion, version);
    }

    private List<AssignmentsMessage> take() {
        var changes = complete ? everything() : differences();
        var type = complete ? AssignmentsMessage.Type.COMPLETE : AssignmentsMessage.Type.INCREMENTAL;
        boolean nothing = changes.isEmpty() && !complete;
        complete = false;
        nodeItemsMarked = false;
        pending.clear();
        if (nothing) {
            reached();
            return List.of();
        }
        sent = target;
        var messages = AssignmentMessages.of(type, changes, generations);
        inFlight.addLast(new InFlight(messages.getLast().getGeneration().getNumber(), target.version()));
        if (inFlight.size() > MAX_IN_FLIGHT) {
            inFlight.removeFirst();
        }
        return messages;
    }

    private List<AssignmentChange> everything() {
        nodeItems = next();
        networks = Set.copyOf(AssignmentSets.networks(nodeItems.keySet()));
        return AssignmentSets.withTables(target, nodeItems).values().stream()
                .map(AssignmentMessages::set)
                .toList();
    }

    private List<AssignmentChange> differences() {
        var changes = new ArrayList<AssignmentChange>();
        if (nodeItemsMarked) {
            var next = next();
            compare(nodeItems, next, changes);
            var nextNetworks = Set.copyOf(AssignmentSets.networks(next.keySet()));
            joinAndLeave(nextNetworks, changes);
            nodeItems = next;
            networks = nextNetworks;
        }
        pending.forEach((key, change) -> changes.add(
                change.after().map(AssignmentMessages::set).orElseGet(() -> AssignmentMessages.remove(key))));
        return changes;
    }

    /** The node's own items at the target, except that a held task is not told to stop yet. */
    private SortedMap<ItemKey, Assignment> next() {
        var next = NodeItems.of(target, nodeId);
        for (var entry : next.entrySet()) {
            var earlier = nodeItems.get(entry.getKey());
            if (earlier != null
                    && entry.getKey().type() == AssignmentKey.Type.TASK
                    && !toldToStop(earlier)
                    && toldToStop(entry.getValue())
                    && stops.holds(entry.getKey().id())) {
                entry.setValue(earlier);
            }
        }
        return next;
    }

    private static boolean toldToStop(Assignment task) {
        return !TaskStates.before(task.getTask().getDesiredState(), TaskState.TASK_SHUTDOWN);
    }

    private static void compare(
            SortedMap<ItemKey, Assignment> before,
            SortedMap<ItemKey, Assignment> after,
            List<AssignmentChange> changes) {
        after.forEach((key, item) -> {
            var earlier = Optional.ofNullable(before.get(key));
            if (earlier.filter(known -> NodeItems.same(known, item)).isEmpty()) {
                changes.add(AssignmentMessages.set(item));
            }
        });
        for (var key : before.keySet()) {
            if (!after.containsKey(key)) {
                changes.add(AssignmentMessages.remove(key));
            }
        }
    }

    /** Whole tables of networks that the node enters, nothing of those that it leaves. */
    private void joinAndLeave(Set<String> nextNetworks, List<AssignmentChange> changes) {
        var left = new HashSet<>(networks);
        left.removeAll(nextNetworks);
        for (var network : left) {
            NetworkItems.table(sent, network).keySet().forEach(key -> changes.add(AssignmentMessages.remove(key)));
        }
        pending.keySet()
                .removeIf(key -> left.stream().anyMatch(network -> key.id().startsWith(network + "/")));
        for (var network : nextNetworks) {
            if (!networks.contains(network)) {
                NetworkItems.table(target, network).values().forEach(item -> changes.add(AssignmentMessages.set(item)));
            }
        }
    }
}
