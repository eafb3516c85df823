package dev.muster.worker.runtime.containerd;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.muster.containerd.containers.Container;
import dev.muster.containerd.containers.CreateContainerRequest;
import dev.muster.containerd.containers.DeleteContainerRequest;
import dev.muster.containerd.containers.GetContainerRequest;
import dev.muster.containerd.containers.ListContainersRequest;
import dev.muster.containerd.runc.Options;
import dev.muster.containerd.snapshots.PrepareSnapshotRequest;
import dev.muster.containerd.snapshots.RemoveSnapshotRequest;
import dev.muster.containerd.tasks.Process;
import dev.muster.containerd.tasks.Status;
import dev.muster.containerd.types.Mount;
import dev.muster.worker.runtime.ContainerExit;
import dev.muster.worker.runtime.ContainerPlan;
import dev.muster.worker.runtime.ContainerRuntime;
import dev.muster.worker.runtime.ContainerStats;
import dev.muster.worker.runtime.ContainerSummary;
import dev.muster.worker.runtime.ContainerSummary.Phase;
import dev.muster.worker.runtime.ExecPlan;
import dev.muster.worker.runtime.ExecResult;
import dev.muster.worker.runtime.RuntimeFailure;
import dev.muster.worker.runtime.RuntimeFailure.Kind;
import dev.muster.worker.runtime.oci.ContainerUser;
import dev.muster.worker.runtime.oci.HostFeatures;
import dev.muster.worker.runtime.oci.OciSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Containers by containerd 1.6 and runc. Keeps no state of its own about containers: containerd has it all, so another
 * instance, in another process, goes on where this one ended.
 *
 * <p>Thread safe. Starting containers is bound by the processors (a shim, runc, and the command), so only a few are
 * started at a time.
 */
public final class ContainerdRuntime implements ContainerRuntime {

    static final String SNAPSHOTTER = "overlayfs";
    private static final String RUNTIME = "io.containerd.runc.v2";
    private static final String RUNC_OPTIONS_TYPE = "containerd.runc.v1.Options";
    private static final String SPEC_TYPE = "types.containerd.io/opencontainers/runtime-spec/1/Spec";

    /** Keeps a snapshot from the garbage collector between its making and the container's, and until we remove it. */
    private static final String GC_ROOT = "containerd.io/gc.root";

    private static final int SIGKILL = 9;

    /** Without an event, ask this often; events are only hints. */
    private static final Duration RECHECK = Duration.ofSeconds(10);

    private static final Duration KILL_LIMIT = Duration.ofSeconds(30);

    private final ContainerdClient client;
    private final ContainerTasks tasks;
    private final ExitWatch exits;
    private final HostFeatures host;
    private final Any runcOptions;
    private final ImageUsers users;
    private final CommandRunner commands;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Semaphore starts;

    /**
     * @param client closed with this object
     * @param nanos a monotonic clock
     * @param parallelStarts how many containers are started at a time
     */
    public ContainerdRuntime(
            ContainerdClient client,
            ContainerdConfig config,
            InstantSource clock,
            LongSupplier nanos,
            RandomGenerator random,
            int parallelStarts) {
        this.client = client;
        this.host = HostProbe.read(config.containersCgroup(), config.initBinary());
        // runc's own state beside containerd's, or two containerds on one machine would share it.
        this.runcOptions = Any.newBuilder()
                .setTypeUrl(RUNC_OPTIONS_TYPE)
                .setValue(Options.newBuilder()
                        .setRoot(config.runDir().resolve("runc").toString())
                        .build()
                        .toByteString())
                .build();
        this.tasks = new ContainerTasks(client);
        this.exits = new ExitWatch(client);
        this.users = new ImageUsers(client);
        this.commands = new CommandRunner(client, exits, config.runDir().resolve("exec"), nanos, random);
        this.clock = clock;
        this.nanos = nanos;
        this.starts = new Semaphore(parallelStarts, true);
    }

    /** As many at a time as keep the processors busy while some wait for the disk. */
    public static int defaultParallelStarts(int processors) {
        return Math.max(2, processors * 2);
    }

    @Override
    public void create(ContainerPlan plan) {
        starts.acquireUninterruptibly();
        try {
            try {
                createOnce(plan);
            } catch (RuntimeFailure e) {
                if (e.kind() != Kind.ALREADY_EXISTS) {
                    throw e;
                }
                refuseIfAlive(plan.id(), e);
                delete(plan.id());
                createOnce(plan);
            }
        } finally {
            starts.release();
        }
    }

    private void refuseIfAlive(String id, RuntimeFailure cause) {
        boolean alive = find(id).map(ContainerSummary::phase)
                .filter(each -> each == Phase.RUNNING || each == Phase.PAUSED)
                .isPresent();
        if (alive) {
            throw new RuntimeFailure(Kind.ALREADY_EXISTS, "container " + id + " is already running", cause);
        }
    }

    private void createOnce(ContainerPlan plan) {
        String id = plan.id();
        List<Mount> mounts = client.call(
                "make the file system of container " + id,
                () -> client.snapshots()
                        .prepare(PrepareSnapshotRequest.newBuilder()
                                .setSnapshotter(SNAPSHOTTER)
                                .setKey(id)
                                .setParent(plan.image().chainId())
                                .putLabels(GC_ROOT, clock.instant().toString())
                                .build())
                        .getMountsList());
        try {
            ContainerUser user = users.resolve(
                    plan.image().chainId(),
                    mounts,
                    effectiveUser(plan),
                    plan.spec().getGroupsList());
            record(plan, OciSpec.write(plan, user, host));
            try {
                tasks.create(plan, mounts);
            } catch (RuntimeFailure e) {
                if (!e.temporary()) {
                    deleteRecord(id);
                }
                throw e;
            }
        } catch (RuntimeFailure e) {
            // After no answer there may yet be a task: all stays, for the next attempt, or delete, to remove in order.
            if (!e.temporary()) {
                removeSnapshot(id);
            }
            throw e;
        }
    }

    private static String effectiveUser(ContainerPlan plan) {
        String wanted = plan.spec().getUser();
        return wanted.isEmpty() ? plan.image().config().user() : wanted;
    }

    private void record(ContainerPlan plan, byte[] spec) {
        Container container = Container.newBuilder()
                .setId(plan.id())
                .putAllLabels(plan.labels())
                .setImage(plan.image().name())
                .setRuntime(Container.Runtime.newBuilder().setName(RUNTIME).setOptions(runcOptions))
                .setSpec(Any.newBuilder().setTypeUrl(SPEC_TYPE).setValue(ByteString.copyFrom(spec)))
                .setSnapshotter(SNAPSHOTTER)
                .setSnapshotKey(plan.id())
                .build();
        client.call(
                "record container " + plan.id(),
                () -> client.containers()
                        .create(CreateContainerRequest.newBuilder()
                                .setContainer(container)
                                .build()));
    }

    @Override
    public int start(String containerId) {
        starts.acquireUninterruptibly();
        try {
            return tasks.start(containerId);
        } finally {
            starts.release();
        }
    }

    @Override
    public boolean kill(String containerId, int signal, boolean everyProcess) {
        return tasks.kill(containerId, signal, everyProcess);
    }

    @Override
    public Optional<ContainerExit> await(String containerId, Duration atMost) throws InterruptedException {
        long end = nanos.getAsLong() + atMost.toNanos();
        try (ExitWatch.Waiter waiter = exits.register(containerId, "")) {
            while (true) {
                Optional<ContainerExit> exit = exitIfKnown(containerId);
                long left = end - nanos.getAsLong();
                if (exit.isPresent() || left <= 0) {
                    return exit;
                }
                waiter.await(Duration.ofNanos(Math.min(left, RECHECK.toNanos())));
            }
        }
    }

    /** Empty while it lives, and while containerd does not answer. */
    private Optional<ContainerExit> exitIfKnown(String containerId) {
        try {
            Optional<Process> process = tasks.find(containerId);
            if (process.isPresent()) {
                return process.filter(each -> each.getStatus() == Status.STATUS_STOPPED)
                        .map(each -> exit(containerId, each));
            }
            container(containerId);
            return Optional.of(ContainerExit.lost());
        } catch (RuntimeFailure e) {
            if (e.temporary()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private ContainerExit exit(String containerId, Process process) {
        return new ContainerExit(
                process.getExitStatus(),
                instant(process.getExitedAt()),
                CgroupFiles.oomKilled(host.cgroupOf(containerId)));
    }

    @Override
    public void delete(String containerId) {
        if (!tasks.delete(containerId)) {
            kill(containerId, SIGKILL, true);
            awaitEnd(containerId);
            if (!tasks.delete(containerId)) {
                throw new RuntimeFailure(Kind.TIMEOUT, "container " + containerId + " does not end, though killed");
            }
        }
        deleteRecord(containerId);
        removeSnapshot(containerId);
    }

    private void awaitEnd(String containerId) {
        try {
            await(containerId, KILL_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RuntimeFailure(Kind.UNAVAILABLE, "interrupted while deleting container " + containerId, e);
        }
    }

    private void deleteRecord(String containerId) {
        client.callUnlessGone(
                "delete the record of container " + containerId,
                () -> client.containers()
                        .delete(DeleteContainerRequest.newBuilder()
                                .setId(containerId)
                                .build()));
    }

    private void removeSnapshot(String containerId) {
        client.callUnlessGone(
                "remove the file system of container " + containerId,
                () -> client.snapshots()
                        .remove(RemoveSnapshotRequest.newBuilder()
                                .setSnapshotter(SNAPSHOTTER)
                                .setKey(containerId)
                                .build()));
    }

    @Override
    public ExecResult exec(String containerId, ExecPlan plan) throws InterruptedException {
        byte[] spec = container(containerId).getSpec().getValue().toByteArray();
        Optional<ContainerUser> user = plan.user().map(each -> users.resolveInside(containerId, each));
        return commands.run(containerId, OciSpec.writeExec(spec, plan, user), plan);
    }

    @Override
    public List<ContainerSummary> list() {
        Map<String, Process> processes = new HashMap<>();
        tasks.list().forEach(each -> processes.put(each.getId(), each));
        return client
                .call(
                        "list containers",
                        () -> client.containers()
                                .list(ListContainersRequest.getDefaultInstance())
                                .getContainersList())
                .stream()
                .map(each -> summary(each, Optional.ofNullable(processes.get(each.getId()))))
                .toList();
    }

    @Override
    public Optional<ContainerSummary> find(String containerId) {
        try {
            return Optional.of(summary(container(containerId), tasks.find(containerId)));
        } catch (RuntimeFailure e) {
            if (e.kind() == Kind.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private ContainerSummary summary(Container container, Optional<Process> process) {
        Phase phase = process.map(each -> phase(each.getStatus())).orElse(Phase.EMPTY);
        return new ContainerSummary(
                container.getId(),
                container.getLabelsMap(),
                container.getImage(),
                instant(container.getCreatedAt()),
                phase,
                phase == Phase.ENDED ? 0 : process.map(Process::getPid).orElse(0),
                process.filter(each -> phase == Phase.ENDED).map(each -> exit(container.getId(), each)));
    }

    private static Phase phase(Status status) {
        return switch (status) {
            case STATUS_CREATED -> Phase.CREATED;
            case STATUS_RUNNING, STATUS_UNKNOWN, UNRECOGNIZED -> Phase.RUNNING;
            case STATUS_PAUSED, STATUS_PAUSING -> Phase.PAUSED;
            case STATUS_STOPPED -> Phase.ENDED;
        };
    }

    private Container container(String containerId) {
        return client.call(
                "find container " + containerId,
                () -> client.containers()
                        .get(GetContainerRequest.newBuilder().setId(containerId).build())
                        .getContainer());
    }

    @Override
    public Optional<ContainerStats> stats(String containerId) {
        return CgroupFiles.stats(host.cgroupOf(containerId));
    }

    @Override
    public void pause(String containerId) {
        tasks.pause(containerId);
    }

    @Override
    public void resume(String containerId) {
        tasks.resume(containerId);
    }

    private static Instant instant(Timestamp timestamp) {
        return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
    }

    @Override
    public void close() {
        exits.close();
        client.close();
    }
}
