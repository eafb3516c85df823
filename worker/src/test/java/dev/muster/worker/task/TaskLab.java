package dev.muster.worker.task;

import static org.assertj.core.api.Assertions.fail;

import com.google.protobuf.ByteString;
import dev.muster.api.Config;
import dev.muster.api.ConfigReference;
import dev.muster.api.ConfigSpec;
import dev.muster.api.ContainerSpec;
import dev.muster.api.Driver;
import dev.muster.api.FileTarget;
import dev.muster.api.Secret;
import dev.muster.api.SecretReference;
import dev.muster.api.SecretSpec;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.api.TaskSpec;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.net.OverlayTables;
import dev.muster.worker.health.HealthMonitor;
import dev.muster.worker.journal.Journal;
import dev.muster.worker.runtime.FakeRuntime;
import dev.muster.worker.secret.SecretMounts;
import dev.muster.worker.volume.LocalVolumes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A node with a fake runtime, images, logs and network, and real secrets, volumes and journal: needs root. */
public final class TaskLab implements AutoCloseable {
    public static final String IMAGE = "busybox:1";
    private static final long DEADLINE_NANOS = 20_000_000_000L;

    public final FakeRuntime runtime;
    public final FakeImages images = new FakeImages();
    public final FakeLogs logs;
    public final FakeNetwork network;
    public final TaskNetworks networks = new TaskNetworks();
    public final SecretMounts secrets;
    public final LocalVolumes volumes;
    public final TaskDirectories directories;
    public final Journal journal;
    public final NodeServices services;
    private final HealthMonitor health;

    public TaskLab(Path directory) {
        this(directory, new FakeRuntime(InstantSource.system()), new FakeNetwork(), new FakeLogs());
    }

    private TaskLab(Path directory, FakeRuntime runtime, FakeNetwork network, FakeLogs logs) {
        this.runtime = runtime;
        this.network = network;
        this.logs = logs;
        this.secrets = SecretMounts.open(directory.resolve("run/secrets"));
        this.volumes = LocalVolumes.open(directory.resolve("volumes"), InstantSource.system());
        this.directories = TaskDirectories.open(directory.resolve("tasks"));
        this.journal = Journal.open(directory.resolve("journal"));
        this.health = HealthMonitor.start(System::nanoTime, InstantSource.system());
        images.add(IMAGE, FakeImages.config());
        this.services = new NodeServices(
                new NodeFacts("host-1", "linux", "x86_64"),
                runtime,
                images,
                logs,
                networks,
                secrets,
                volumes,
                health,
                directories,
                journal,
                new CpuGate(2),
                Path.of("/etc/resolv.conf"),
                InstantSource.system(),
                System::nanoTime);
    }

    /** The next process on the same node. */
    public TaskLab restarted(Path directory) {
        health.close();
        return new TaskLab(directory, runtime.reopened(), network, logs);
    }

    /** Puts the network in place, with nothing programmed but that. */
    public TaskLab withNetworks() {
        networks.use(network);
        networks.program(OverlayTables.EMPTY);
        return this;
    }

    @Override
    public void close() {
        health.close();
        secrets.tasks().forEach(secrets::unmount);
    }

    /** What a roster reports. */
    public static final class Reports implements TaskListener {
        public final List<Map.Entry<String, TaskStatus>> all = new CopyOnWriteArrayList<>();
        public final List<String> erased = new CopyOnWriteArrayList<>();

        @Override
        public void reported(String taskId, TaskStatus status) {
            all.add(Map.entry(taskId, status));
        }

        @Override
        public void detached(AssignedTask task) {}

        @Override
        public void erased(String taskId) {
            erased.add(taskId);
        }

        List<TaskState> states(String taskId) {
            return all.stream()
                    .filter(entry -> entry.getKey().equals(taskId))
                    .map(entry -> entry.getValue().getState())
                    .toList();
        }

        TaskStatus last(String taskId) {
            return all.stream()
                    .filter(entry -> entry.getKey().equals(taskId))
                    .reduce((first, second) -> second)
                    .map(Map.Entry::getValue)
                    .orElse(TaskStatus.getDefaultInstance());
        }
    }

    public static String id(int number) {
        return String.format("task%021d", number);
    }

    public static ContainerSpec.Builder container() {
        return ContainerSpec.newBuilder().setImage(IMAGE);
    }

    public static AssignedTask task(int number, TaskState desired, ContainerSpec container) {
        return task(
                number, desired, TaskSpec.newBuilder().setContainer(container).build());
    }

    public static AssignedTask task(int number, TaskState desired, TaskSpec spec) {
        var task = Task.newBuilder()
                .setId(id(number))
                .setServiceId("service1")
                .setServiceName("web")
                .setRevision(1)
                .setSlot(number)
                .setNodeId("node1")
                .setDesiredState(desired)
                .setStatus(TaskStatus.newBuilder().setState(TaskState.TASK_ASSIGNED))
                .build();
        var revision = ServiceRevision.newBuilder()
                .setId("service1.1")
                .setServiceId("service1")
                .setServiceName("web")
                .putServiceLabels("tier", "front")
                .setTask(spec)
                .build();
        return new AssignedTask(task, Optional.of(revision), Map.of(), Map.of(), Map.of(), Driver.getDefaultInstance());
    }

    public static AssignedTask desired(AssignedTask task, TaskState desired) {
        return new AssignedTask(
                task.task().toBuilder().setDesiredState(desired).build(),
                task.revision(),
                task.secrets(),
                task.configs(),
                task.networks(),
                task.defaultLogDriver());
    }

    public static Secret secret(String name, String content) {
        return Secret.newBuilder()
                .setId("id-" + name)
                .setSpec(SecretSpec.newBuilder().setData(ByteString.copyFromUtf8(content)))
                .build();
    }

    public static SecretReference.Builder secretReference(String name) {
        return SecretReference.newBuilder()
                .setSecretId("id-" + name)
                .setSecretName(name)
                .setFile(FileTarget.newBuilder()
                        .setName(name)
                        .setUid("0")
                        .setGid("0")
                        .setMode(0444));
    }

    public static Config config(String name, String content, boolean templated) {
        var spec = ConfigSpec.newBuilder().setData(ByteString.copyFrom(content, StandardCharsets.UTF_8));
        if (templated) {
            spec.setTemplating(Driver.newBuilder().setName("golang"));
        }
        return Config.newBuilder().setId("id-" + name).setSpec(spec).build();
    }

    public static ConfigReference.Builder configReference(String name, String target) {
        return ConfigReference.newBuilder()
                .setConfigId("id-" + name)
                .setConfigName(name)
                .setFile(FileTarget.newBuilder()
                        .setName(target)
                        .setUid("0")
                        .setGid("0")
                        .setMode(0444));
    }

    /** Waits for a condition, with a deadline. */
    public static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                fail("did not come: " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }
}
