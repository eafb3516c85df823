package dev.muster.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What this host is, read from the kernel.
 *
 * @param memoryBytes all of its memory
 * @param architecture as {@code uname -m} says it
 */
record HostFacts(
        String hostname,
        String kernel,
        String operatingSystem,
        String architecture,
        int cpus,
        long memoryBytes,
        String cgroups) {
    static HostFacts read() {
        try {
            return new HostFacts(
                    Files.readString(Path.of("/proc/sys/kernel/hostname")).strip(),
                    Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip(),
                    prettyName().orElse("Linux"),
                    architectureOf(System.getProperty("os.arch")),
                    Runtime.getRuntime().availableProcessors(),
                    memory(),
                    Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers")) ? "2" : "1");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read facts of this host: " + e.getMessage(), e);
        }
    }

    private static String architectureOf(String jvmName) {
        return switch (jvmName) {
            case "amd64" -> "x86_64";
            default -> jvmName;
        };
    }

    private static Optional<String> prettyName() throws IOException {
        Path release = Path.of("/etc/os-release");
        if (!Files.exists(release)) {
            return Optional.empty();
        }
        return Files.readAllLines(release).stream()
                .filter(l -> l.startsWith("PRETTY_NAME="))
                .map(l -> l.substring("PRETTY_NAME=".length()).replace("\"", ""))
                .findFirst();
    }

    private static long memory() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
            if (line.startsWith("MemTotal:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new IOException("/proc/meminfo has no MemTotal");
    }
}
