package dev.muster.worker;

import static dev.muster.api.TaskState.TASK_FAILED;
import static dev.muster.api.TaskState.TASK_RUNNING;
import static dev.muster.api.TaskState.TASK_SHUTDOWN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Assignment;
import dev.muster.api.AssignmentChange;
import dev.muster.api.AssignmentKey;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.ContainerSpec;
import dev.muster.api.Durations;
import dev.muster.api.FileTarget;
import dev.muster.api.Generation;
import dev.muster.api.HealthConfig;
import dev.muster.api.Ipam;
import dev.muster.api.IpamConfig;
import dev.muster.api.LogOptions;
import dev.muster.api.LogSelector;
import dev.muster.api.Mount;
import dev.muster.api.Network;
import dev.muster.api.NetworkAssignment;
import dev.muster.api.NetworkAttachment;
import dev.muster.api.NetworkEndpoint;
import dev.muster.api.NetworkPeer;
import dev.muster.api.NetworkService;
import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.Peer;
import dev.muster.api.PublishRequest;
import dev.muster.api.PullOptions;
import dev.muster.api.SubscriptionMessage;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.worker.agent.AgentConfig;
import dev.muster.worker.agent.ClusterListener;
import dev.muster.worker.agent.FakeManager;
import dev.muster.worker.agent.ManagerLinks;
import dev.muster.worker.image.ImageRef;
import dev.muster.worker.image.TestImage;
import dev.muster.worker.image.TestRegistry;
import dev.muster.worker.mount.MountTable;
import dev.muster.worker.runtime.ExecPlan;
import dev.muster.worker.runtime.ExecResult;
import dev.muster.worker.runtime.containerd.RealContainerd;
import dev.muster.worker.task.AssignedTask;
import dev.muster.worker.task.TaskLab;
import dev.muster.worker.task.TaskNames;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A whole worker on real containerd, runc, registry and overlay networks, against a played manager: needs root. All of it
 * lives in a directory, a network namespace and a cgroup of its own.
 */
class WorkerNodeRealTest {
    private static final String SECRET = "never-on-a-disk-7f3a";
    private static final String UNDERLAY = "192.168.77.1";
    private static final long DEADLINE_NANOS = 60_000_000_000L;

    private static Path directory;
    private static TestRegistry registry;
    private static ImageRef image;
    private static MultiThreadIoEventLoopGroup loops;

    private final FakeManager.Cluster cluster = new FakeManager.Cluster();
    private String name;
    private Path home;
    private FakeManager manager;
    private WorkerNode worker;
    private long number;

    @BeforeAll
    static void prepare() throws Exception {
        RealContainerd.require();
        directory = Files.createTempDirectory("muwn-");
        registry = TestRegistry.start(directory.resolve("registry"));
        var layout = TestImage.busybox(Files.createDirectories(directory.resolve("image")))
                .write("busybox");
        image = registry.push(layout, "busybox:1").withDigest(TestImage.digest(layout));
        loops = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    }

    @AfterAll
    static void cleanUp() throws Exception {
        if (registry != null) {
            registry.close();
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            run("rm", "-rf", "--one-file-system", directory.toString());
        }
    }

    @BeforeEach
    void start() throws Exception {
        home = Files.createTempDirectory(directory, "n");
        name = "muwn-" + home.getFileName().toString().substring(1, 8);
        run("ip", "netns", "add", name);
        run("ip", "-n", name, "link", "set", "lo", "up");
        // Stands for the host's network card.
        run("ip", "-n", name, "link", "add", "card", "type", "bridge");
        run("ip", "-n", name, "address", "add", UNDERLAY + "/24", "dev", "card");
        run("ip", "-n", name, "link", "set", "card", "up");
        startManager(0);
        startWorker();
    }

    @AfterEach
    void stop() throws Exception {
        worker.leave();
        worker.closeAndStopContainerd();
        manager.close();
        run("ip", "netns", "del", name);
        for (var controller : List.of(
                "memory", "cpu", "cpuacct", "pids", "systemd", "unified", "freezer", "blkio", "devices", "cpuset")) {
            run(
                    "sh",
                    "-c",
                    "d=/sys/fs/cgroup/" + controller + "/" + name
                            + "; [ -d $d ] && find $d -depth -type d -exec rmdir {} + 2>/dev/null; true");
        }
        assertThat(MountTable.points()).noneMatch(point -> point.startsWith(home));
    }

    private void startWorker() throws Exception {
        var host = new WorkerConfig.Host("host-1", "x86_64", 2, 1L << 30, "test", Map.of(), List.of());
        var config = new WorkerConfig(
                home.resolve("data"),
                home.resolve("run"),
                Optional.empty(),
                Optional.of("/" + name),
                registry.hostsDirectory(),
                Path.of("/etc/resolv.conf"),
                "muw",
                "172.29.0.0/16",
                Optional.of(Path.of("/run/netns/" + name)),
                host);
        worker = WorkerNode.start(
                config,
                new WorkerSources(
                        InstantSource.system(), System::nanoTime, new SplittableRandom(1), new SecureRandom()));
    }

    private void startManager(int port) throws Exception {
        manager = new FakeManager(cluster, port);
        manager.nodeAddress = UNDERLAY;
    }

    private void connect() {
        worker.connect(
                new ManagerLinks(cluster.tls("node1", NodeRole.ROLE_WORKER), loops),
                new AgentConfig(List.of(manager.address()), ""),
                new Silent());
        await("session", () -> manager.hasAssignments() && manager.hasSubscriptions());
    }

    private static final class Silent implements ClusterListener {
        @Override
        public void managersChanged(List<Peer> managers) {}

        @Override
        public void rootChanged(com.google.protobuf.ByteString rootCaPem) {}

        @Override
        public void nodeChanged(Node node) {}

        @Override
        public void connectionChanged(boolean connected, String detail) {}

        @Override
        public void refused(String reason) {}
    }

    private static void run(String... command) throws Exception {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", List.of(command), output).isZero();
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("did not come in time: %s", what).isLessThan(end);
            LockSupport.parkNanos(5_000_000);
        }
    }

    private TaskStatus status(int task) {
        return worker.roster().status(TaskLab.id(task)).orElse(TaskStatus.getDefaultInstance());
    }

    private void awaitState(int task, TaskState state) {
        await(
                state + " of task " + task + ", not " + status(task),
                () -> status(task).getState() == state);
    }

    private String exec(int task, String script) {
        try {
            var result = worker.runtime()
                    .exec(
                            TaskNames.containerId(TaskLab.id(task)),
                            ExecPlan.of(List.of("sh", "-c", script), Duration.ofSeconds(20)));
            return result instanceof ExecResult.Ended(var code, var output) && code == 0
                    ? output.strip()
                    : "FAILED " + result;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    // What the manager says.

    private void assign(AssignmentsMessage.Type type, List<AssignmentChange> changes) {
        manager.assign(AssignmentsMessage.newBuilder()
                .setType(type)
                .setGeneration(Generation.newBuilder().setTerm(1).setNumber(++number))
                .addAllChanges(changes)
                .build());
    }

    private static AssignmentChange set(Assignment.Builder item) {
        return AssignmentChange.newBuilder().setSet(item).build();
    }

    private static List<AssignmentChange> network(AssignedTask... tasks) {
        var changes = new ArrayList<AssignmentChange>();
        var ipam = Ipam.newBuilder()
                .addConfigs(IpamConfig.newBuilder().setSubnet("10.77.0.0/24").setGateway("10.77.0.1"));
        var network = Network.newBuilder().setId("net1").setVni(5077).setIpam(ipam);
        network.getSpecBuilder().getAnnotationsBuilder().setName("backend");
        changes.add(set(Assignment.newBuilder()
                .setNetwork(NetworkAssignment.newBuilder().setNetwork(network).setNodeAddress("10.77.0.2/24"))));
        changes.add(set(Assignment.newBuilder()
                .setPeer(NetworkPeer.newBuilder()
                        .setNetworkId("net1")
                        .setNodeId("node1")
                        .setUnderlayAddress(UNDERLAY)
                        .setAddress("10.77.0.2/24"))));
        changes.add(set(Assignment.newBuilder()
                .setService(NetworkService.newBuilder()
                        .setNetworkId("net1")
                        .setServiceId("service1")
                        .setName("web")
                        .setVirtualIp("10.77.0.3"))));
        for (var task : tasks) {
            changes.add(set(Assignment.newBuilder()
                    .setEndpoint(NetworkEndpoint.newBuilder()
                            .setNetworkId("net1")
                            .setTaskId(task.id())
                            .setServiceId("service1")
                            .setNodeId("node1")
                            .setUnderlayAddress(UNDERLAY)
                            .setAddress(task.task().getNetworks(0).getAddress())
                            .setServing(true)
                            .addNames(TaskNames.containerName(task.task())))));
        }
        return changes;
    }

    private static List<AssignmentChange> task(AssignedTask task) {
        var changes = new ArrayList<AssignmentChange>();
        changes.add(set(Assignment.newBuilder().setTask(task.task())));
        changes.add(set(Assignment.newBuilder().setRevision(task.revision().orElseThrow())));
        return changes;
    }

    private static AssignedTask on(AssignedTask task, String address) {
        return new AssignedTask(
                task.task().toBuilder()
                        .addNetworks(NetworkAttachment.newBuilder()
                                .setNetworkId("net1")
                                .setAddress(address))
                        .build(),
                task.revision(),
                task.secrets(),
                task.configs(),
                task.networks(),
                task.defaultLogDriver());
    }

    private static ContainerSpec.Builder web() {
        return ContainerSpec.newBuilder()
                .setImage(image.toString())
                .setPull(PullOptions.newBuilder().setRegistryAuth(registry.auth()))
                .addCommand("sh")
                .addArgs("-c")
                .addArgs("echo started on $(hostname); trap 'echo bye; exit 0' TERM; "
                        + "busybox httpd -p 8080 -h /data; while :; do sleep 0.1; done")
                .setHostname("web-{{.Task.Slot}}")
                .addEnv("WHO={{.Service.Name}}")
                .addSecrets(TaskLab.secretReference("db")
                        .setFile(FileTarget.newBuilder()
                                .setName("db_password")
                                .setUid("1000")
                                .setGid("1000")
                                .setMode(0400)))
                .addConfigs(TaskLab.configReference("conf", "/etc/app.conf"))
                .addMounts(Mount.newBuilder()
                        .setType(Mount.Type.VOLUME)
                        .setSource("stuff")
                        .setTarget("/data"))
                .setHealthcheck(HealthConfig.newBuilder()
                        .addTest("CMD-SHELL")
                        .addTest("busybox wget -q -O /dev/null http://127.0.0.1:8080/hello")
                        .setInterval(Durations.of(Duration.ofMillis(300)))
                        .setRetries(3));
    }

    private List<AssignmentChange> stack(AssignedTask... tasks) {
        var changes = network(tasks);
        changes.add(set(Assignment.newBuilder().setSecret(TaskLab.secret("db", SECRET))));
        changes.add(set(Assignment.newBuilder().setConfig(TaskLab.config("conf", "task {{.Task.Name}}", true))));
        for (var task : tasks) {
            changes.addAll(task(task));
        }
        return changes;
    }

    @Test
    void runsAStackSurvivesARestartAndLeavesNothing() throws Exception {
        var first = on(TaskLab.task(1, TASK_RUNNING, web().build()), "10.77.0.11/24");
        var second = on(TaskLab.task(2, TASK_RUNNING, web().build()), "10.77.0.12/24");
        connect();
        assign(AssignmentsMessage.Type.COMPLETE, stack(first, second));

        awaitState(1, TASK_RUNNING);
        awaitState(2, TASK_RUNNING);
        await("acknowledged", () -> !manager.acknowledged.isEmpty());
        inspectFromInside();
        inspectOnDisk();
        readLogs();

        restartWithoutManagers();

        stopOne(first);
        eraseBoth();
    }

    private void inspectFromInside() {
        assertThat(exec(1, "cat /run/secrets/db_password")).isEqualTo(SECRET);
        assertThat(exec(1, "stat -c '%u %g %a' /run/secrets/db_password")).isEqualTo("1000 1000 400");
        assertThat(exec(1, "grep ' /run/secrets/db_password ' /proc/mounts")).contains("tmpfs", "ro,");
        assertThat(exec(1, "cat /etc/app.conf")).isEqualTo("task web.1." + TaskLab.id(1));
        assertThat(exec(1, "cat /data/hello")).isEqualTo("from the image");
        assertThat(exec(1, "stat -c %u /data")).isEqualTo("1000");
        assertThat(exec(1, "hostname")).isEqualTo("web-1");
        assertThat(exec(1, "echo $WHO")).isEqualTo("web");
        assertThat(exec(1, "grep web-1 /etc/hosts")).contains("10.77.0.11");
        assertThat(exec(1, "cat /etc/resolv.conf")).contains("nameserver 127.0.0.11");
        assertThat(exec(2, "busybox nslookup tasks.web 127.0.0.11")).contains("10.77.0.11", "10.77.0.12");
        assertThat(exec(2, "busybox wget -q -O - http://web:8080/hello")).isEqualTo("from the image");
        assertThat(exec(2, "busybox wget -q -O - http://web.1." + TaskLab.id(1) + ":8080/hello"))
                .isEqualTo("from the image");
    }

    private void inspectOnDisk() throws Exception {
        var status = status(1);
        assertThat(status.getContainer().getPid()).isPositive();
        assertThat(worker.containerCounts().getRunning()).isEqualTo(2);
        assertThat(worker.imageCount()).isEqualTo(1);
        for (var root : List.of(home.resolve("data/journal"), home.resolve("data/tasks"), home.resolve("data/logs"))) {
            try (var files = Files.walk(root)) {
                for (var file : files.filter(Files::isRegularFile).toList()) {
                    assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                            .as("%s", file)
                            .doesNotContain(SECRET)
                            .doesNotContain(registry.auth());
                }
            }
        }
    }

    private void readLogs() {
        manager.subscribe(SubscriptionMessage.newBuilder()
                .setId("logs")
                .setSelector(LogSelector.newBuilder().addServiceIds("service1"))
                .setOptions(LogOptions.newBuilder().setStdout(true).setStderr(true))
                .build());
        await("logs", () -> manager.published.stream().anyMatch(PublishRequest::getDone));
        assertThat(manager.published.stream()
                        .flatMap(request -> request.getMessagesList().stream())
                        .map(message -> message.getLine().toStringUtf8()))
                .containsExactlyInAnyOrder("started on web-1\n", "started on web-2\n");
    }

    private void restartWithoutManagers() throws Exception {
        int pid = status(1).getContainer().getPid();
        int port = manager.port();
        manager.close();
        worker.close();
        assertThat(ProcessHandle.of(pid).map(ProcessHandle::isAlive)).contains(true);

        startWorker();

        awaitState(1, TASK_RUNNING);
        assertThat(status(1).getContainer().getPid()).isEqualTo(pid);
        assertThat(exec(2, "busybox wget -q -O - http://web:8080/hello")).isEqualTo("from the image");
        assertThat(exec(1, "cat /run/secrets/db_password")).isEqualTo(SECRET);
        // Its health is watched again: without the file it becomes unhealthy.
        var hello = worker.volumes().inspect("stuff").orElseThrow().mountpoint().resolve("hello");
        var content = Files.readAllBytes(hello);
        Files.delete(hello);
        awaitState(1, TASK_FAILED);
        awaitState(2, TASK_FAILED);
        Files.write(hello, content);
        assertThat(status(1).getErr()).isEqualTo("task: non-zero exit (137): dockerexec: unhealthy container");
        startManager(port);
        connect();
        await(
                "reported",
                () -> manager.statuses.stream()
                                .flatMap(request -> request.getUpdatesList().stream())
                                .filter(update -> update.getStatus().getState() == TASK_FAILED)
                                .count()
                        >= 2);
    }

    private void stopOne(AssignedTask failed) {
        var third = on(TaskLab.task(3, TASK_RUNNING, web().build()), "10.77.0.13/24");
        assign(AssignmentsMessage.Type.COMPLETE, stack(failed, third));
        awaitState(3, TASK_RUNNING);
        await("task 2 erased", () -> !worker.roster().ids().contains(TaskLab.id(2)));

        assign(AssignmentsMessage.Type.INCREMENTAL, task(TaskLab.desired(third, TASK_SHUTDOWN)));

        awaitState(3, TASK_SHUTDOWN);
        assertThat(status(3).getContainer().getExitCode()).isZero();
    }

    private void eraseBoth() throws Exception {
        assign(
                AssignmentsMessage.Type.INCREMENTAL,
                List.of(
                        remove(AssignmentKey.Type.TASK, TaskLab.id(1)),
                        remove(AssignmentKey.Type.TASK, TaskLab.id(3)),
                        remove(AssignmentKey.Type.NETWORK, "net1"),
                        remove(AssignmentKey.Type.NETWORK_SERVICE, "net1/service1")));
        await("erased", () -> worker.roster().ids().isEmpty());

        assertThat(worker.runtime().list()).isEmpty();
        assertThat(home.resolve("run/secrets")).isEmptyDirectory();
        assertThat(home.resolve("data/tasks")).isEmptyDirectory();
        await("network gone", () -> emptyOrAbsent(home.resolve("run/network/netns")));
        assertThat(worker.volumes().list())
                .singleElement()
                .satisfies(volume -> assertThat(volume.name()).isEqualTo("stuff"));
        // Only the image's two layers; containerd removes the directories of others in its own time.
        var snapshots = home.resolve("data/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots");
        await("snapshots", () -> List.of(snapshots.toFile().list()).size() <= 2);
    }

    private static boolean emptyOrAbsent(Path path) {
        var files = path.toFile().list();
        return files == null || files.length == 0;
    }

    private static AssignmentChange remove(AssignmentKey.Type type, String id) {
        return AssignmentChange.newBuilder()
                .setRemove(AssignmentKey.newBuilder().setType(type).setId(id))
                .build();
    }

    @Test
    void leavingStopsEverythingAndKeepsVolumes() {
        connect();
        assign(
                AssignmentsMessage.Type.COMPLETE,
                stack(on(TaskLab.task(1, TASK_RUNNING, web().build()), "10.77.0.11/24")));
        awaitState(1, TASK_RUNNING);

        worker.leave();

        assertThat(worker.runtime().list()).isEmpty();
        assertThat(worker.roster().ids()).isEmpty();
        assertThat(emptyOrAbsent(home.resolve("run/network/netns"))).isTrue();
        assertThat(MountTable.points()).noneMatch(point -> point.startsWith(home.resolve("run/secrets")));
        assertThat(home.resolve("data/journal/tasks")).doesNotExist();
        assertThat(worker.volumes().list()).hasSize(1);
        assertThat(worker.connected()).isFalse();
    }

    @Test
    void saysWhichImageDoesNotExist() {
        connect();
        var spec = ContainerSpec.newBuilder()
                .setImage(registry.host() + "/nothing:9")
                .setPull(PullOptions.newBuilder().setRegistryAuth(registry.auth()))
                .build();

        assign(AssignmentsMessage.Type.COMPLETE, task(TaskLab.task(1, TASK_RUNNING, spec)));

        awaitState(1, TaskState.TASK_REJECTED);
        assertThat(status(1).getErr()).contains(registry.host() + "/nothing:9");
    }
}
