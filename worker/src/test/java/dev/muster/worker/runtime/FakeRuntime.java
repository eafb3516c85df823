package dev.muster.worker.runtime;

import dev.muster.worker.runtime.ContainerSummary.Phase;
import dev.muster.worker.runtime.RuntimeFailure.Kind;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Containers in memory, for tests of what uses a runtime. A container's command is understood a little, see {@link
 * FakeProgram}: what no one ends runs on. Tests may end a container, make an operation fail once, and answer commands.
 * Containers survive {@link #close()}, as real ones do: {@link #reopened()}.
 */
public final class FakeRuntime implements ContainerRuntime {

    /** Answers a command run in a container. */
    @FunctionalInterface
    public interface Commands {
        ExecResult run(String containerId, ExecPlan plan);
    }

    private static final class Container {
        final ContainerPlan plan;
        final java.time.Instant createdAt;
        Phase phase = Phase.CREATED;
        int pid;
        Optional<ContainerExit> exit = Optional.empty();

        Container(ContainerPlan plan, java.time.Instant createdAt) {
            this.plan = plan;
            this.createdAt = createdAt;
        }
    }

    private final InstantSource clock;
    private final ReentrantLock lock;
    private final Condition changed;
    private final Map<String, Container> containers;
    private final Map<String, RuntimeFailure> failures = new TreeMap<>();
    private final List<String> calls = new ArrayList<>();
    private Commands commands = (id, plan) -> FakeProgram.run(plan);
    private int nextPid = 1000;

    public FakeRuntime(InstantSource clock) {
        this.clock = clock;
        this.lock = new ReentrantLock();
        this.changed = lock.newCondition();
        this.containers = new TreeMap<>();
    }

    private FakeRuntime(FakeRuntime earlier) {
        this.clock = earlier.clock;
        this.lock = earlier.lock;
        this.changed = earlier.changed;
        this.containers = earlier.containers;
        this.commands = earlier.commands;
        this.nextPid = earlier.nextPid;
    }

    /** As after a restart of the daemon: another object, the same containers. */
    public FakeRuntime reopened() {
        return new FakeRuntime(this);
    }

    /** The next call of that name (create, start, kill, delete, exec) fails. */
    public void failNext(String operation, RuntimeFailure failure) {
        locked(() -> failures.put(operation, failure));
    }

    public void answerCommands(Commands answer) {
        locked(() -> commands = answer);
    }

    /** Ends a container by itself. */
    public void end(String containerId, int exitCode, boolean oomKilled) {
        locked(() -> {
            end(known(containerId), exitCode, oomKilled);
            return null;
        });
    }

    /** What was asked so far: "create ID", "start ID", "kill ID SIGNAL", "delete ID". */
    public List<String> calls() {
        return locked(() -> List.copyOf(calls));
    }

    public ContainerPlan plan(String containerId) {
        return locked(() -> known(containerId).plan);
    }

    private <T> T locked(java.util.function.Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    private void record(String operation, String call) {
        calls.add(call);
        RuntimeFailure failure = failures.remove(operation);
        if (failure != null) {
            throw failure;
        }
    }

    private Container known(String containerId) {
        Container container = containers.get(containerId);
        if (container == null) {
            throw new RuntimeFailure(Kind.NOT_FOUND, "no container " + containerId);
        }
        return container;
    }

    private void end(Container container, int exitCode, boolean oomKilled) {
        container.phase = Phase.ENDED;
        container.pid = 0;
        container.exit = Optional.of(new ContainerExit(exitCode, clock.instant(), oomKilled));
        changed.signalAll();
    }

    @Override
    public void create(ContainerPlan plan) {
        locked(() -> {
            record("create", "create " + plan.id());
            Container before = containers.get(plan.id());
            if (before != null && (before.phase == Phase.RUNNING || before.phase == Phase.PAUSED)) {
                throw new RuntimeFailure(Kind.ALREADY_EXISTS, "container " + plan.id() + " is already running");
            }
            if (FakeProgram.args(plan).isEmpty()) {
                throw new RuntimeFailure(Kind.INVALID, "no command specified");
            }
            if (!FakeProgram.exists(FakeProgram.args(plan).getFirst())) {
                throw new RuntimeFailure(Kind.INVALID, "executable file not found in $PATH");
            }
            return containers.put(plan.id(), new Container(plan, clock.instant()));
        });
    }

    @Override
    public int start(String containerId) {
        return locked(() -> {
            record("start", "start " + containerId);
            Container container = known(containerId);
            if (container.phase == Phase.CREATED) {
                container.phase = Phase.RUNNING;
                container.pid = nextPid++;
                int pid = container.pid;
                FakeProgram.exitCode(FakeProgram.args(container.plan)).ifPresent(code -> end(container, code, false));
                return pid;
            }
            if (container.phase == Phase.ENDED) {
                throw new RuntimeFailure(Kind.INTERNAL, "container " + containerId + " has ended");
            }
            return container.pid;
        });
    }

    @Override
    public boolean kill(String containerId, int signal, boolean everyProcess) {
        return locked(() -> {
            record("kill", "kill " + containerId + " " + signal);
            Container container = containers.get(containerId);
            if (container == null || container.phase == Phase.ENDED) {
                return false;
            }
            if (FakeProgram.diesOf(FakeProgram.args(container.plan), signal)) {
                end(container, 128 + signal, false);
            }
            return true;
        });
    }

    @Override
    public Optional<ContainerExit> await(String containerId, Duration atMost) throws InterruptedException {
        long left = atMost.toNanos();
        lock.lockInterruptibly();
        try {
            Container container = known(containerId);
            while (container.exit.isEmpty() && left > 0) {
                left = changed.awaitNanos(Math.min(left, TimeUnit.SECONDS.toNanos(1)));
                left = Math.max(left, 0);
            }
            return container.exit;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void delete(String containerId) {
        locked(() -> {
            record("delete", "delete " + containerId);
            Container container = containers.remove(containerId);
            if (container != null && container.phase != Phase.ENDED) {
                end(container, 137, false);
            }
            return null;
        });
    }

    @Override
    public ExecResult exec(String containerId, ExecPlan plan) {
        Commands answer = locked(() -> {
            record("exec", "exec " + containerId);
            if (known(containerId).phase != Phase.RUNNING) {
                throw new RuntimeFailure(Kind.NOT_FOUND, "container " + containerId + " does not run");
            }
            return commands;
        });
        return answer.run(containerId, plan);
    }

    @Override
    public List<ContainerSummary> list() {
        return locked(
                () -> containers.values().stream().map(FakeRuntime::summary).toList());
    }

    @Override
    public Optional<ContainerSummary> find(String containerId) {
        return locked(() -> Optional.ofNullable(containers.get(containerId)).map(FakeRuntime::summary));
    }

    private static ContainerSummary summary(Container container) {
        ContainerPlan plan = container.plan;
        return new ContainerSummary(
                plan.id(),
                plan.labels(),
                plan.image().name(),
                container.createdAt,
                container.phase,
                container.pid,
                container.exit);
    }

    @Override
    public Optional<ContainerStats> stats(String containerId) {
        return locked(() -> Optional.ofNullable(containers.get(containerId))
                .filter(each -> each.phase == Phase.RUNNING)
                .map(each -> new ContainerStats(
                        Duration.ofMillis(10),
                        1 << 20,
                        each.plan.resources().getLimits().getMemoryBytes(),
                        1,
                        each.plan.resources().getLimits().getPids())));
    }

    @Override
    public void pause(String containerId) {
        locked(() -> known(containerId).phase = Phase.PAUSED);
    }

    @Override
    public void resume(String containerId) {
        locked(() -> known(containerId).phase = Phase.RUNNING);
    }

    @Override
    public void close() {}
}
