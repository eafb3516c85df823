package dev.muster.manager.dispatcher;

import dev.muster.api.Assignment;
import dev.muster.api.AssignmentKey;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Generation;
import dev.muster.api.SessionMessage;
import dev.muster.api.SessionRequest;
import dev.muster.api.UpdateTaskStatusRequest;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.Proposer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Drives the real {@link Dispatcher} of one leadership without its threads and without gRPC, for simulations outside this
 * package: its passes are called, and its streams are plain callbacks. What blocks in the dispatcher blocks here.
 */
public final class DispatcherDriver implements AutoCloseable {
    public static final Comparator<AssignmentKey> KEYS =
            Comparator.<AssignmentKey>comparingInt(AssignmentKey::getTypeValue).thenComparing(AssignmentKey::getId);

    private final Dispatcher dispatcher;

    public DispatcherDriver(
            ClusterStates states,
            Proposer proposer,
            long term,
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator random,
            Supplier<Optional<String>> leader) {
        this.dispatcher = new Dispatcher(states, proposer, term, clock, nanoTime, random, leader);
    }

    /** What an agent hears on its session's stream. */
    public interface SessionStream {
        void told(SessionMessage message);

        void ended(Status status);
    }

    /** Blocks. */
    public void markUnheard() {
        dispatcher.markUnheard();
    }

    /** Blocks. */
    public void passHeartbeats() {
        dispatcher.passHeartbeats();
    }

    public void passUpdates() {
        dispatcher.passUpdates();
    }

    /** Blocks. Returns the id of the session. */
    public String register(String nodeId, String address, SessionRequest request, SessionStream stream) {
        return dispatcher.register(nodeId, address, request, outlet(stream)).id();
    }

    private static LatestOutlet<SessionMessage> outlet(SessionStream stream) {
        var call = new FakeStream<SessionMessage>();
        call.onSent = stream::told;
        call.onFailure = cause -> stream.ended(Status.fromThrowable(cause));
        return new LatestOutlet<>(call);
    }

    public Duration heartbeat(String nodeId, String sessionId) {
        return dispatcher.heartbeat(nodeId, sessionId);
    }

    /** Blocks. */
    public void updateTasks(String nodeId, String sessionId, List<UpdateTaskStatusRequest.Update> reports) {
        dispatcher.updateTasks(nodeId, sessionId, reports);
    }

    public Assignments openAssignments(String nodeId, String sessionId) {
        return new Assignments(dispatcher.openFeed(dispatcher.session(nodeId, sessionId)));
    }

    /** An agent's stream of assignments. */
    public final class Assignments implements AutoCloseable {
        private final AssignmentFeed feed;

        private Assignments(AssignmentFeed feed) {
            this.feed = feed;
        }

        /** The messages that are due. */
        public List<AssignmentsMessage> poll() {
            return feed.poll();
        }

        public void acknowledge(Generation applied) {
            dispatcher.acknowledge(feed, applied);
        }

        /** The agent has gone. */
        @Override
        public void close() {
            feed.close();
        }
    }

    @Override
    public void close() {
        dispatcher.close();
    }

    /** What a manager answers that does not lead. */
    public static StatusRuntimeException notLeader(Optional<String> leader) {
        return DispatcherStatus.notLeader(leader);
    }

    /** The HOST:PORT of the leader that a refusal names. */
    public static Optional<String> leader(StatusRuntimeException refusal) {
        return Optional.ofNullable(refusal.getTrailers()).map(trailers -> trailers.get(DispatcherStatus.LEADER));
    }

    /** Applies the messages of a set to what an agent has. */
    public static Map<AssignmentKey, Assignment> apply(
            Map<AssignmentKey, Assignment> before, List<AssignmentsMessage> messages) {
        var after = new TreeMap<AssignmentKey, Assignment>(KEYS);
        if (messages.getFirst().getType() == AssignmentsMessage.Type.INCREMENTAL) {
            after.putAll(before);
        }
        for (var message : messages) {
            for (var change : message.getChangesList()) {
                if (change.hasSet()) {
                    after.put(ItemKey.of(change.getSet()).message(), change.getSet());
                } else {
                    after.remove(change.getRemove());
                }
            }
        }
        return after;
    }

    /** Where what an agent has differs from what it is to have; empty if nowhere. */
    public static Optional<String> difference(ClusterState state, String nodeId, Map<AssignmentKey, Assignment> has) {
        var wanted = AssignmentSets.of(state, nodeId);
        for (var entry : wanted.entrySet()) {
            var found = has.get(entry.getKey().message());
            if (found == null) {
                return Optional.of(nodeId + " does not have " + entry.getKey());
            }
            if (!NodeItems.same(found, entry.getValue())) {
                return Optional.of(nodeId + " has " + entry.getKey() + " as it was");
            }
        }
        return has.keySet().stream()
                .filter(key -> !wanted.containsKey(new ItemKey(key.getType(), key.getId())))
                .findFirst()
                .map(key -> nodeId + " still has " + key.getType() + " " + key.getId());
    }
}
