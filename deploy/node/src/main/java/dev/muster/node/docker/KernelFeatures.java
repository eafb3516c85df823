package dev.muster.node.docker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the kernel lets containers be limited in, under the names that the Docker API's {@code info} has for it. */
final class KernelFeatures {
    private final Path cgroups;
    private final Path processes;

    /**
     * @param cgroups where the hierarchies are mounted: {@code /sys/fs/cgroup}
     * @param processes {@code /proc}
     */
    KernelFeatures(Path cgroups, Path processes) {
        this.cgroups = cgroups;
        this.processes = processes;
    }

    /** Asks the kernel: a few files. */
    Map<String, Boolean> read() {
        Map<String, Boolean> features = new LinkedHashMap<>();
        Path unified = cgroups.resolve("cgroup.controllers");
        if (Files.exists(unified)) {
            List<String> controllers = List.of(text(unified).split(" ", -1));
            boolean cpu = controllers.contains("cpu");
            features.put("MemoryLimit", controllers.contains("memory"));
            features.put("SwapLimit", someGroupHas("memory.swap.max"));
            features.put("CpuCfsPeriod", cpu);
            features.put("CpuCfsQuota", cpu);
            features.put("CPUShares", cpu);
            features.put("CPUSet", controllers.contains("cpuset"));
            features.put("PidsLimit", controllers.contains("pids"));
        } else {
            features.put("MemoryLimit", exists("memory/memory.limit_in_bytes"));
            features.put("SwapLimit", exists("memory/memory.memsw.limit_in_bytes"));
            features.put("CpuCfsPeriod", exists("cpu/cpu.cfs_period_us"));
            features.put("CpuCfsQuota", exists("cpu/cpu.cfs_quota_us"));
            features.put("CPUShares", exists("cpu/cpu.shares"));
            features.put("CPUSet", exists("cpuset/cpuset.cpus"));
            features.put("PidsLimit", exists("pids/cgroup.procs"));
        }
        features.put(
                "IPv4Forwarding",
                text(processes.resolve("sys/net/ipv4/ip_forward")).equals("1"));
        return features;
    }

    private boolean exists(String file) {
        return Files.exists(cgroups.resolve(file));
    }

    /** The root of the unified hierarchy has no limits; groups below it have the files of what is switched on. */
    private boolean someGroupHas(String file) {
        try (DirectoryStream<Path> groups = Files.newDirectoryStream(cgroups, Files::isDirectory)) {
            for (Path group : groups) {
                if (Files.exists(group.resolve(file))) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "";
        }
    }
}
