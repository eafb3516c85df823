package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.worker.image.ImageRef;
import dev.muster.worker.image.TestImage;
import dev.muster.worker.image.TestRegistry;
import dev.muster.worker.mount.MountTable;
import dev.muster.worker.runtime.containerd.RealContainerd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A host for one worker: a directory, a network namespace with a card, a cgroup, and a registry with busybox. Needs root.
 * Closing checks that no mount is left, and removes it all.
 */
final class RealHost implements AutoCloseable {
    static final String UNDERLAY = "192.168.77.1";
    private static final long DEADLINE_NANOS = 90_000_000_000L;

    private final Path home;
    private final String name;
    private final TestRegistry registry;
    private final ImageRef image;

    private RealHost(Path home, TestRegistry registry, ImageRef image) {
        this.home = home;
        this.name = home.getFileName().toString().substring(0, 12);
        this.registry = registry;
        this.image = image;
    }

    /** Skips the calling test, with the reason, where this cannot be. */
    static RealHost make() throws Exception {
        RealContainerd.require();
        var home = Files.createTempDirectory("muwn-");
        var registry = TestRegistry.start(home.resolve("registry"));
        var layout = TestImage.busybox(Files.createDirectories(home.resolve("image")))
                .write("busybox");
        var image = registry.push(layout, "busybox:1").withDigest(TestImage.digest(layout));
        var host = new RealHost(home, registry, image);
        run("ip", "netns", "add", host.name);
        run("ip", "-n", host.name, "link", "set", "lo", "up");
        // Stands for the host's network card.
        run("ip", "-n", host.name, "link", "add", "card", "type", "bridge");
        run("ip", "-n", host.name, "address", "add", UNDERLAY + "/24", "dev", "card");
        run("ip", "-n", host.name, "link", "set", "card", "up");
        return host;
    }

    Path home() {
        return home;
    }

    String name() {
        return name;
    }

    ImageRef image() {
        return image;
    }

    String auth() {
        return registry.auth();
    }

    String registry() {
        return registry.host();
    }

    Path registryHosts() throws IOException {
        return registry.hostsDirectory();
    }

    static WorkerConfig config(Path home, String name, Path registryHosts) {
        return new WorkerConfig(
                home.resolve("data"),
                home.resolve("run"),
                Optional.empty(),
                Optional.of("/" + name),
                registryHosts,
                Path.of("/etc/resolv.conf"),
                "muw",
                "172.29.0.0/16",
                Optional.of(Path.of("/run/netns/" + name)),
                new WorkerConfig.Host("host-1", "x86_64", 2, 1L << 30, "test", Map.of(), List.of()));
    }

    static WorkerSources sources() {
        return new WorkerSources(InstantSource.system(), System::nanoTime, new SplittableRandom(1), new SecureRandom());
    }

    WorkerNode startWorker() throws IOException {
        return WorkerNode.start(config(home, name, registryHosts()), sources());
    }

    static void run(String... command) throws IOException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.onExit().join();
        assertThat(process.exitValue()).as("%s: %s", List.of(command), output).isZero();
    }

    static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("did not come in time: %s", what).isLessThan(end);
            LockSupport.parkNanos(5_000_000);
        }
    }

    static boolean emptyOrAbsent(Path path) {
        var files = path.toFile().list();
        return files == null || files.length == 0;
    }

    @Override
    public void close() throws IOException {
        registry.close();
        run("ip", "netns", "del", name);
        run(
                "sh",
                "-c",
                "for d in /sys/fs/cgroup/*/" + name + " /sys/fs/cgroup/" + name + "; do"
                        + " [ -d $d ] && find $d -depth -type d -exec rmdir {} + ; done 2>/dev/null; true");
        assertThat(MountTable.points()).noneMatch(point -> point.startsWith(home));
        run("rm", "-rf", "--one-file-system", home.toString());
    }
}
