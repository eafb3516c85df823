package dev.muster.worker.runtime.containerd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.ContainerSpec;
import dev.muster.api.Limits;
import dev.muster.api.Privileges;
import dev.muster.api.ResourceRequirements;
import dev.muster.api.Ulimit;
import dev.muster.worker.image.ContainerdImages;
import dev.muster.worker.image.ImageRef;
import dev.muster.worker.image.PullProgress;
import dev.muster.worker.image.TestImage;
import dev.muster.worker.image.TestRegistry;
import dev.muster.worker.runtime.ContainerExit;
import dev.muster.worker.runtime.ContainerMount;
import dev.muster.worker.runtime.ContainerNetwork;
import dev.muster.worker.runtime.ContainerPlan;
import dev.muster.worker.runtime.ContainerRuntime;
import dev.muster.worker.runtime.ContainerRuntimeContract;
import dev.muster.worker.runtime.ContainerSummary;
import dev.muster.worker.runtime.ContainerSummary.Phase;
import dev.muster.worker.runtime.ExecPlan;
import dev.muster.worker.runtime.ExecResult;
import dev.muster.worker.runtime.ImageHandle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, and what only a kernel can show, on a private containerd with an image from a registry. */
class ContainerdRuntimeRealTest implements ContainerRuntimeContract {

    @TempDir
    static Path temporary;

    private static RealContainerd containerd;
    private static ContainerdRuntime runtime;
    private static ImageHandle image;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        RealContainerd.require();
        containerd = RealContainerd.start();
        runtime = containerd.runtime();
        try (TestRegistry registry = TestRegistry.start(temporary);
                ContainerdImages images = containerd.images(registry.hostsDirectory())) {
            ImageRef ref = registry.push(TestImage.busybox(temporary).write("busybox"), "team/busybox:1");
            image = images.ensure(ref, registry.auth(), PullProgress.ignored());
        }
    }

    @AfterAll
    static void stop() throws IOException {
        if (containerd != null) {
            runtime.close();
            containerd.close();
        }
    }

    @Override
    public ContainerRuntime runtime() {
        return runtime;
    }

    @Override
    public ContainerRuntime reopened() {
        return containerd.runtime();
    }

    @Override
    public ImageHandle image() {
        return image;
    }

    private ContainerPlan plan(ContainerSpec spec, ResourceRequirements resources, List<ContainerMount> mounts) {
        return new ContainerPlan(
                "real" + NUMBERS.incrementAndGet(),
                Map.of(),
                image,
                spec,
                resources,
                "box",
                new ContainerNetwork.Isolated(),
                mounts,
                Optional.empty());
    }

    private String started(ContainerSpec spec, ContainerMount... mounts) {
        ContainerPlan plan = plan(spec, ResourceRequirements.getDefaultInstance(), List.of(mounts));
        runtime.create(plan);
        runtime.start(plan.id());
        return plan.id();
    }

    private String output(String id, String script) throws InterruptedException {
        ExecResult result = runtime.exec(id, ExecPlan.of(List.of("sh", "-c", script), PATIENCE));
        return result.output().strip();
    }

    @Test
    void putsLimitsInForceInTheCgroup() throws IOException {
        ContainerPlan plan = plan(
                ContainerSpec.getDefaultInstance(),
                ResourceRequirements.newBuilder()
                        .setLimits(Limits.newBuilder()
                                .setMemoryBytes(50 << 20)
                                .setNanoCpus(250_000_000)
                                .setPids(30))
                        .build(),
                List.of());
        runtime.create(plan);
        runtime.start(plan.id());
        String cgroup = containerd.config().containersCgroup() + "/" + plan.id();
        if (CgroupFiles.unified()) {
            Path directory = Path.of("/sys/fs/cgroup" + cgroup);
            assertThat(Files.readString(directory.resolve("memory.max"))).isEqualTo((50 << 20) + "\n");
            assertThat(Files.readString(directory.resolve("cpu.max"))).isEqualTo("25000 100000\n");
            assertThat(Files.readString(directory.resolve("pids.max"))).isEqualTo("30\n");
        } else {
            assertThat(Files.readString(Path.of("/sys/fs/cgroup/memory" + cgroup + "/memory.limit_in_bytes")))
                    .isEqualTo((50 << 20) + "\n");
            assertThat(Files.readString(Path.of("/sys/fs/cgroup/memory" + cgroup + "/memory.memsw.limit_in_bytes")))
                    .isEqualTo((100 << 20) + "\n");
            assertThat(Files.readString(Path.of("/sys/fs/cgroup/cpu" + cgroup + "/cpu.cfs_quota_us")))
                    .isEqualTo("25000\n");
            assertThat(Files.readString(Path.of("/sys/fs/cgroup/pids" + cgroup + "/pids.max")))
                    .isEqualTo("30\n");
        }
    }

    @Test
    void reportsAContainerThatTheKernelKilledForMemory() throws InterruptedException {
        ContainerPlan plan = plan(
                ContainerSpec.newBuilder()
                        .addAllArgs(List.of("sh", "-c", "dd if=/dev/zero of=/dev/null bs=100M count=1"))
                        .build(),
                ResourceRequirements.newBuilder()
                        .setLimits(Limits.newBuilder().setMemoryBytes(16 << 20))
                        .build(),
                List.of());
        runtime.create(plan);
        runtime.start(plan.id());
        ContainerExit exit = runtime.await(plan.id(), PATIENCE).orElseThrow();
        assertThat(exit.oomKilled()).isTrue();
        assertThat(exit.exitCode()).isNotZero();
    }

    @Test
    void runsAsTheUserWithItsGroupsAndDockersCapabilities() throws InterruptedException {
        String id = started(ContainerSpec.newBuilder().setUser("app").build());
        assertThat(output(id, "id")).isEqualTo("uid=1000(app) gid=1000(app) groups=1000(app),2000(extra)");
        assertThat(output(id, "echo $HOME $HOSTNAME $(hostname)")).isEqualTo("/home/app box box");
        String root = started(ContainerSpec.getDefaultInstance());
        assertThat(output(root, "grep -e CapEff -e CapBnd /proc/self/status"))
                .isEqualTo("CapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb");
    }

    @Test
    void deniesWhatTheDefaultSeccompProfileDeniesAndAllowsItWithTheCapability() throws InterruptedException {
        String plain = started(ContainerSpec.getDefaultInstance());
        assertThat(output(plain, "unshare -m true 2>&1")).contains("not permitted");
        assertThat(output(plain, "mount -t tmpfs x /tmp 2>&1")).containsAnyOf("not permitted", "denied");
        String admin =
                started(ContainerSpec.newBuilder().addCapabilityAdd("SYS_ADMIN").build());
        assertThat(output(admin, "unshare -m true && echo fine")).isEqualTo("fine");
        String unconfined = started(ContainerSpec.newBuilder()
                .setPrivileges(Privileges.newBuilder().setSeccomp(Privileges.Seccomp.SECCOMP_UNCONFINED))
                .build());
        assertThat(output(unconfined, "grep Seccomp: /proc/self/status")).endsWith("0");
        assertThat(output(plain, "grep Seccomp: /proc/self/status")).endsWith("2");
    }

    @Test
    void mountsBindsTmpfsAndInit() throws IOException, InterruptedException {
        Path shared = Files.createDirectories(temporary.resolve("shared"));
        Files.writeString(shared.resolve("file"), "from the host\n");
        String id = started(
                ContainerSpec.newBuilder()
                        .setInit(true)
                        .setReadOnly(true)
                        .addUlimits(Ulimit.newBuilder()
                                .setName("nofile")
                                .setSoft(100)
                                .setHard(200))
                        .putSysctls("net.core.somaxconn", "77")
                        .build(),
                ContainerMount.Bind.of(shared, "/mnt/shared", true),
                new ContainerMount.Tmpfs("/scratch", 1 << 20, 0700, List.of("exec"), false));
        assertThat(output(id, "cat /mnt/shared/file")).isEqualTo("from the host");
        assertThat(output(id, "touch /mnt/shared/new 2>&1")).contains("Read-only");
        assertThat(output(id, "touch /new 2>&1")).contains("Read-only");
        assertThat(output(id, "grep ' /scratch ' /proc/self/mounts"))
                .contains("size=1024k", "mode=700")
                .doesNotContain("noexec");
        assertThat(output(id, "cat /proc/1/cmdline")).startsWith("/sbin/docker-init");
        assertThat(output(id, "grep 'open files' /proc/1/limits")).containsPattern("100 +200 ");
        assertThat(output(id, "cat /proc/sys/net/core/somaxconn")).isEqualTo("77");
        assertThat(output(id, "cat /proc/sys/net/ipv4/ip_unprivileged_port_start"))
                .isEqualTo("0");
    }

    @Test
    void startsTwentyAtOnce() throws Exception {
        List<String> ids = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> starts = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                starts.add(threads.submit(() -> started(ContainerSpec.getDefaultInstance())));
            }
            for (Future<String> each : starts) {
                ids.add(each.get());
            }
        }
        assertThat(runtime.list().stream()
                        .filter(each -> each.phase() == Phase.RUNNING)
                        .map(ContainerSummary::id))
                .containsAll(ids);
    }

    @Test
    void containersLiveOnWhenContainerdDiesAndIsStartedAgain() throws Exception {
        String id = started(ContainerSpec.getDefaultInstance());
        int pid = runtime.find(id).orElseThrow().pid();
        long daemon =
                Long.parseLong(Files.readString(containerd.config().pidFile()).split(" ", -1)[0]);
        ProcessHandle.of(daemon).orElseThrow().destroyForcibly();
        Optional<ContainerExit> early = runtime.await(id, Duration.ofSeconds(6));
        assertThat(early).as("nothing ended").isEmpty();
        assertThat(runtime.find(id).orElseThrow().pid()).isEqualTo(pid);
        assertThat(Files.readString(containerd.config().pidFile())).doesNotStartWith(daemon + " ");
        runtime.kill(id, 9, false);
        assertThat(runtime.await(id, PATIENCE).orElseThrow().exitCode()).isEqualTo(137);
    }
}
