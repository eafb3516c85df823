package dev.muster.worker.runtime.containerd;

import dev.muster.worker.image.ContainerdImages;
import dev.muster.worker.image.RegistryClient;
import dev.muster.worker.image.RegistryHosts;
import dev.muster.worker.image.TestImage;
import dev.muster.worker.image.TestRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Assumptions;

/** A private containerd for tests, below /tmp, with its own cgroup; everything is gone when it is closed. */
public final class RealContainerd implements AutoCloseable {

    public static final RandomGenerator RANDOM = RandomGenerator.getDefault();

    private final Path directory;
    private final ContainerdDaemon daemon;

    private RealContainerd(Path directory, ContainerdDaemon daemon) {
        this.directory = directory;
        this.daemon = daemon;
    }

    /** Skips the calling test, with the reason, where there can be no containerd. */
    public static void require() {
        Optional<String> reason = missing();
        reason.ifPresent(each -> System.out.println("SKIPPED: " + each));
        Assumptions.assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
    }

    private static Optional<String> missing() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return Optional.of("tests with a real containerd need root");
        }
        for (String program : List.of("/usr/bin/containerd", "/usr/sbin/runc", TestImage.BUSYBOX.toString())) {
            if (!Files.isExecutable(Path.of(program))) {
                return Optional.of(program + " is not installed");
            }
        }
        return TestRegistry.missing();
    }

    public static RealContainerd start() throws IOException {
        Path directory = Files.createTempDirectory("muster-rt-");
        ContainerdConfig config = ContainerdConfig.privateOne(
                directory.resolve("data"), directory.resolve("run"), Optional.of("/" + directory.getFileName()));
        return new RealContainerd(directory, ContainerdDaemon.start(config, System::nanoTime));
    }

    public Path directory() {
        return directory;
    }

    public ContainerdDaemon daemon() {
        return daemon;
    }

    public ContainerdConfig config() {
        return daemon.config();
    }

    public ContainerdRuntime runtime() {
        return new ContainerdRuntime(
                daemon.connect(), daemon.config(), InstantSource.system(), System::nanoTime, RANDOM, 4);
    }

    public ContainerdImages images(Path hosts) throws IOException {
        Path work = Files.createDirectories(directory.resolve("images"));
        return new ContainerdImages(
                daemon.connect(),
                new RegistryClient(new RegistryHosts(hosts)),
                work,
                HostProbe.architecture(),
                InstantSource.system(),
                RANDOM);
    }

    @Override
    public void close() throws IOException {
        try (ContainerdRuntime runtime = runtime()) {
            runtime.list().forEach(each -> runtime.delete(each.id()));
        }
        daemon.destroy();
        for (Path each : CgroupFiles.directories("/" + directory.getFileName())) {
            Files.deleteIfExists(each);
        }
        new ProcessBuilder("rm", "-rf", "--one-file-system", directory.toString())
                .start()
                .onExit()
                .join();
    }
}
