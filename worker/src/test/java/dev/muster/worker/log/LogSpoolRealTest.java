package dev.muster.worker.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.ContainerSpec;
import dev.muster.api.Driver;
import dev.muster.api.LogStream;
import dev.muster.api.ResourceRequirements;
import dev.muster.worker.image.ContainerdImages;
import dev.muster.worker.image.PullProgress;
import dev.muster.worker.image.TestImage;
import dev.muster.worker.image.TestRegistry;
import dev.muster.worker.runtime.ContainerNetwork;
import dev.muster.worker.runtime.ContainerPlan;
import dev.muster.worker.runtime.ImageHandle;
import dev.muster.worker.runtime.containerd.ContainerdRuntime;
import dev.muster.worker.runtime.containerd.RealContainerd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real containers writing through the real script. */
class LogSpoolRealTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    static Path temporary;

    private static RealContainerd containerd;
    private static ContainerdRuntime runtime;
    private static ImageHandle image;
    private static Path directory;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        RealContainerd.require();
        containerd = RealContainerd.start();
        runtime = containerd.runtime();
        directory = containerd.directory().resolve("logs");
        try (TestRegistry registry = TestRegistry.start(temporary);
                ContainerdImages images = containerd.images(registry.hostsDirectory())) {
            image = images.ensure(
                    registry.push(TestImage.busybox(temporary).write("busybox"), "busybox:1"),
                    registry.auth(),
                    PullProgress.ignored());
        }
    }

    @AfterAll
    static void stop() throws IOException {
        if (containerd != null) {
            runtime.close();
            containerd.close();
        }
    }

    private static void run(LogSpool spool, String id, boolean tty, String script) {
        runtime.create(new ContainerPlan(
                id,
                Map.of(),
                image,
                ContainerSpec.newBuilder()
                        .addAllArgs(List.of("sh", "-c", script))
                        .setTty(tty)
                        .build(),
                ResourceRequirements.getDefaultInstance(),
                "box",
                new ContainerNetwork.Isolated(),
                List.of(),
                spool.prepare(id, Driver.getDefaultInstance())));
        runtime.start(id);
    }

    private static List<LogLine> followToEnd(LogSpool spool, String id) throws InterruptedException {
        List<LogLine> lines = new ArrayList<>();
        spool.read(id, LogQuery.everything().following(), lines::add);
        return lines;
    }

    @Test
    void takesBothStreamsCompletelyAndInOrder() throws Exception {
        try (LogSpool spool = LogSpool.open(directory, InstantSource.system())) {
            run(spool, "both", false, "for i in $(seq 1 2000); do echo out $i; echo err $i >&2; done; printf end");
            assertThat(runtime.await("both", PATIENCE)).isPresent();
            runtime.delete("both");
            List<LogLine> lines = followToEnd(spool, "both");
            List<String> out = new ArrayList<>();
            List<String> err = new ArrayList<>();
            lines.forEach(each -> (each.stream() == LogStream.LOG_STDOUT ? out : err).add(each.text()));
            assertThat(out).hasSize(2001).startsWith("out 1\n", "out 2\n").endsWith("out 2000\n", "end");
            assertThat(err).hasSize(2000).startsWith("err 1\n").endsWith("err 2000\n");
            assertThat(lines).isSortedAccordingTo(java.util.Comparator.comparing(LogLine::time));
            spool.remove("both");
        }
    }

    @Test
    void aTerminalHasOneStream() throws Exception {
        try (LogSpool spool = LogSpool.open(directory, InstantSource.system())) {
            run(spool, "tty", true, "echo out; echo err >&2");
            assertThat(runtime.await("tty", PATIENCE)).isPresent();
            runtime.delete("tty");
            assertThat(followToEnd(spool, "tty").stream().map(LogLine::text)).containsExactly("out\r\n", "err\r\n");
            spool.remove("tty");
        }
    }

    @Test
    void aContainerGoesOnWritingWhileTheDaemonIsAwayAndNoLineIsLost() throws Exception {
        LogSpool first = LogSpool.open(directory, InstantSource.system());
        run(first, "away", false, "i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i+1)); done");
        LogSpoolTest.await(() -> {
            try (Stream<Path> logs = Files.list(directory.resolve("away"))) {
                return logs.anyMatch(each -> each.getFileName().toString().startsWith("json.")
                        && each.toFile().length() > 0);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        first.close();
        assertThat(runtime.await("away", PATIENCE))
                .as("it does not wait for a reader")
                .isPresent();
        runtime.delete("away");
        try (LogSpool second = LogSpool.open(directory, InstantSource.system())) {
            List<LogLine> lines = followToEnd(second, "away");
            assertThat(lines).hasSize(30_000);
            assertThat(lines.getFirst().text()).isEqualTo("line 0\n");
            assertThat(lines.getLast().text()).isEqualTo("line 29999\n");
            second.remove("away");
        }
    }

    @Test
    void theSpoolStaysBoundedWhileTheDaemonIsAway() throws Exception {
        LogSpool first = LogSpool.open(directory, InstantSource.system());
        first.close();
        try (LogSpool preparing = LogSpool.open(directory.resolveSibling("unfollowed"), InstantSource.system())) {
            preparing.prepare("flood", Driver.getDefaultInstance());
        }
        Path unfollowed = directory.resolveSibling("unfollowed");
        runtime.create(new ContainerPlan(
                "flood",
                Map.of(),
                image,
                ContainerSpec.newBuilder()
                        .addAllArgs(
                                List.of("sh", "-c", "yes 0123456789012345678901234567890123456789 | head -c 300000000"))
                        .build(),
                ResourceRequirements.getDefaultInstance(),
                "box",
                new ContainerNetwork.Isolated(),
                List.of(),
                java.util.Optional.of("binary://" + unfollowed + "/spool.sh")));
        runtime.start("flood");
        assertThat(runtime.await("flood", PATIENCE)).isPresent();
        runtime.delete("flood");
        LogSpoolTest.await(() -> Files.exists(unfollowed.resolve("flood/spool/out.end")));
        try (Stream<Path> files = Files.list(unfollowed.resolve("flood/spool"))) {
            long held = files.mapToLong(each -> each.toFile().length()).sum();
            assertThat(held).isBetween(40L << 20, 80L << 20);
        }
    }
}
