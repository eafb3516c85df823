package dev.muster.worker.task;

import dev.muster.api.PortConfig;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.TaskStatus;
import dev.muster.worker.health.HealthState;
import dev.muster.worker.runtime.ContainerExit;
import dev.muster.worker.task.TaskSituation.Container;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Everything known of one task, under one lock: what managers want, what the controller has done, what the container
 * does. Changes from outside wake the controller's thread, or break off what it is in if that may be broken off.
 */
final class TaskLedger {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private AssignedTask assigned;
    private TaskStatus status;
    private long changes;
    private boolean withdrawn;
    private boolean erasing;
    private boolean closed;
    private boolean stopping;
    private boolean unhealthy;
    private boolean released;
    private Container container = Container.ABSENT;
    private HealthState.Phase health = HealthState.Phase.HEALTHY;
    private Optional<ContainerExit> exit = Optional.empty();

    /** The controller's thread, while it may be broken off by a change of plan, or by closing alone. */
    @Nullable
    private Thread planBound;

    @Nullable
    private Thread closeBound;

    TaskLedger(AssignedTask assigned, TaskStatus status) {
        this.assigned = assigned;
        this.status = status;
    }

    /** A part of a step. */
    @FunctionalInterface
    interface Section {
        void run() throws InterruptedException;
    }

    /** A newer assignment. False if the task is being erased: it must be made anew afterwards. */
    boolean assign(AssignedTask next) {
        lock.lock();
        try {
            if (erasing) {
                return false;
            }
            assigned = next;
            withdrawn = false;
            woken();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The task's object is gone. */
    void withdraw() {
        update(() -> withdrawn = true);
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            if (closeBound != null) {
                closeBound.interrupt();
            }
            woken();
        } finally {
            lock.unlock();
        }
    }

    /** The container has ended, or is gone. */
    void ended(Optional<ContainerExit> how) {
        update(() -> {
            container = how.isPresent() ? Container.ENDED : Container.ABSENT;
            exit = how.or(() -> exit);
        });
    }

    void healthChanged(HealthState.Phase phase) {
        update(() -> health = phase);
    }

    /** What an earlier process left. A container that ended meanwhile and was to stop has most likely been stopped. */
    void found(Container now, Optional<ContainerExit> how) {
        update(() -> {
            container = now;
            exit = how;
            stopping |= now == Container.ENDED && !TaskStates.before(situation().desired(), TaskState.TASK_SHUTDOWN);
        });
    }

    void created(String containerId, List<PortConfig> hostPorts) {
        update(() -> {
            container = Container.CREATED;
            status = status.toBuilder()
                    .clearHostPorts()
                    .addAllHostPorts(hostPorts)
                    .setContainer(status.getContainer().toBuilder().setContainerId(containerId))
                    .build();
        });
    }

    void started(String containerId, int pid) {
        update(() -> {
            container = Container.RUNNING;
            status = status.toBuilder()
                    .setContainer(status.getContainer().toBuilder()
                            .setContainerId(containerId)
                            .setPid(pid))
                    .build();
        });
    }

    void stopping(boolean forHealth) {
        update(() -> {
            stopping |= !forHealth;
            unhealthy |= forHealth;
        });
    }

    void released() {
        update(() -> {
            container = Container.ABSENT;
            released = true;
        });
    }

    void moved(TaskStatus next) {
        update(() -> status = next);
    }

    private void update(Runnable change) {
        lock.lock();
        try {
            change.run();
            woken();
        } finally {
            lock.unlock();
        }
    }

    private void woken() {
        changes++;
        if (planBound != null && (closed || !stillPreparing())) {
            planBound.interrupt();
        }
        changed.signalAll();
    }

    private boolean stillPreparing() {
        return TaskPlan.decide(situation()) instanceof TaskStep.Prepare;
    }

    /** Blocks until there is something to do; empty when closed. */
    Optional<TaskStep> next() throws InterruptedException {
        lock.lock();
        try {
            while (!closed) {
                var step = TaskPlan.decide(situation());
                if (!(step instanceof TaskStep.Await)) {
                    erasing = step instanceof TaskStep.Erase;
                    return Optional.of(step);
                }
                changed.await();
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs a section of preparing that a change of plan interrupts.
     *
     * @return false if the plan is another one now: whatever came of the section does not matter
     */
    boolean whilePreparing(Section section) throws InterruptedException {
        lock.lock();
        try {
            if (closed || !stillPreparing()) {
                return false;
            }
            planBound = Thread.currentThread();
        } finally {
            lock.unlock();
        }
        RuntimeException failure = null;
        boolean interrupted = false;
        try {
            section.run();
        } catch (InterruptedException e) {
            interrupted = true;
        } catch (RuntimeException e) {
            failure = e;
        }
        lock.lock();
        try {
            planBound = null;
            interrupted |= Thread.interrupted();
            if (interrupted || closed || !stillPreparing()) {
                return false;
            }
        } finally {
            lock.unlock();
        }
        if (failure != null) {
            throw failure;
        }
        return true;
    }

    /** Runs a section that only closing interrupts. */
    void untilClosed(Section section) throws InterruptedException {
        lock.lock();
        try {
            if (closed) {
                throw new InterruptedException();
            }
            closeBound = Thread.currentThread();
        } finally {
            lock.unlock();
        }
        try {
            section.run();
        } finally {
            lock.lock();
            try {
                closeBound = null;
            } finally {
                lock.unlock();
            }
        }
    }

    /** Ends early when anything changes. */
    void pause(Duration atMost) throws InterruptedException {
        lock.lock();
        try {
            long left = atMost.toNanos();
            long before = changes;
            while (!closed && changes == before && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private TaskSituation situation() {
        boolean endedForManagers =
                TaskStates.terminal(assigned.task().getStatus().getState());
        return new TaskSituation(
                status.getState(),
                endedForManagers ? TaskState.TASK_SHUTDOWN : assigned.task().getDesiredState(),
                withdrawn,
                assigned.missing().isEmpty(),
                container,
                health,
                stopping,
                released);
    }

    AssignedTask assigned() {
        lock.lock();
        try {
            return assigned;
        } finally {
            lock.unlock();
        }
    }

    TaskStatus status() {
        lock.lock();
        try {
            return status;
        } finally {
            lock.unlock();
        }
    }

    Container container() {
        lock.lock();
        try {
            return container;
        } finally {
            lock.unlock();
        }
    }

    Optional<ContainerExit> exit() {
        lock.lock();
        try {
            return exit;
        } finally {
            lock.unlock();
        }
    }

    boolean unhealthy() {
        lock.lock();
        try {
            return unhealthy;
        } finally {
            lock.unlock();
        }
    }

    boolean closed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }
}
