package dev.muster.worker.agent;

import com.google.protobuf.ByteString;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.Peer;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.TaskStatus;
import dev.muster.worker.task.AssignedTask;
import dev.muster.worker.task.NodeServices;
import dev.muster.worker.task.TaskListener;
import dev.muster.worker.task.TaskRoster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
    private static final Duration ENDING_PATIENCE = Duration.ofSeconds(5);

    private final NodeServices node;
    private final Supplier<NodeDescription> description;
    private final RandomGenerator random;
    private final ClusterMemory memory = new ClusterMemory();
    private final StatusOutbox outbox;
    private final TaskRoster roster;
    private final LogShipper logs;
    private final AssignmentApplier applier;
    private final TaskListener listener = new Listener();
    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by the lock. */
    @Nullable
    private Thread connection;

    /**
     * @param description what this node is; asked again and again
     */
    public Agent(
            NodeServices node, NetworkFactory networks, Supplier<NodeDescription> description, RandomGenerator random) {
        this.node = node;
        this.description = description;
        this.random = random;
        this.outbox = new StatusOutbox(node.nanoClock());
        this.roster = new TaskRoster(node, listener);
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
        var messages = new ArrayList<AssignmentsMessage>();
        node.journal().tasks().ifPresent(messages::add);
        node.journal().networks().ifPresent(messages::add);
        var set = memory.remember(messages, node.journal().session());
        var session = memory.session();
        applier.settings(ManagerConnection.settings(session), session.getDefaultLogDriver());
        applier.start(set);
    }

    /** Begins to look for a manager, for ever if need be. */
    public void connect(ManagerLinks links, AgentConfig config, ClusterListener listener) {
        lock.lock();
        try {
            if (connection != null) {
                throw new IllegalStateException("the agent is connected, or trying to be, already");
            }
            var parts = new ManagerConnection.Parts(
                    memory, applier, outbox, logs, node.journal(), description, this::resend, node.nanoClock(), random);
            var next = new ManagerConnection(parts, links, config, listener);
            connection = Thread.ofVirtual().name("agent").start(next::run);
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
            memory.sessionId("");
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

    /** What managers have last heard of a task may be older than what is so: say it again. */
    private void resend(AssignmentSet set) {
        roster.statuses().forEach((id, status) -> {
            var task = set.tasks().get(id);
            if (task != null && TaskStates.before(task.getStatus().getState(), status.getState())) {
                outbox.offer(id, status);
            }
        });
    }

    public boolean connected() {
        return memory.connected();
    }

    /** What a manager last said of this node; the default instance if none ever did. */
    public Node node() {
        return memory.session().getNode();
    }

    /** Managers as last heard of. */
    public List<Peer> managers() {
        return memory.session().getManagersList();
    }

    public ByteString rootCaPem() {
        return memory.session().getRootCaPem();
    }

    /** Removes by force what is left of any task, once this is closed; returns what could not be removed. */
    public Set<String> removeEverything() throws InterruptedException {
        return new TaskRoster(node, listener).removeStrangers();
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
