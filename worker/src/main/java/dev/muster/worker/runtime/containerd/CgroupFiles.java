package dev.muster.worker.runtime.containerd;

import dev.muster.worker.runtime.ContainerStats;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the kernel's cgroup files say, in either version of cgroups. In version 1, each controller has its own
 * hierarchy.
 */
final class CgroupFiles {

    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    /** Version 1 says "no limit" with a number near the largest, rounded to pages. */
    private static final long NO_LIMIT_FROM = 1L << 62;

    private CgroupFiles() {}

    static boolean unified() {
        return Files.exists(ROOT.resolve("cgroup.controllers"));
    }

    static boolean swapAccounting() {
        if (!unified()) {
            return Files.exists(ROOT.resolve("memory/memory.memsw.limit_in_bytes"));
        }
        // The root has no such file; any child with the memory controller does.
        try (DirectoryStream<Path> children = Files.newDirectoryStream(ROOT, Files::isDirectory)) {
            for (Path child : children) {
                if (Files.exists(child.resolve("memory.swap.max"))) {
                    return true;
                }
            }
        } catch (IOException e) {
            return false;
        }
        return false;
    }

    /** The directories of a cgroup in all hierarchies that have controllers or are systemd's. */
    static List<Path> directories(String cgroup) {
        String relative = cgroup.substring(1);
        if (unified()) {
            return List.of(ROOT.resolve(relative));
        }
        List<Path> result = new ArrayList<>();
        try (DirectoryStream<Path> hierarchies = Files.newDirectoryStream(ROOT, Files::isDirectory)) {
            for (Path hierarchy : hierarchies) {
                // cpu and cpuacct may be two names of one directory; a symbolic link is the other name.
                if (!Files.isSymbolicLink(hierarchy) && Files.exists(hierarchy.resolve("cgroup.procs"))) {
                    result.add(hierarchy.resolve(relative));
                }
            }
        } catch (IOException e) {
            return List.of();
        }
        return result;
    }

    /** Whether the kernel killed a process of this cgroup for want of memory. */
    static boolean oomKilled(String cgroup) {
        Path file = unified() ? path("", cgroup, "memory.events") : path("memory", cgroup, "memory.oom_control");
        return field(file, "oom_kill") > 0;
    }

    static Optional<ContainerStats> stats(String cgroup) {
        if (unified()) {
            Path directory = ROOT.resolve(cgroup.substring(1));
            if (!Files.isDirectory(directory)) {
                return Optional.empty();
            }
            long used = number(directory.resolve("memory.current"));
            return Optional.of(new ContainerStats(
                    Duration.ofNanos(field(directory.resolve("cpu.stat"), "usage_usec") * 1000),
                    Math.max(0, used - field(directory.resolve("memory.stat"), "inactive_file")),
                    number(directory.resolve("memory.max")),
                    number(directory.resolve("pids.current")),
                    number(directory.resolve("pids.max"))));
        }
        if (!Files.isDirectory(path("memory", cgroup, ""))) {
            return Optional.empty();
        }
        long used = number(path("memory", cgroup, "memory.usage_in_bytes"));
        long limit = number(path("memory", cgroup, "memory.limit_in_bytes"));
        return Optional.of(new ContainerStats(
                Duration.ofNanos(number(path("cpuacct", cgroup, "cpuacct.usage"))),
                Math.max(0, used - field(path("memory", cgroup, "memory.stat"), "total_inactive_file")),
                limit >= NO_LIMIT_FROM ? 0 : limit,
                number(path("pids", cgroup, "pids.current")),
                number(path("pids", cgroup, "pids.max"))));
    }

    private static Path path(String controller, String cgroup, String file) {
        return ROOT.resolve(controller).resolve(cgroup.substring(1)).resolve(file);
    }

    /** The file's number; 0 for "max", and for a file that is not there. */
    private static long number(Path file) {
        try {
            String text = Files.readString(file).strip();
            return text.isEmpty() || text.equals("max") ? 0 : Long.parseLong(text);
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    /** The number after a key in a file of "key number" lines; 0 if absent. */
    private static long field(Path file, String key) {
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith(key + " ")) {
                    return Long.parseLong(line.substring(key.length() + 1).strip());
                }
            }
            return 0;
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }
}
