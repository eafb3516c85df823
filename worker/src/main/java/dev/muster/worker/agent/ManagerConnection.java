package dev.muster.worker.agent;

import dev.muster.api.AssignmentsMessage;
import dev.muster.api.NodeDescription;
import dev.muster.api.Peer;
import dev.muster.api.SessionMessage;
import dev.muster.api.SessionRequest;
import dev.muster.worker.agent.AssignmentApplier.NetworkSettings;
import dev.muster.worker.journal.Journal;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Looking for a manager and talking with it, one session after the other, on one thread until that is interrupted. What
 * sessions say is called in from their own threads.
 */
final class ManagerConnection implements AgentSession.Owner {
    private static final Logger LOG = System.getLogger(ManagerConnection.class.getName());

    /** What a connection works with; all of it outlives the connection. */
    record Parts(
            ClusterMemory memory,
            AssignmentApplier applier,
            StatusOutbox outbox,
            LogShipper logs,
            Journal journal,
            Supplier<NodeDescription> description,
            Consumer<AssignmentSet> resend,
            LongSupplier nanoClock,
            RandomGenerator random) {}

    private final Parts parts;
    private final ManagerLinks links;
    private final AgentConfig config;
    private final ClusterListener listener;
    private final ManagerDirectory directory;
    private final Backoff backoff;
    private final CountDownLatch never = new CountDownLatch(1);
    private String address = "";
    private String lastReason = "";
    private long registeredNanos;

    ManagerConnection(Parts parts, ManagerLinks links, AgentConfig config, ClusterListener listener) {
        this.parts = parts;
        this.links = links;
        this.config = config;
        this.listener = listener;
        this.backoff = new Backoff(parts.random());
        this.directory = new ManagerDirectory(config.managers());
        directory.learn(addresses(parts.memory().session().getManagersList()));
    }

    void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                var pause = attempt();
                if (!pause.isZero() && never.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "disconnected");
        } finally {
            setConnected(false, "disconnected");
        }
    }

    /** One session, or the failure to have one; returns how long to wait before the next. */
    private Duration attempt() throws InterruptedException {
        try {
            address = directory.next();
            var session = new AgentSession(
                    links.open(address), this, parts.outbox(), parts.logs(), parts.description(), parts.random());
            session.run(SessionRequest.newBuilder()
                    .setDescription(parts.description().get())
                    .setDataPathAddress(config.dataPathAddress())
                    .setSessionId(parts.memory().sessionId())
                    .build());
            return Duration.ZERO;
        } catch (LinkFailure e) {
            if (lasted()) {
                backoff.reset();
            }
            setConnected(false, String.valueOf(e.getMessage()));
            if (e.leader().isPresent() && directory.follow(e.leader().get())) {
                return Duration.ZERO;
            }
            if (e.refused()) {
                listener.refused(String.valueOf(e.getMessage()));
                backoff.slowDown();
            }
            complain(e);
            return e.electing() ? backoff.pause(Backoff.ELECTION) : backoff.pause();
        }
    }

    /** A session that ends soon again and again must not be begun as often as it ends. */
    private boolean lasted() {
        return parts.memory().connected()
                && parts.nanoClock().getAsLong() - registeredNanos > Backoff.LONGEST.toNanos();
    }

    private void complain(LinkFailure failure) {
        var reason = String.valueOf(failure.getMessage());
        if (!reason.equals(lastReason)) {
            lastReason = reason;
            LOG.log(Level.INFO, "no session: {0}; managers tried: {1}", reason, directory.all());
        }
    }

    private void setConnected(boolean now, String detail) {
        if (parts.memory().connected(now)) {
            LOG.log(Level.INFO, now ? "session with manager {0}" : "session over: {0}", detail);
            listener.connectionChanged(now, detail);
        }
    }

    @Override
    public void registered(String id, SessionMessage message) {
        parts.memory().sessionId(id);
        directory.connected();
        registeredNanos = parts.nanoClock().getAsLong();
        lastReason = "";
        changed(message);
        setConnected(true, address);
    }

    @Override
    public void changed(SessionMessage message) {
        var now = remembered(message);
        var before = parts.memory().replaceSession(now);
        parts.applier().settings(settings(now), now.getDefaultLogDriver());
        if (!now.equals(before)) {
            parts.journal().saveSession(now);
        }
        tell(before, now);
    }

    /** As the next process is to know it: with the address that the networks really have. */
    private SessionMessage remembered(SessionMessage message) {
        var kept = message.toBuilder().clearSessionId();
        if (!config.dataPathAddress().isEmpty()) {
            kept.getNodeBuilder().getStatusBuilder().setAddress(config.dataPathAddress());
        }
        return kept.build();
    }

    static Optional<NetworkSettings> settings(SessionMessage session) {
        var address = session.getNode().getStatus().getAddress();
        return address.isEmpty() || session.getDataPathPort() == 0
                ? Optional.empty()
                : Optional.of(new NetworkSettings(address, session.getDataPathPort()));
    }

    private void tell(SessionMessage before, SessionMessage now) {
        if (!now.getManagersList().isEmpty()) {
            directory.learn(addresses(now.getManagersList()));
            if (!now.getManagersList().equals(before.getManagersList())) {
                listener.managersChanged(now.getManagersList());
            }
        }
        if (!now.getRootCaPem().isEmpty()) {
            // Each time: the process before this one may have heard it, and ended before it acted on it.
            listener.rootChanged(now.getRootCaPem());
        }
        if (now.hasNode()) {
            listener.nodeChanged(now.getNode());
        }
    }

    @Override
    public boolean assigned(List<AssignmentsMessage> messages, AssignmentApplier.Acknowledgement acknowledgement) {
        var next = parts.memory().apply(messages);
        if (next.isEmpty()) {
            return false;
        }
        boolean complete = messages.getFirst().getType() == AssignmentsMessage.Type.COMPLETE;
        var generation = messages.getLast().getGeneration();
        parts.applier().offer(new AssignmentApplier.Target(next.get(), generation, acknowledgement, complete));
        if (complete) {
            parts.resend().accept(next.get());
        }
        return true;
    }

    private static List<String> addresses(List<Peer> peers) {
        return peers.stream().map(Peer::getAddress).toList();
    }
}
