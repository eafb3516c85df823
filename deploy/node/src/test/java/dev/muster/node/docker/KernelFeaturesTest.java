package dev.muster.node.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelFeaturesTest {
    @TempDir
    private Path root;

    @Test
    void theFirstVersionHasADirectoryForEachController() throws IOException {
        file("cgroup/memory/memory.limit_in_bytes", "1");
        file("cgroup/cpu/cpu.shares", "1024");
        file("cgroup/pids/cgroup.procs", "");
        file("proc/sys/net/ipv4/ip_forward", "1\n");
        assertThat(features().read())
                .containsEntry("MemoryLimit", true)
                .containsEntry("SwapLimit", false)
                .containsEntry("CpuCfsQuota", false)
                .containsEntry("CPUShares", true)
                .containsEntry("CPUSet", false)
                .containsEntry("PidsLimit", true)
                .containsEntry("IPv4Forwarding", true);
    }

    @Test
    void theSecondVersionListsThem() throws IOException {
        file("cgroup/cgroup.controllers", "cpuset cpu io memory\n");
        file("cgroup/system.slice/memory.swap.max", "max");
        file("proc/sys/net/ipv4/ip_forward", "0\n");
        assertThat(features().read())
                .containsEntry("MemoryLimit", true)
                .containsEntry("SwapLimit", true)
                .containsEntry("CpuCfsPeriod", true)
                .containsEntry("CPUSet", true)
                .containsEntry("PidsLimit", false)
                .containsEntry("IPv4Forwarding", false);
    }

    private KernelFeatures features() {
        return new KernelFeatures(root.resolve("cgroup"), root.resolve("proc"));
    }

    private void file(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
