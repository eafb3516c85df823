package dev.muster.worker.task;

import dev.muster.api.ContainerSpec;
import dev.muster.api.TaskStates;
import dev.muster.api.TaskStatus;
import dev.muster.api.Timestamps;
import dev.muster.worker.health.HealthCheck;
import dev.muster.worker.health.HealthState;
import dev.muster.worker.health.HealthWatch;
import dev.muster.worker.runtime.ContainerExit;
import dev.muster.worker.task.TaskSituation.Container;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Does for one task what {@link TaskPlan} decides, step by step, on one virtual thread. Every status is journaled before
 * it is reported. Closing ends the thread, not the container.
 */
final class TaskController {
    private static final Logger LOG = System.getLogger(TaskController.class.getName());

    /** Swarm's pause after a failure that may pass. */
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);

    /** After this, a failure that may pass counts as one that does not: another node may do better. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final NodeServices node;
    private final TaskListener listener;
    private final TaskLedger ledger;
    private final String taskId;
    private final String containerId;
    private final Teardown teardown;
    private final ExitWatch exitWatch;
    private final Thread thread;

    // The thread's own.
    private ContainerSpec spec;

    @Nullable
    private HealthWatch healthWatch;

    private Optional<Long> failingSinceNanos = Optional.empty();
    private String lastComplaint = "";

    TaskController(NodeServices node, AssignedTask assigned, TaskStatus status, TaskListener listener) {
        this.node = node;
        this.listener = listener;
        this.ledger = new TaskLedger(assigned, status);
        this.taskId = assigned.id();
        this.containerId = TaskNames.containerId(taskId);
        this.teardown = new Teardown(node, taskId);
        this.spec = assigned.container();
        this.exitWatch = new ExitWatch(node.runtime(), containerId, ledger::ended);
        this.thread = Thread.ofVirtual().name("task-" + taskId).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** A newer assignment. False if the task is being erased: it must be made anew afterwards. */
    boolean assign(AssignedTask next) {
        return ledger.assign(next);
    }

    /** The task's object is gone: everything of the task is to go too. */
    void withdraw() {
        ledger.withdraw();
    }

    /** Ends the thread after the step it is in; waits are broken off. */
    void close() {
        ledger.close();
    }

    /** False if the thread goes on after that time. */
    boolean join(Duration atMost) throws InterruptedException {
        return thread.join(atMost);
    }

    AssignedTask assigned() {
        return ledger.assigned();
    }

    TaskStatus status() {
        return ledger.status();
    }

    private void run() {
        try {
            if (!observeUntilSeen()) {
                return;
            }
            while (true) {
                var step = ledger.next();
                if (step.isEmpty()) {
                    return;
                }
                try {
                    perform(step.get());
                    failingSinceNanos = Optional.empty();
                    if (step.get() instanceof TaskStep.Erase) {
                        listener.erased(taskId);
                        return;
                    }
                } catch (RuntimeException e) {
                    failed(step.get(), e);
                }
            }
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "task {0}: broken off by closing", taskId);
        } finally {
            exitWatch.close();
            unwatchHealth();
        }
    }

    /** False if closed before the runtime said what there is. */
    private boolean observeUntilSeen() throws InterruptedException {
        while (!ledger.closed()) {
            try {
                observe();
                return true;
            } catch (RuntimeException e) {
                complain("finding its container", e);
                ledger.pause(RETRY_PAUSE);
            }
        }
        return false;
    }

    /** Finds out what there is of the task, whichever process made it. */
    private void observe() {
        var found = node.runtime().find(containerId);
        spec = node.directories().spec(taskId).orElse(spec);
        if (found.isPresent()) {
            TaskMounts.volumeNames(taskId, spec).forEach(name -> node.volumes().adopt(taskId, name));
        }
        ledger.found(Container.of(found), found.flatMap(summary -> summary.exit()));
        if (ledger.container() == Container.RUNNING) {
            exitWatch.start();
            watchHealth();
        }
    }

    private void perform(TaskStep step) throws InterruptedException {
        switch (step) {
            case TaskStep.Advance(var state, var message) ->
                report(TaskEnding.advanced(
                        statusWithExit(), state, message, node.clock().instant()));
            case TaskStep.Prepare prepare -> prepare();
            case TaskStep.Start start -> startContainer();
            case TaskStep.Stop(var forHealth) -> stopContainer(forHealth);
            case TaskStep.Conclude conclude -> conclude(ledger.exit().orElseGet(ContainerExit::lost));
            case TaskStep.Lose lose -> conclude(ContainerExit.lost());
            case TaskStep.Release release -> {
                unwatchHealth();
                teardown.release();
                ledger.released();
                listener.detached(ledger.assigned());
            }
            case TaskStep.Erase erase -> {
                unwatchHealth();
                teardown.erase(spec);
                listener.detached(ledger.assigned());
            }
            case TaskStep.Await await -> {}
        }
    }

    private void prepare() throws InterruptedException {
        var preparation = new Preparation(node, ledger.assigned());
        if (!ledger.whilePreparing(preparation::gather)) {
            return;
        }
        var prepared = preparation.create();
        spec = prepared.spec();
        ledger.created(containerId, prepared.hostPorts());
    }

    private void startContainer() throws InterruptedException {
        int pid = node.gate().pass(() -> node.runtime().start(containerId));
        ledger.started(containerId, pid);
        exitWatch.start();
        watchHealth();
    }

    private void stopContainer(boolean forHealth) throws InterruptedException {
        unwatchHealth();
        ledger.stopping(forHealth);
        var end = new AtomicReference<Optional<ContainerExit>>(Optional.empty());
        ledger.untilClosed(() -> end.set(teardown.stop(spec)));
        freeHostPorts();
        ledger.ended(end.get());
    }

    private void conclude(ContainerExit how) {
        unwatchHealth();
        freeHostPorts();
        report(TaskEnding.ended(
                ledger.status(), how, ledger.unhealthy(), node.clock().instant()));
    }

    /** Before managers hear of the end: the next task on these ports may be theirs to start at once. */
    private void freeHostPorts() {
        if (ledger.status().getHostPortsCount() > 0) {
            node.networks().detach(taskId);
        }
    }

    /** A stopped container's status says how it ended. */
    private TaskStatus statusWithExit() {
        var status = ledger.status();
        return ledger.exit()
                .map(exit -> status.toBuilder()
                        .setContainer(TaskEnding.container(status, exit))
                        .build())
                .orElse(status);
    }

    private void report(TaskStatus next) {
        node.journal().saveStatus(taskId, next, TaskStates.terminal(next.getState()));
        ledger.moved(next);
        listener.reported(taskId, next);
    }

    private void watchHealth() {
        var check = HealthCheck.of(spec.getHealthcheck());
        if (check.isEmpty() || healthWatch != null) {
            return;
        }
        var status = ledger.status();
        boolean healthy = !TaskStates.before(status.getState(), dev.muster.api.TaskState.TASK_RUNNING);
        var since = Duration.between(
                Timestamps.instant(status.getTimestamp()), node.clock().instant());
        ledger.healthChanged(healthy ? HealthState.Phase.HEALTHY : HealthState.Phase.STARTING);
        healthWatch = node.health()
                .watch(
                        check.get(),
                        since.isNegative() ? Duration.ZERO : since,
                        healthy,
                        plan -> node.runtime().exec(containerId, plan),
                        state -> ledger.healthChanged(state.phase()));
    }

    private void unwatchHealth() {
        if (healthWatch != null) {
            healthWatch.close();
            healthWatch = null;
        }
    }

    private void failed(TaskStep step, RuntimeException thrown) throws InterruptedException {
        var failure = TaskFailure.of(thrown);
        long now = node.nanoClock().getAsLong();
        if (failingSinceNanos.isEmpty()) {
            failingSinceNanos = Optional.of(now);
        }
        boolean patient = now - failingSinceNanos.get() < PATIENCE.toNanos();
        boolean decisive = step instanceof TaskStep.Prepare || step instanceof TaskStep.Start;
        var message = String.valueOf(failure.getMessage());
        complain(step.getClass().getSimpleName(), thrown);
        if (!decisive) {
            ledger.pause(RETRY_PAUSE);
            return;
        }
        var before = ledger.status();
        if (!(failure.temporary() && patient)) {
            failingSinceNanos = Optional.empty();
            report(TaskEnding.failed(before, message, node.clock().instant()));
            return;
        }
        if (!before.getErr().equals(message)) {
            report(TaskEnding.hindered(before, message, node.clock().instant()));
        }
        ledger.pause(RETRY_PAUSE);
        if (step instanceof TaskStep.Start) {
            // Whether it started is unknown.
            observe();
        }
    }

    /** Once per reason, not once per attempt. */
    private void complain(String what, RuntimeException failure) {
        var complaint = what + ": " + failure.getMessage();
        if (!complaint.equals(lastComplaint)) {
            lastComplaint = complaint;
            LOG.log(Level.WARNING, "task " + taskId + ": " + complaint);
        }
    }
}
