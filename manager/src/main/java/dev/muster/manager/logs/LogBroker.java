package dev.muster.manager.logs;

import dev.muster.api.Ids;
import dev.muster.api.LogOptions;
import dev.muster.api.LogSelector;
import dev.muster.api.ServiceLogsResponse;
import dev.muster.manager.loop.LeaderTerm;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Where readers of logs and agents meet. Agents connect to the manager that leads; each reader's subscription goes to the
 * nodes that have what it asks for, and what they send goes to the reader. Any thread.
 */
public final class LogBroker {
    /** Each reader costs every node it reads from a thread per task. */
    static final int MOST_READERS = 200;

    private final ClusterStates states;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, AgentLink> agents = new HashMap<>();
    private final Map<String, LogSubscription> subscriptions = new HashMap<>();
    private @Nullable LeaderTerm term;

    /** Takes log messages as they come; may be slow, and nodes wait for it. */
    @FunctionalInterface
    public interface Sink {
        /**
         * Hands on what has come.
         *
         * @throws IOException when the reader has gone: reading ends
         */
        void send(ServiceLogsResponse response) throws IOException;
    }

    /**
     * @param random unguessable: an id is what lets a node send to a reader
     */
    public LogBroker(ClusterStates states, LongSupplier nanoTime, RandomGenerator random) {
        this.states = states;
        this.nanoTime = nanoTime;
        this.random = random;
    }

    /** Serves as long as this leadership lasts. Call it when the term is filled. */
    public void begin(LeaderTerm leadership) {
        lock.lock();
        try {
            term = leadership;
        } finally {
            lock.unlock();
        }
        leadership.own(() -> end(leadership));
    }

    /**
     * Reads until every node has sent all it has, or for ever if the options say follow. Blocks. Says at the end which
     * nodes' logs are missing, when it follows as soon as that is known. While nothing comes, an empty response is sent
     * now and then: the only way to notice that the reader has gone. Ends early if the thread is interrupted.
     *
     * @param selector names objects by id
     * @throws IOException from the sink
     */
    public void read(LogSelector selector, LogOptions options, Sink sink) throws IOException {
        var subscription = new LogSubscription(newId(), selector, options);
        var refusal = add(subscription);
        if (refusal.isPresent()) {
            sink.send(ServiceLogsResponse.newBuilder().setWarning(refusal.get()).build());
            return;
        }
        try (var reading = new LogReading(this, subscription, states, nanoTime, sink)) {
            reading.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            remove(subscription);
        }
    }

    /** An agent is ready to be told what to send. */
    void connect(String nodeId, AgentLink link) {
        List<LogSubscription> readers;
        AgentLink earlier;
        lock.lock();
        try {
            if (term == null) {
                link.end("this manager is not the leader");
                return;
            }
            earlier = agents.put(nodeId, link);
            readers = List.copyOf(subscriptions.values());
        } finally {
            lock.unlock();
        }
        if (earlier != null) {
            earlier.end("node " + nodeId + " has opened another stream of subscriptions");
        }
        readers.forEach(reader -> reader.add(new NodeFeed.Changed()));
    }

    void disconnect(String nodeId, AgentLink link) {
        lock.lock();
        try {
            if (agents.remove(nodeId, link)) {
                subscriptions.values().forEach(reader -> reader.add(new NodeFeed.Changed()));
            }
        } finally {
            lock.unlock();
        }
    }

    Optional<AgentLink> agent(String nodeId) {
        lock.lock();
        try {
            return Optional.ofNullable(agents.get(nodeId));
        } finally {
            lock.unlock();
        }
    }

    /** The subscription that somebody reads; empty if nobody does any more. */
    Optional<LogSubscription> subscription(String id) {
        lock.lock();
        try {
            return Optional.ofNullable(subscriptions.get(id));
        } finally {
            lock.unlock();
        }
    }

    private void end(LeaderTerm leadership) {
        var links = new ArrayList<AgentLink>();
        lock.lock();
        try {
            if (term != leadership) {
                return;
            }
            term = null;
            links.addAll(agents.values());
            agents.clear();
            subscriptions.values().forEach(LogSubscription::end);
        } finally {
            lock.unlock();
        }
        links.forEach(link -> link.end("this manager is not the leader"));
    }

    /** Why nothing can be read; empty if it was added. */
    private Optional<String> add(LogSubscription subscription) {
        lock.lock();
        try {
            if (term == null) {
                return Optional.of("no logs: this manager is not the leader");
            }
            if (subscriptions.size() >= MOST_READERS) {
                return Optional.of("no logs: " + MOST_READERS + " others read logs at this moment; try again later");
            }
            subscriptions.put(subscription.id(), subscription);
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    private void remove(LogSubscription subscription) {
        lock.lock();
        try {
            subscriptions.remove(subscription.id());
        } finally {
            lock.unlock();
        }
    }

    private String newId() {
        lock.lock();
        try {
            return Ids.create(random);
        } finally {
            lock.unlock();
        }
    }

    /** How users know a node. */
    static String name(ClusterState state, String nodeId) {
        return state.node(nodeId)
                .map(node -> node.getDescription().getHostname())
                .filter(hostname -> !hostname.isEmpty())
                .orElse(nodeId);
    }
}
