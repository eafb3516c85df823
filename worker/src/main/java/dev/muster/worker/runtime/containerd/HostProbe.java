package dev.muster.worker.runtime.containerd;

import dev.muster.worker.runtime.oci.HostFeatures;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads from /proc and /sys what specs depend on. */
public final class HostProbe {

    /** Static ones first: they run in images with another libc, or none. */
    private static final List<Path> INITS = List.of(
            Path.of("/usr/bin/tini-static"),
            Path.of("/usr/libexec/docker/docker-init"),
            Path.of("/usr/bin/docker-init"));

    private static final Pattern KERNEL = Pattern.compile("(\\d+)\\.(\\d+).*");

    private HostProbe() {}

    /** The features of this host, for containers below a cgroup. */
    public static HostFeatures read(String containersCgroup, Optional<Path> initBinary) {
        boolean cgroup2 = CgroupFiles.unified();
        Matcher kernel = KERNEL.matcher(text(Path.of("/proc/sys/kernel/osrelease"), "4.0"));
        boolean known = kernel.matches();
        return new HostFeatures(
                cgroup2,
                CgroupFiles.swapAccounting(),
                Integer.parseInt(text(Path.of("/proc/sys/kernel/cap_last_cap"), "40")),
                architecture(),
                known ? Integer.parseInt(kernel.group(1)) : 4,
                known ? Integer.parseInt(kernel.group(2)) : 0,
                initBinary,
                containersCgroup);
    }

    static Optional<Path> findInit() {
        return INITS.stream().filter(Files::isExecutable).findFirst();
    }

    /** This machine's, as images name it. */
    public static String architecture() {
        String name = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return switch (name) {
            case "x86_64", "amd64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> name;
        };
    }

    /** With one read, from the beginning: the kernel gives a number in /proc/sys at once or not at all. */
    private static String text(Path file, String otherwise) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[4096];
            int length = in.read(buffer);
            return length <= 0 ? otherwise : new String(buffer, 0, length, StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return otherwise;
        }
    }
}
