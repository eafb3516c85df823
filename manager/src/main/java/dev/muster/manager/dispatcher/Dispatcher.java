package dev.muster.manager.dispatcher;

import static java.lang.System.Logger.Level.INFO;

import dev.muster.api.Generation;
import dev.muster.api.Ids;
import dev.muster.api.Kind;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeState;
import dev.muster.api.SessionMessage;
import dev.muster.api.SessionRequest;
import dev.muster.api.UpdateTaskStatusRequest;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What one leadership says to agents and hears from them. Its state of sessions and heartbeats is of this leadership
 * only: the next one begins with nodes it has not heard of. Two threads drive it, {@link #runUpdates} and {@link
 * #runHeartbeats}, or a simulation that calls their passes; calls of agents come from any thread.
 */
final class Dispatcher implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Dispatcher.class.getName());

    /** A node is down after this many periods without a heartbeat. */
    private static final int PERIODS_TO_LIVE = 3;

    /** Of what every node gets when a new leader has not heard of it yet: its agent has to find that leader first. */
    private static final int GRACE_FACTOR = 2;

    /** Agents' periods are spread by this much in either direction, so that they do not beat in step. */
    private static final double JITTER = 0.1;

    /** How long a pass waits at most before it looks at its clock again: that clock may be set while it waits. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    static final String UNKNOWN_MESSAGE = "Node moved to \"unknown\" state due to leadership change in cluster";
    static final String SILENT_MESSAGE = "heartbeat failure";
    static final String NEVER_HEARD_MESSAGE = "heartbeat failure for node in \"unknown\" state";

    private final ClusterStates.Subscription updates;
    private final ClusterStates states;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final Supplier<Optional<String>> leader;
    private final Generations generations;
    private final NodeReports nodeReports;
    private final TaskReports taskReports;
    private final Heartbeats heartbeats;
    private final RegistrationLimit registrations;
    private final StopOrder stops = new StopOrder();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Guards what follows, and the random source. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<String, AgentSession> sessions = new TreeMap<>();
    private ClusterState seen;

    /**
     * @param term the Raft term of the leadership
     * @param leader where agents find the leader once it is not this manager any more
     */
    Dispatcher(
            ClusterStates states,
            Proposer proposer,
            long term,
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator random,
            Supplier<Optional<String>> leader) {
        this.states = states;
        this.updates = states.subscribe();
        this.seen = updates.seen();
        this.nanoTime = nanoTime;
        this.random = random;
        this.leader = leader;
        this.generations = new Generations(seen.epoch(), term);
        this.nodeReports = new NodeReports(states, proposer, clock);
        this.taskReports = new TaskReports(states, proposer, clock);
        this.heartbeats = new Heartbeats(nanoTime);
        this.registrations = new RegistrationLimit(nanoTime);
        for (var node : seen.nodes().values()) {
            if (node.getStatus().getState() != NodeState.NODE_DOWN) {
                heartbeats.expect(node.getId(), timeToLive(seen).multipliedBy(GRACE_FACTOR));
            }
        }
    }

    /** Passes the state on to agents until this is closed. */
    void runUpdates() {
        try {
            while (!isClosed()) {
                updates.await(stops.untilNextDeadline(nanoTime.getAsLong())
                                .map(Dispatcher::bounded)
                                .orElse(LONGEST_WAIT))
                        .ifPresent(this::deliver);
                letStopsGo();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One pass of the same, without waiting. */
    void passUpdates() {
        updates.poll().ifPresent(this::deliver);
        letStopsGo();
    }

    /** Writes off silent nodes until this is closed. */
    void runHeartbeats() {
        try {
            markUnheard();
            while (!isClosed()) {
                passHeartbeats();
                var pause =
                        heartbeats.untilNextDeadline().map(Dispatcher::bounded).orElse(LONGEST_WAIT);
                var _ = closed.await(pause.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The beginning of a leadership: says of every node that it has not been heard of. */
    void markUnheard() {
        var unheard = seen().nodes().keySet().stream()
                .filter(nodeId -> heartbeats.alive(nodeId) && !heartbeats.registered(nodeId))
                .toList();
        nodeReports.move(
                unheard,
                NodeState.NODE_UNKNOWN,
                UNKNOWN_MESSAGE,
                node -> node.getStatus().getState() != NodeState.NODE_DOWN && !heartbeats.registered(node.getId()));
    }

    /** One pass over the heartbeats, without waiting for any. */
    void passHeartbeats() {
        var silent = new TreeMap<Boolean, List<String>>();
        for (var node : heartbeats.takeSilent()) {
            silent.computeIfAbsent(node.registered(), _ -> new ArrayList<>()).add(node.nodeId());
            LOG.log(INFO, "node {0} is silent", node.nodeId());
        }
        silent.forEach((registered, nodeIds) -> {
            nodeIds.forEach(
                    nodeId -> endSession(nodeId, DispatcherStatus.over("no heartbeat in time: register again")));
            var failed = nodeReports.move(
                    nodeIds,
                    NodeState.NODE_DOWN,
                    registered ? SILENT_MESSAGE : NEVER_HEARD_MESSAGE,
                    node -> !heartbeats.alive(node.getId()));
            // Said again soon: an outcome may be unknown, or the log may be full.
            failed.stream()
                    .filter(nodeId -> !heartbeats.alive(nodeId))
                    .forEach(nodeId -> heartbeats.expect(nodeId, LONGEST_WAIT));
        });
    }

    /**
     * A node registers.
     *
     * @param address where its connection comes from
     * @throws StatusRuntimeException if it cannot
     */
    AgentSession register(String nodeId, String address, SessionRequest request, LatestOutlet<SessionMessage> outlet) {
        requireNode(nodeId);
        if (!registrations.admit(nodeId)) {
            throw DispatcherStatus.tooManyRegistrations(nodeId, RegistrationLimit.MOST, RegistrationLimit.WINDOW);
        }
        var dataPathAddress = request.getDataPathAddress().isEmpty() ? address : request.getDataPathAddress();
        // Before it is written that the node is ready, so that nothing that is under way can write it off after.
        heartbeats.beat(nodeId, timeToLive(states.current()));
        require(nodeReports
                .ready(nodeId, request.getDescription(), dataPathAddress)
                .orElseThrow(() -> DispatcherStatus.unknownNode(nodeId)));
        lock.lock();
        try {
            if (isClosed()) {
                throw DispatcherStatus.notLeader(leader.get());
            }
            var session = new AgentSession(Ids.create(random), nodeId, outlet);
            var earlier = Optional.ofNullable(sessions.put(nodeId, session));
            earlier.ifPresent(old -> old.end(DispatcherStatus.over("node " + nodeId + " has registered again")));
            session.tell(states.current());
            LOG.log(INFO, "node {0} registered from {1}", nodeId, dataPathAddress);
            return session;
        } finally {
            lock.unlock();
        }
    }

    /** The node's session, if it is this one. */
    AgentSession session(String nodeId, String sessionId) {
        lock.lock();
        try {
            if (isClosed()) {
                throw DispatcherStatus.notLeader(leader.get());
            }
            return Optional.ofNullable(sessions.get(nodeId))
                    .filter(session -> session.id().equals(sessionId))
                    .orElseThrow(() -> DispatcherStatus.unknownSession(sessionId));
        } finally {
            lock.unlock();
        }
    }

    /** The node lives. Returns after how long it is to say so again. */
    Duration heartbeat(String nodeId, String sessionId) {
        var session = session(nodeId, sessionId);
        var state = states.current();
        heartbeats.beat(session.nodeId(), timeToLive(state));
        lock.lock();
        try {
            double factor = 1 + JITTER * (2 * random.nextDouble() - 1);
            return Duration.ofNanos((long) (SessionMessages.period(state).toNanos() * factor));
        } finally {
            lock.unlock();
        }
    }

    /** Opens the session's stream of assignments, from the state on that updates have come to. */
    AssignmentFeed openFeed(AgentSession session) {
        lock.lock();
        try {
            return session.openFeed(() -> new AssignmentFeed(session.nodeId(), seen, stops, generations))
                    .orElseThrow(session::endOfStream);
        } finally {
            lock.unlock();
        }
    }

    void acknowledge(AssignmentFeed feed, Generation applied) {
        feed.acknowledge(applied);
        letStopsGo();
    }

    /** Tells tasks to stop that have waited long enough, or for all nodes. */
    void letStopsGo() {
        for (var nodeId : stops.release(seen(), nanoTime.getAsLong())) {
            lock.lock();
            try {
                Optional.ofNullable(sessions.get(nodeId))
                        .flatMap(AgentSession::feed)
                        .ifPresent(AssignmentFeed::markNodeItems);
            } finally {
                lock.unlock();
            }
        }
    }

    void updateTasks(String nodeId, String sessionId, List<UpdateTaskStatusRequest.Update> reports) {
        session(nodeId, sessionId);
        taskReports.record(nodeId, reports).ifPresent(this::require);
    }

    void updateDescription(String nodeId, String sessionId, NodeDescription description) {
        session(nodeId, sessionId);
        require(nodeReports.describe(nodeId, description).orElseThrow(() -> DispatcherStatus.unknownNode(nodeId)));
    }

    /** Ends all sessions: agents look for the leader. */
    @Override
    public void close() {
        closed.countDown();
        var ended = new ArrayList<AgentSession>();
        lock.lock();
        try {
            ended.addAll(sessions.values());
            sessions.clear();
        } finally {
            lock.unlock();
        }
        ended.forEach(session -> session.end(DispatcherStatus.notLeader(leader.get())));
        updates.close();
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private ClusterState seen() {
        lock.lock();
        try {
            return seen;
        } finally {
            lock.unlock();
        }
    }

    private void deliver(ClusterStates.Update update) {
        var changes = TableChanges.of(update);
        lock.lock();
        try {
            seen = update.after();
            var feeds = new ArrayList<AssignmentFeed>();
            sessions.values().forEach(session -> session.feed().ifPresent(feeds::add));
            stops.begin(update, feeds, nanoTime.getAsLong());
            feeds.forEach(feed -> feed.mark(update, changes));
            tellSessions(update);
        } finally {
            lock.unlock();
        }
        if (update.touched().everything()) {
            sessionIds().stream()
                    .filter(nodeId -> update.after().node(nodeId).isEmpty())
                    .forEach(this::removed);
        } else {
            update.touched().ids(Kind.KIND_NODE).stream()
                    .filter(nodeId -> update.after().node(nodeId).isEmpty())
                    .forEach(this::removed);
        }
    }

    private void tellSessions(ClusterStates.Update update) {
        if (SessionMessages.concernsAll(update)) {
            sessions.values().forEach(session -> session.tell(update.after()));
        } else {
            for (var nodeId : update.touched().ids(Kind.KIND_NODE)) {
                Optional.ofNullable(sessions.get(nodeId)).ifPresent(session -> session.tell(update.after()));
            }
        }
    }

    private List<String> sessionIds() {
        lock.lock();
        try {
            return List.copyOf(sessions.keySet());
        } finally {
            lock.unlock();
        }
    }

    private void removed(String nodeId) {
        heartbeats.forget(nodeId);
        endSession(nodeId, DispatcherStatus.unknownNode(nodeId));
        LOG.log(INFO, "node {0} was removed", nodeId);
    }

    private void endSession(String nodeId, StatusRuntimeException status) {
        lock.lock();
        try {
            Optional.ofNullable(sessions.remove(nodeId)).ifPresent(session -> session.end(status));
        } finally {
            lock.unlock();
        }
    }

    private Node requireNode(String nodeId) {
        return states.current().node(nodeId).orElseThrow(() -> DispatcherStatus.unknownNode(nodeId));
    }

    private void require(ProposalResult result) {
        if (!result.accepted()) {
            throw isClosed() ? DispatcherStatus.notLeader(leader.get()) : DispatcherStatus.of(result, leader.get());
        }
    }

    private static Duration timeToLive(ClusterState state) {
        return SessionMessages.period(state).multipliedBy(PERIODS_TO_LIVE);
    }

    private static Duration bounded(Duration wait) {
        return wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT;
    }
}
