package dev.muster.worker.agent;

import com.google.protobuf.ByteString;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.Peer;
import dev.muster.api.SessionMessage;
import dev.muster.api.SessionRequest;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.TaskStatus;
import dev.muster.worker.agent.AssignmentApplier.NetworkSettings;
import dev.muster.worker.task.AssignedTask;
import dev.muster.worker.task.NodeServices;
import dev.muster.worker.task.TaskListener;
import dev.muster.worker.task.TaskRoster;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The node as managers see it. {@link #start} goes on with what an earlier process was told; {@link #connect} looks for a
 * manager and keeps a session with one until {@link #disconnect}. Without a session everything stays as it is.
 * Thread-safe; one connection at a time.
 */
public final class Agent implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Agent.class.getName());
    private static final Duration ENDING_PATIENCE = Duration.ofSeconds(5);

    private final NodeServices node;
    private final Supplier<NodeDescription> description;
    private final RandomGenerator random;
    private final StatusOutbox outbox = new StatusOutbox();
    private final TaskRoster roster;
    private final LogShipper logs;
    private final AssignmentApplier applier;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by the lock.
    private AssignmentSet assignments = AssignmentSet.EMPTY;
    private Leadership newest = Leadership.NONE;
    private String sessionId = "";
    private SessionMessage lastSession = SessionMessage.getDefaultInstance();
    private boolean connected;

    @Nullable
    private Thread connection;

    /**
     * @param description what this node is; asked again and again
     */
    public Agent(
            NodeServices node,
            NetworkFactory networks,
            Supplier<NodeDescription> description,
            RandomGenerator random) {
        this.node = node;
        this.description = description;
        this.random = random;
        this.roster = new TaskRoster(node, new Listener());
        this.logs = new LogShipper(roster, node.logs(), node.nanoClock());
        this.applier = new AssignmentApplier(node.journal(), roster, node.networks(), networks, logs::tasksChanged);
    }

    /** What tasks tell: every status goes to the managers. */
    private final class Listener implements TaskListener {
        @Override
        public void reported(String taskId, TaskStatus status) {
            outbox.offer(taskId, status);
            if (!TaskStates.before(status.getState(), TaskState.TASK_READY)) {
                logs.tasksChanged();
            }
        }

        @Override
        public void detached(AssignedTask task) {
            applier.detached(task);
        }

        @Override
        public void erased(String taskId) {
            outbox.forget(taskId);
        }
    }

    /** Takes up the containers that are there, as the journal remembers them; returns when their networks are in force. */
    public void start() {
        var tasks = node.journal().tasks();
        var networks = node.journal().networks();
        var session = node.journal().session();
        var remembered = new ArrayList<AssignmentsMessage>();
        tasks.ifPresent(remembered::add);
        networks.ifPresent(remembered::add);
        AssignmentSet set;
        lock.lock();
        try {
            for (var message : remembered) {
                var leadership = Leadership.of(message.getGeneration());
                newest = newest.olderThan(leadership) ? leadership : newest;
            }
            assignments = remembered.isEmpty() ? AssignmentSet.EMPTY : AssignmentSet.EMPTY.apply(remembered);
            set = assignments;
            session.ifPresent(message -> lastSession = message);
            applier.settings(settings(lastSession, ""), lastSession.getDefaultLogDriver());
        } finally {
            lock.unlock();
        }
        applier.start(set);
    }

    private static Optional<NetworkSettings> settings(SessionMessage session, String dataPathAddress) {
        var address = dataPathAddress.isEmpty() ? session.getNode().getStatus().getAddress() : dataPathAddress;
        return address.isEmpty() || session.getDataPathPort() == 0
                ? Optional.empty()
                : Optional.of(new NetworkSettings(address, session.getDataPathPort()));
    }

    /** Begins to look for a manager, for ever if need be. */
    public void connect(ManagerLinks links, AgentConfig config, ClusterListener listener) {
        lock.lock();
        try {
            if (connection != null) {
                throw new IllegalStateException("the agent is connected, or trying to be, already");
            }
            connection = Thread.ofVirtual()
                    .name("agent")
                    .start(new Connection(links, config, listener)::run);
        } finally {
            lock.unlock();
        }
    }

    /** Ends the session; containers, and the networks they have, stay. */
    public void disconnect() {
        Thread ended;
        lock.lock();
        try {
            ended = connection;
            connection = null;
            sessionId = "";
        } finally {
            lock.unlock();
        }
        if (ended != null) {
            ended.interrupt();
            try {
                ended.join(ENDING_PATIENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Looking for a manager, and talking with it. */
    private final class Connection implements AgentSession.Owner {
        private final ManagerLinks links;
        private final AgentConfig config;
        private final ClusterListener listener;
        private final ManagerDirectory directory;
        private final Backoff backoff = new Backoff(random);
        private String address = "";
        private String lastReason = "";
        private long registeredNanos;

        Connection(ManagerLinks links, AgentConfig config, ClusterListener listener) {
            this.links = links;
            this.config = config;
            this.listener = listener;
            this.directory = new ManagerDirectory(config.managers());
            directory.learn(addresses(lastSession.getManagersList()));
        }

        void run() {
            try {
                while (!Thread.currentThread().isInterrupted()) {
                    var pause = attempt();
                    if (!pause.isZero()) {
                        pause(pause);
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
                var link = links.open(address);
                var session = new AgentSession(link, this, outbox, logs, description, random);
                session.run(SessionRequest.newBuilder()
                        .setDescription(description.get())
                        .setDataPathAddress(config.dataPathAddress())
                        .setSessionId(currentSessionId())
                        .build());
                throw new IllegalStateException("a session does not end without a reason");
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
                return backoff.pause();
            }
        }

        /** A session that ends soon again and again must not be begun as often as it ends. */
        private boolean lasted() {
            return connected() && node.nanoClock().getAsLong() - registeredNanos > Backoff.LONGEST.toNanos();
        }

        private void complain(LinkFailure failure) {
            var reason = String.valueOf(failure.getMessage());
            if (!reason.equals(lastReason)) {
                lastReason = reason;
                LOG.log(Level.INFO, "no session: {0}; managers tried: {1}", reason, directory.all());
            }
        }

        private void pause(Duration duration) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                long left = duration.toNanos();
                while (left > 0) {
                    left = changed.awaitNanos(left);
                }
            } finally {
                lock.unlock();
            }
        }

        private void setConnected(boolean now, String detail) {
            boolean before;
            lock.lock();
            try {
                before = connected;
                connected = now;
            } finally {
                lock.unlock();
            }
            if (before != now) {
                LOG.log(Level.INFO, now ? "session with manager {0}" : "session over: {0}", detail);
                listener.connectionChanged(now, detail);
            }
        }

        @Override
        public void registered(String id, SessionMessage message) {
            lock.lock();
            try {
                sessionId = id;
            } finally {
                lock.unlock();
            }
            directory.connected();
            registeredNanos = node.nanoClock().getAsLong();
            lastReason = "";
            changed(message);
            setConnected(true, address);
        }

        @Override
        public void changed(SessionMessage message) {
            SessionMessage before;
            lock.lock();
            try {
                before = lastSession;
                lastSession = message;
            } finally {
                lock.unlock();
            }
            applier.settings(settings(message, config.dataPathAddress()), message.getDefaultLogDriver());
            if (!withoutId(message).equals(withoutId(before))) {
                node.journal().saveSession(remembered(message));
            }
            tell(before, message);
        }

        /** As the next process is to know it: with the address that the networks really have. */
        private SessionMessage remembered(SessionMessage message) {
            if (config.dataPathAddress().isEmpty()) {
                return message;
            }
            var kept = message.toBuilder();
            kept.getNodeBuilder().getStatusBuilder().setAddress(config.dataPathAddress());
            return kept.build();
        }

        private void tell(SessionMessage before, SessionMessage now) {
            if (!now.getManagersList().isEmpty()) {
                directory.learn(addresses(now.getManagersList()));
                if (!now.getManagersList().equals(before.getManagersList())) {
                    listener.managersChanged(now.getManagersList());
                }
            }
            if (!now.getRootCaPem().isEmpty() && !now.getRootCaPem().equals(before.getRootCaPem())) {
                listener.rootChanged(now.getRootCaPem());
            }
            if (now.hasNode() && !now.getNode().equals(before.getNode())) {
                listener.nodeChanged(now.getNode());
            }
        }

        @Override
        public boolean assigned(
                List<AssignmentsMessage> messages, AssignmentApplier.Acknowledgement acknowledgement) {
            var generation = messages.getLast().getGeneration();
            AssignmentSet next;
            lock.lock();
            try {
                var leadership = Leadership.of(generation);
                if (leadership.olderThan(newest)) {
                    return false;
                }
                newest = leadership;
                next = assignments.apply(messages);
                assignments = next;
            } finally {
                lock.unlock();
            }
            boolean complete = messages.getFirst().getType() == AssignmentsMessage.Type.COMPLETE;
            applier.offer(new AssignmentApplier.Target(next, generation, acknowledgement, complete));
            if (complete) {
                resend(next);
            }
            return true;
        }
    }

    /** What managers have last heard of a task may be older than what is so: say it again. */
    private void resend(AssignmentSet set) {
        roster.statuses().forEach((id, status) -> {
            var task = set.tasks().get(id);
            if (task != null && TaskStates.before(task.getStatus().getState(), status.getState())) {
                outbox.offer(id, status);
            }
        });
    }

    private static SessionMessage withoutId(SessionMessage message) {
        return message.toBuilder().clearSessionId().build();
    }

    private static List<String> addresses(List<Peer> peers) {
        return peers.stream().map(Peer::getAddress).toList();
    }

    private String currentSessionId() {
        lock.lock();
        try {
            return sessionId;
        } finally {
            lock.unlock();
        }
    }

    public boolean connected() {
        lock.lock();
        try {
            return connected;
        } finally {
            lock.unlock();
        }
    }

    /** What a manager last said of this node; the default instance if none ever did. */
    public Node node() {
        lock.lock();
        try {
            return lastSession.getNode();
        } finally {
            lock.unlock();
        }
    }

    /** Managers as last heard of. */
    public List<Peer> managers() {
        lock.lock();
        try {
            return lastSession.getManagersList();
        } finally {
            lock.unlock();
        }
    }

    public ByteString rootCaPem() {
        lock.lock();
        try {
            return lastSession.getRootCaPem();
        } finally {
            lock.unlock();
        }
    }

    /** The tasks of this node. */
    public TaskRoster roster() {
        return roster;
    }

    /** Ends everything but the containers and their networks. */
    @Override
    public void close() {
        disconnect();
        applier.close();
        roster.close();
    }
}
