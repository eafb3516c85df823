package dev.muster.worker.task;

import dev.muster.api.Ids;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.TaskStatus;
import dev.muster.worker.runtime.ContainerSummary;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * All tasks of this node, each with its controller. Assignments come from one thread; everything else from any.
 *
 * <p>Closing ends the controllers, not the containers: the next roster on this node goes on with them.
 */
public final class TaskRoster implements AutoCloseable {
    private static final Logger LOG = System.getLogger(TaskRoster.class.getName());

    /** For steps that are not broken off, such as creating a container. */
    private static final Duration CLOSING_PATIENCE = Duration.ofSeconds(10);

    private final NodeServices node;
    private final TaskListener listener;
    private final Map<String, TaskStatus> journaled;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition erased = lock.newCondition();
    private final Map<String, TaskController> controllers = new TreeMap<>();

    /** Assigned anew while being erased. */
    private final Map<String, AssignedTask> afterwards = new HashMap<>();

    private boolean closed;

    /** Knows the statuses that the journal holds. */
    public TaskRoster(NodeServices node, TaskListener listener) {
        this.node = node;
        this.listener = new TaskListener() {
            @Override
            public void reported(String taskId, TaskStatus status) {
                listener.reported(taskId, status);
            }

            @Override
            public void detached(AssignedTask task) {
                listener.detached(task);
            }

            @Override
            public void erased(String taskId) {
                forget(taskId);
                listener.erased(taskId);
            }
        };
        this.journaled = new HashMap<>(node.journal().statuses());
    }

    /** Takes on a task, or what has changed about it. */
    public void assign(AssignedTask task) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            var present = controllers.get(task.id());
            if (present == null) {
                begin(task);
            } else if (!present.assign(task)) {
                afterwards.put(task.id(), task);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The task's object is gone: its container is stopped, and everything of it removed. */
    public void withdraw(String taskId) {
        lock.lock();
        try {
            afterwards.remove(taskId);
            var present = controllers.get(taskId);
            if (present != null) {
                present.withdraw();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    private void begin(AssignedTask task) {
        var own = journaled.remove(task.id());
        var status = own != null ? own : firstStatus(task);
        var controller = new TaskController(node, task, status, listener);
        controllers.put(task.id(), controller);
        controller.start();
    }

    /** Of a task that this node has no memory of: as the managers have it, in case the memory was lost. */
    private static TaskStatus firstStatus(AssignedTask task) {
        var known = task.task().getStatus();
        return TaskStates.before(known.getState(), TaskState.TASK_ASSIGNED)
                ? known.toBuilder().setState(TaskState.TASK_ASSIGNED).build()
                : known;
    }

    private void forget(String taskId) {
        lock.lock();
        try {
            controllers.remove(taskId);
            var again = afterwards.remove(taskId);
            if (again != null && !closed) {
                begin(again);
            }
            erased.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ids of the tasks here, those being erased too. */
    public Set<String> ids() {
        lock.lock();
        try {
            return new TreeSet<>(controllers.keySet());
        } finally {
            lock.unlock();
        }
    }

    /** Every task's assignment. */
    public List<AssignedTask> tasks() {
        return snapshot().stream().map(TaskController::assigned).toList();
    }

    /** Every task's own status, by task id. */
    public Map<String, TaskStatus> statuses() {
        var statuses = new TreeMap<String, TaskStatus>();
        for (var controller : snapshot()) {
            statuses.put(controller.assigned().id(), controller.status());
        }
        return statuses;
    }

    public Optional<TaskStatus> status(String taskId) {
        lock.lock();
        try {
            return Optional.ofNullable(controllers.get(taskId)).map(TaskController::status);
        } finally {
            lock.unlock();
        }
    }

    private List<TaskController> snapshot() {
        lock.lock();
        try {
            return List.copyOf(controllers.values());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Removes what belongs to tasks that are no longer known: left by a process that ended in the middle, or with a
     * lost journal. To be called only with the managers' word for the whole set.
     *
     * @return what could not be removed now; call again later
     */
    public Set<String> removeStrangers() throws InterruptedException {
        var strangers = new TreeSet<String>();
        node.runtime().list().forEach(container -> taskOf(container).ifPresent(strangers::add));
        strangers.addAll(taskIds(node.networks().sandboxes()));
        strangers.addAll(taskIds(node.secrets().tasks()));
        strangers.addAll(taskIds(node.directories().tasks()));
        strangers.addAll(taskIds(node.journal().statuses().keySet()));
        strangers.removeAll(ids());
        var left = new TreeSet<String>();
        for (var stranger : strangers) {
            LOG.log(Level.INFO, "task {0} is not known any more: removing what is left of it", stranger);
            try {
                var spec = node.directories().spec(stranger);
                new Teardown(node, stranger).erase(spec.orElse(dev.muster.api.ContainerSpec.getDefaultInstance()));
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, "could not remove what is left of task " + stranger + ": " + e.getMessage());
                left.add(stranger);
            }
        }
        return left;
    }

    private static Optional<String> taskOf(ContainerSummary container) {
        return Optional.ofNullable(container.labels().get(TaskNames.TASK_LABEL));
    }

    private static List<String> taskIds(Collection<String> names) {
        return names.stream().filter(Ids::isId).toList();
    }

    /** Withdraws all tasks and waits until nothing is left of them. False if something is left after that time. */
    public boolean eraseAll(Duration atMost) throws InterruptedException {
        snapshot().forEach(TaskController::withdraw);
        long left = atMost.toNanos();
        lock.lockInterruptibly();
        try {
            afterwards.clear();
            while (!controllers.isEmpty()) {
                if (left <= 0) {
                    return false;
                }
                left = erased.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        var all = snapshot();
        all.forEach(TaskController::close);
        var slow = new ArrayList<String>();
        try {
            for (var controller : all) {
                if (!controller.join(CLOSING_PATIENCE)) {
                    slow.add(controller.assigned().id());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!slow.isEmpty()) {
            LOG.log(Level.WARNING, "tasks still busy while closing: {0}", slow);
        }
    }
}
