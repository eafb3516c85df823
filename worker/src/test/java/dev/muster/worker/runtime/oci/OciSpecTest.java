package dev.muster.worker.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import dev.muster.api.ContainerSpec;
import dev.muster.api.CredentialSpec;
import dev.muster.api.Limits;
import dev.muster.api.Privileges;
import dev.muster.api.ResourceRequirements;
import dev.muster.api.Resources;
import dev.muster.api.Ulimit;
import dev.muster.worker.runtime.ContainerMount;
import dev.muster.worker.runtime.ContainerMount.Propagation;
import dev.muster.worker.runtime.ContainerNetwork;
import dev.muster.worker.runtime.ContainerPlan;
import dev.muster.worker.runtime.ExecPlan;
import dev.muster.worker.runtime.ImageConfig;
import dev.muster.worker.runtime.ImageHandle;
import dev.muster.worker.runtime.RuntimeFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OciSpecTest {

    private static final HostFeatures HOST =
            new HostFeatures(false, true, 40, "amd64", 6, 1, Optional.of(Path.of("/usr/bin/tini-static")), "/muster");

    private ImageConfig image = image(List.of("/entry"), List.of("serve"), List.of("A=1", "PATH=/bin"), "", "");
    private ContainerSpec.Builder spec = ContainerSpec.newBuilder();
    private ResourceRequirements resources = ResourceRequirements.getDefaultInstance();
    private ContainerNetwork network = new ContainerNetwork.Namespace(Path.of("/run/netns/n1"));
    private List<ContainerMount> mounts = List.of();
    private HostFeatures host = HOST;

    private static ImageConfig image(
            List<String> entrypoint, List<String> cmd, List<String> env, String user, String workingDir) {
        return new ImageConfig(
                "linux",
                "amd64",
                entrypoint,
                cmd,
                env,
                user,
                workingDir,
                Set.of(),
                Set.of(),
                "",
                Optional.empty(),
                Map.of());
    }

    private JsonNode write() {
        ContainerPlan plan = new ContainerPlan(
                "c1",
                Map.of(),
                new ImageHandle("x@sha256:0", "sha256:0", "sha256:1", image),
                spec.build(),
                resources,
                "box",
                network,
                mounts,
                Optional.empty());
        try {
            return new ObjectMapper().readTree(OciSpec.write(plan, ContainerUser.root(), host));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> strings(JsonNode array) {
        List<String> result = new ArrayList<>();
        array.forEach(each -> result.add(each.asText()));
        return result;
    }

    private JsonNode mount(String target) {
        for (JsonNode each : write().path("mounts")) {
            if (each.path("destination").asText().equals(target)) {
                return each;
            }
        }
        throw new AssertionError("no mount at " + target);
    }

    private void refuses(String words) {
        assertThatThrownBy(this::write).isInstanceOf(RuntimeFailure.class).hasMessageContaining(words);
    }

    @Test
    void combinesEntrypointAndCommandAsDockerDoes() {
        assertThat(strings(write().at("/process/args"))).containsExactly("/entry", "serve");
        spec.addArgs("other");
        assertThat(strings(write().at("/process/args"))).containsExactly("/entry", "other");
        spec.addCommand("/mine");
        assertThat(strings(write().at("/process/args"))).containsExactly("/mine", "other");
        spec.clearArgs();
        assertThat(strings(write().at("/process/args")))
                .as("a new entrypoint drops the image's command")
                .containsExactly("/mine");
        spec.setInit(true);
        assertThat(strings(write().at("/process/args"))).containsExactly("/sbin/docker-init", "--", "/mine");
        spec = ContainerSpec.newBuilder();
        image = image(List.of(), List.of(), List.of(), "", "");
        refuses("no command specified");
    }

    @Test
    void mergesTheEnvironment() {
        spec.addEnv("A=2").addEnv("B=x=y").addEnv("EMPTY=");
        assertThat(strings(write().at("/process/env")))
                .containsExactly("PATH=/bin", "HOSTNAME=box", "A=2", "B=x=y", "EMPTY=");
        spec.addEnv("A").setTty(true);
        assertThat(strings(write().at("/process/env"))).contains("TERM=xterm").doesNotContain("A=1", "A=2");
        spec.addEnv("=x");
        refuses("invalid environment variable");
    }

    @Test
    void choosesTheWorkingDirectory() {
        assertThat(write().at("/process/cwd").asText()).isEqualTo("/");
        image = image(List.of("/e"), List.of(), List.of(), "", "/image");
        assertThat(write().at("/process/cwd").asText()).isEqualTo("/image");
        spec.setDir("/own");
        assertThat(write().at("/process/cwd").asText()).isEqualTo("/own");
        spec.setDir("own");
        refuses("absolute path");
    }

    @Test
    void putsLimitsIntoTheCgroup() {
        resources = ResourceRequirements.newBuilder()
                .setLimits(Limits.newBuilder()
                        .setMemoryBytes(100)
                        .setNanoCpus(1_500_000_000)
                        .setPids(7))
                .setReservations(Resources.newBuilder().setMemoryBytes(50))
                .build();
        JsonNode linux = write().path("linux");
        assertThat(linux.path("cgroupsPath").asText()).isEqualTo("/muster/c1");
        assertThat(linux.at("/resources/memory").toString())
                .isEqualTo("{\"limit\":100,\"swap\":200,\"reservation\":50}");
        assertThat(linux.at("/resources/cpu").toString()).isEqualTo("{\"quota\":150000,\"period\":100000}");
        assertThat(linux.at("/resources/pids/limit").asLong()).isEqualTo(7);
        assertThat(linux.at("/resources/devices/0").toString()).isEqualTo("{\"allow\":false,\"access\":\"rwm\"}");
        host = new HostFeatures(true, false, 40, "amd64", 6, 1, Optional.empty(), "/muster");
        assertThat(write().at("/linux/resources/memory").has("swap")).isFalse();
    }

    @Test
    void givesNamespacesAndACgroupNamespaceInVersionTwoOnly() {
        assertThat(write().at("/linux/namespaces").toString())
                .contains("{\"type\":\"network\",\"path\":\"/run/netns/n1\"}")
                .doesNotContain("\"cgroup\"");
        network = new ContainerNetwork.Host();
        host = new HostFeatures(true, false, 40, "amd64", 6, 1, Optional.empty(), "/muster");
        assertThat(write().at("/linux/namespaces").toString())
                .contains("\"cgroup\"")
                .doesNotContain("network");
    }

    @Test
    void sortsMountsSoThatParentsComeFirstAndTheirsReplaceDefaults() {
        mounts = List.of(
                ContainerMount.Bind.of(Path.of("/v/inner"), "/data/inner", false),
                new ContainerMount.Bind(Path.of("/v"), "/data/", true, false, Propagation.RSHARED),
                new ContainerMount.Tmpfs("/dev/shm", 1024, 0755, List.of("exec", "uid=5"), true));
        List<String> targets = new ArrayList<>();
        JsonNode written = write();
        written.path("mounts")
                .forEach(each -> targets.add(each.path("destination").asText()));
        assertThat(targets).endsWith("/data", "/data/inner", "/dev/shm").doesNotHaveDuplicates();
        assertThat(strings(mount("/data").path("options"))).containsExactly("bind", "rshared", "ro");
        assertThat(strings(mount("/data/inner").path("options"))).containsExactly("rbind", "rprivate");
        assertThat(strings(mount("/dev/shm").path("options")))
                .containsExactly("nosuid", "nodev", "exec", "uid=5", "rprivate", "ro", "size=1024", "mode=755");
        assertThat(written.at("/linux/rootfsPropagation").asText()).isEqualTo("shared");
        mounts = List.of(
                ContainerMount.Bind.of(Path.of("/a"), "/x", false),
                ContainerMount.Bind.of(Path.of("/b"), "/x/", false));
        refuses("duplicate mount point");
    }

    @Test
    void aReadOnlyRootLeavesWritableWhatDockerLeavesWritable() {
        spec.setReadOnly(true);
        JsonNode written = write();
        assertThat(written.at("/root/readonly").asBoolean()).isTrue();
        assertThat(strings(mount("/dev/shm").path("options"))).doesNotContain("ro");
        assertThat(strings(mount("/sys").path("options"))).contains("ro");
    }

    @Test
    void masksWhatDockerMasks() {
        JsonNode linux = write().path("linux");
        assertThat(strings(linux.path("maskedPaths"))).contains("/proc/kcore", "/proc/keys", "/sys/firmware");
        assertThat(strings(linux.path("readonlyPaths"))).contains("/proc/sys", "/proc/sysrq-trigger");
    }

    @Test
    void takesLimitsAndParametersOfTheProcess() {
        spec.addUlimits(Ulimit.newBuilder().setName("nofile").setSoft(10).setHard(20))
                .addUlimits(Ulimit.newBuilder().setName("memlock").setSoft(-1).setHard(-1))
                .setOomScoreAdj(500)
                .putSysctls("net.core.somaxconn", "1024")
                .setPrivileges(Privileges.newBuilder().setNoNewPrivileges(true));
        JsonNode written = write();
        assertThat(written.at("/process/rlimits").toString())
                .isEqualTo("[{\"type\":\"RLIMIT_NOFILE\",\"soft\":10,\"hard\":20},"
                        + "{\"type\":\"RLIMIT_MEMLOCK\",\"soft\":18446744073709551615,\"hard\":18446744073709551615}]");
        assertThat(written.at("/process/oomScoreAdj").asInt()).isEqualTo(500);
        assertThat(written.at("/process/noNewPrivileges").asBoolean()).isTrue();
        assertThat(written.at("/linux/sysctl").toString()).contains("\"net.core.somaxconn\":\"1024\"");
    }

    @Test
    void refusesWhatItCannotGive() {
        spec.addUlimits(Ulimit.newBuilder().setName("nofile").setSoft(30).setHard(20));
        refuses("soft limit must be less than or equal to hard limit");
        spec = ContainerSpec.newBuilder().addUlimits(Ulimit.newBuilder().setName("files"));
        refuses("invalid ulimit type: files");
        spec = ContainerSpec.newBuilder().putSysctls("kernel.panic", "1");
        refuses("'kernel.panic' is not allowed");
        spec = ContainerSpec.newBuilder().addCapabilityAdd("NET_ADMN");
        refuses("unknown capability 'NET_ADMN'");
        spec = ContainerSpec.newBuilder().setOpenStdin(true);
        refuses("not supported yet");
        spec = ContainerSpec.newBuilder().setIsolation("hyperv");
        refuses("isolation");
        spec = ContainerSpec.newBuilder()
                .setPrivileges(Privileges.newBuilder()
                        .setCredentialSpec(CredentialSpec.newBuilder().setFile("x")));
        refuses("credential specs");
        spec = ContainerSpec.newBuilder().setOomScoreAdj(2000);
        refuses("range for oom score adj");
        spec = ContainerSpec.newBuilder().setInit(true);
        host = new HostFeatures(false, true, 40, "amd64", 6, 1, Optional.empty(), "/muster");
        refuses("install Debian's package tini");
        host = HOST;
        spec = ContainerSpec.newBuilder().putSysctls("net.core.somaxconn", "1");
        network = new ContainerNetwork.Host();
        refuses("host's network");
    }

    @Test
    void aCommandTakesTheContainersProcessWithItsOwnArguments() throws IOException {
        spec.setTty(true);
        byte[] written = new ObjectMapper().writeValueAsBytes(write());
        ExecPlan plan = new ExecPlan(
                List.of("check", "it"), List.of("A=9", "NEW=1"), Optional.of("app"), Duration.ofSeconds(1), 10);
        JsonNode process = new ObjectMapper()
                .readTree(OciSpec.writeExec(written, plan, Optional.of(new ContainerUser(5, 6, List.of(6L, 7L)))));
        assertThat(strings(process.path("args"))).containsExactly("check", "it");
        assertThat(process.path("terminal").asBoolean()).isFalse();
        assertThat(strings(process.path("env")))
                .contains("A=9", "NEW=1", "HOSTNAME=box")
                .doesNotContain("A=1");
        assertThat(process.path("user").toString()).isEqualTo("{\"uid\":5,\"gid\":6,\"additionalGids\":[6,7]}");
        assertThat(process.at("/capabilities/bounding")).hasSize(14);
    }

    @Test
    void aCustomSeccompProfileIsTakenAndABadOneRefused() {
        spec.setPrivileges(Privileges.newBuilder()
                .setSeccomp(Privileges.Seccomp.SECCOMP_CUSTOM)
                .setSeccompProfile(
                        ByteString.copyFromUtf8("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"name\":"
                                + "\"chmod\",\"action\":\"SCMP_ACT_ERRNO\",\"args\":null}]}")));
        assertThat(write().at("/linux/seccomp").toString())
                .isEqualTo("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[],"
                        + "\"syscalls\":[{\"names\":[\"chmod\"],"
                        + "\"action\":\"SCMP_ACT_ERRNO\"}]}");
        spec.setPrivileges(Privileges.newBuilder()
                .setSeccomp(Privileges.Seccomp.SECCOMP_CUSTOM)
                .setSeccompProfile(ByteString.copyFromUtf8("{\"syscalls\":[]}")));
        refuses("no defaultAction");
    }
}
