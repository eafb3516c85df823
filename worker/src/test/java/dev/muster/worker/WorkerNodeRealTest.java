package dev.muster.worker;

import static dev.muster.api.TaskState.TASK_FAILED;
import static dev.muster.api.TaskState.TASK_RUNNING;
import static dev.muster.api.TaskState.TASK_SHUTDOWN;
import static dev.muster.worker.DemoStack.remove;
import static dev.muster.worker.DemoStack.task;
import static dev.muster.worker.RealHost.await;
import static dev.muster.worker.RealHost.emptyOrAbsent;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.AssignmentChange;
import dev.muster.api.AssignmentKey;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.ContainerSpec;
import dev.muster.api.Generation;
import dev.muster.api.LogOptions;
import dev.muster.api.LogSelector;
import dev.muster.api.NodeRole;
import dev.muster.api.PublishRequest;
import dev.muster.api.PullOptions;
import dev.muster.api.SubscriptionMessage;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.worker.agent.AgentConfig;
import dev.muster.worker.agent.FakeManager;
import dev.muster.worker.agent.ManagerLinks;
import dev.muster.worker.mount.MountTable;
import dev.muster.worker.runtime.ExecPlan;
import dev.muster.worker.runtime.ExecResult;
import dev.muster.worker.task.AssignedTask;
import dev.muster.worker.task.TaskLab;
import dev.muster.worker.task.TaskNames;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A whole worker on real containerd, runc, registry and overlay networks, against a played manager: needs root. */
class WorkerNodeRealTest {
    private final FakeManager.Cluster cluster = new FakeManager.Cluster();
    private MultiThreadIoEventLoopGroup loops;
    private RealHost host;
    private Path home;
    private DemoStack demo;
    private FakeManager manager;
    private WorkerNode worker;
    private long number;

    @BeforeEach
    void start() throws Exception {
        host = RealHost.make();
        home = host.home();
        demo = new DemoStack(host);
        loops = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
        startManager(0);
        worker = host.startWorker();
    }

    @AfterEach
    void stop() throws Exception {
        if (host != null) {
            worker.leave();
            worker.closeAndStopContainerd();
            manager.close();
            var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            host.close();
        }
    }

    private void startManager(int port) throws Exception {
        manager = new FakeManager(cluster, port);
        manager.nodeAddress = RealHost.UNDERLAY;
    }

    private void connect() {
        worker.connect(
                new ManagerLinks(cluster.tls("node1", NodeRole.ROLE_WORKER), loops),
                new AgentConfig(List.of(manager.address()), ""),
                new CrashingWorkerMain.Silent());
        await("session", () -> manager.hasAssignments() && manager.hasSubscriptions());
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

    private void assign(AssignmentsMessage.Type type, List<AssignmentChange> changes) {
        manager.assign(AssignmentsMessage.newBuilder()
                .setType(type)
                .setGeneration(Generation.newBuilder().setTerm(1).setNumber(++number))
                .addAllChanges(changes)
                .build());
    }

    @Test
    void runsAStackSurvivesARestartAndLeavesNothing() throws Exception {
        var first = demo.web(1, TASK_RUNNING);
        var second = demo.web(2, TASK_RUNNING);
        connect();
        assign(AssignmentsMessage.Type.COMPLETE, demo.stack(first, second));

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
        assertThat(exec(1, "cat /run/secrets/db_password")).isEqualTo(DemoStack.SECRET);
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
                            .doesNotContain(DemoStack.SECRET)
                            .doesNotContain(host.auth());
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

        worker = host.startWorker();

        awaitState(1, TASK_RUNNING);
        assertThat(status(1).getContainer().getPid()).isEqualTo(pid);
        assertThat(exec(2, "busybox wget -q -O - http://web:8080/hello")).isEqualTo("from the image");
        assertThat(exec(1, "cat /run/secrets/db_password")).isEqualTo(DemoStack.SECRET);
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
        var third = demo.web(3, TASK_RUNNING);
        assign(AssignmentsMessage.Type.COMPLETE, demo.stack(failed, third));
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

    @Test
    void leavingStopsEverythingAndKeepsVolumes() {
        connect();
        assign(AssignmentsMessage.Type.COMPLETE, demo.stack(demo.web(1, TASK_RUNNING)));
        awaitState(1, TASK_RUNNING);
        assertThat(worker.clearImages(Duration.ZERO)).as("it is in use").isEmpty();

        worker.leave();

        assertThat(worker.runtime().list()).isEmpty();
        assertThat(worker.roster().ids()).isEmpty();
        assertThat(emptyOrAbsent(home.resolve("run/network/netns"))).isTrue();
        assertThat(MountTable.points()).noneMatch(point -> point.startsWith(home.resolve("run/secrets")));
        assertThat(home.resolve("data/journal/tasks")).doesNotExist();
        assertThat(worker.volumes().list()).hasSize(1);
        assertThat(worker.connected()).isFalse();
        assertThat(worker.clearImages(Duration.ZERO)).isNotEmpty();
        assertThat(worker.imageCount()).isZero();
    }

    @Test
    void saysWhichImageDoesNotExist() {
        connect();
        var spec = ContainerSpec.newBuilder()
                .setImage(host.registry() + "/nothing:9")
                .setPull(PullOptions.newBuilder().setRegistryAuth(host.auth()))
                .build();

        assign(AssignmentsMessage.Type.COMPLETE, task(TaskLab.task(1, TASK_RUNNING, spec)));

        awaitState(1, TaskState.TASK_REJECTED);
        assertThat(status(1).getErr()).contains(host.registry() + "/nothing:9");
    }
}
