package dev.muster.worker;

import static dev.muster.api.TaskState.TASK_RUNNING;
import static dev.muster.api.TaskState.TASK_SHUTDOWN;
import static dev.muster.worker.RealHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.AssignmentChange;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Generation;
import dev.muster.api.NodeRole;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.pki.IdentityDirectory;
import dev.muster.worker.agent.FakeManager;
import dev.muster.worker.mount.MountTable;
import dev.muster.worker.task.TaskLab;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A worker process that is killed at any moment, over and over; its successors finish what it began. Needs root. */
class WorkerCrashRealTest {
    private static final int TASKS = 6;
    private static final int CRASHES = 3;

    private final FakeManager.Cluster cluster = new FakeManager.Cluster();
    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private RealHost host;
    private DemoStack demo;
    private FakeManager manager;
    private Process worker;
    private long number;

    @BeforeEach
    void start() throws Exception {
        host = RealHost.make();
        demo = new DemoStack(host);
        manager = new FakeManager(cluster, 0);
        manager.nodeAddress = RealHost.UNDERLAY;
        new IdentityDirectory(host.home())
                .store(cluster.tls("node1", NodeRole.ROLE_WORKER).identity());
    }

    @AfterEach
    void stop() throws Exception {
        if (host != null) {
            kill();
            manager.close();
            try (var last = host.startWorker()) {
                last.leave();
                last.closeAndStopContainerd();
            }
            host.close();
        }
    }

    private void launch() throws IOException {
        var java = ProcessHandle.current().info().command().orElseThrow();
        worker = new ProcessBuilder(
                        java,
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashingWorkerMain.class.getName(),
                        host.home().toString(),
                        host.name(),
                        host.registryHosts().toString(),
                        manager.address())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        host.home().resolve("worker.log").toFile()))
                .start();
    }

    private void kill() {
        if (worker != null) {
            worker.destroyForcibly();
            worker.onExit().join();
        }
    }

    /** With each new session the manager says everything anew. */
    private void session(List<AssignmentChange> everything) throws IOException {
        kill();
        int before = manager.sessions.size();
        manager.forgetStreams();
        launch();
        await("session", () -> manager.sessions.size() > before && manager.hasAssignments());
        manager.assign(AssignmentsMessage.newBuilder()
                .setType(AssignmentsMessage.Type.COMPLETE)
                .setGeneration(Generation.newBuilder().setTerm(1).setNumber(++number))
                .addAllChanges(everything)
                .build());
    }

    private void crashRepeatedly(List<AssignmentChange> everything) throws IOException {
        for (int i = 0; i < CRASHES; i++) {
            session(everything);
            LockSupport.parkNanos(Duration.ofMillis(50 + random.nextInt(1500)).toNanos());
            kill();
        }
        session(everything);
    }

    private List<AssignmentChange> stack(TaskState desired) {
        var tasks = new dev.muster.worker.task.AssignedTask[TASKS];
        for (int i = 0; i < TASKS; i++) {
            tasks[i] = demo.web(i + 1, desired);
        }
        return demo.stack(tasks);
    }

    /** The last report of each task, and that no report ever went back. */
    private Map<String, TaskState> reported() {
        var last = new TreeMap<String, TaskState>();
        for (var request : manager.statuses) {
            for (var update : request.getUpdatesList()) {
                var state = update.getStatus().getState();
                var before = last.put(update.getTaskId(), state);
                assertThat(before == null || TaskStates.mayObserve(before, state))
                        .as("%s went from %s to %s", update.getTaskId(), before, update)
                        .isTrue();
            }
        }
        return last;
    }

    private Map<String, TaskState> all(TaskState state) {
        var all = new TreeMap<String, TaskState>();
        for (int i = 1; i <= TASKS; i++) {
            all.put(TaskLab.id(i), state);
        }
        return all;
    }

    @Test
    void startsStopsAndRemovesEverythingInSpiteOfCrashes() throws Exception {
        System.out.println("moments of the crashes from seed " + seed);
        crashRepeatedly(stack(TASK_RUNNING));
        await("all running, not " + reported(), () -> reported().equals(all(TASK_RUNNING)));

        crashRepeatedly(stack(TASK_SHUTDOWN));
        await("all shut down, not " + reported(), () -> reported().equals(all(TASK_SHUTDOWN)));

        crashRepeatedly(new ArrayList<>());
        await("nothing left", this::nothingLeft);
    }

    private boolean nothingLeft() {
        Path home = host.home();
        return List.of("data/tasks", "data/journal/status", "data/logs", "run/secrets", "run/network/netns").stream()
                        .allMatch(directory -> directories(home.resolve(directory)) == 0)
                && MountTable.points().stream()
                        .noneMatch(
                                point -> point.startsWith(home.resolve("run/containerd")) && point.endsWith("rootfs"));
    }

    /** The log directory also keeps its script. */
    private static int directories(Path directory) {
        var names = directory.toFile().list((parent, name) -> !name.endsWith(".sh"));
        return names == null ? 0 : names.length;
    }
}
