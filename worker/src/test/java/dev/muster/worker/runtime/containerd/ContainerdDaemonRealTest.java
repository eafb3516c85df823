package dev.muster.worker.runtime.containerd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.worker.runtime.RuntimeFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerdDaemonRealTest {

    @TempDir
    Path temporary;

    @Test
    void findsTheOneThatRunsAgainAndRemovesAllOfItWhenTold() throws IOException {
        RealContainerd.require();
        String name = "muster-rt-" + temporary.getFileName();
        ContainerdConfig config = ContainerdConfig.privateOne(
                temporary.resolve("data"), temporary.resolve("run"), Optional.of("/" + name));
        ContainerdDaemon first = ContainerdDaemon.start(config, System::nanoTime);
        String pid = Files.readString(config.pidFile());
        first.close();
        ContainerdDaemon second = ContainerdDaemon.start(config, System::nanoTime);
        try (ContainerdClient client = second.connect()) {
            assertThat(client.version(Duration.ofSeconds(10))).isNotBlank();
            assertThat(Files.readString(config.pidFile()))
                    .as("the same process")
                    .isEqualTo(pid);
            for (Path cgroup : CgroupFiles.directories(config.daemonCgroup().orElseThrow())) {
                assertThat(Files.readString(cgroup.resolve("cgroup.procs"))).contains(pid.split(" ", -1)[0] + "\n");
            }
            ContainerdConfig foreign = new ContainerdConfig(
                    temporary.resolve("other"),
                    temporary.resolve("other-run"),
                    Optional.of(config.socket()),
                    "other",
                    Optional.empty(),
                    Optional.empty());
            ContainerdDaemon.start(foreign, System::nanoTime).destroy();
            assertThat(client.version(Duration.ofSeconds(10)))
                    .as("a foreign one is left alone")
                    .isNotBlank();
        } finally {
            second.destroy();
        }
        assertThat(config.root()).doesNotExist();
        assertThat(config.socket()).doesNotExist();
        assertThat(ProcessHandle.of(Long.parseLong(pid.split(" ", -1)[0])).filter(ProcessHandle::isAlive))
                .isEmpty();
        for (Path cgroup : CgroupFiles.directories("/" + name)) {
            Files.deleteIfExists(cgroup);
        }
    }

    @Test
    void saysWhyItDoesNotComeUp() throws IOException {
        RealContainerd.require();
        Files.createDirectories(temporary.resolve("data"));
        Files.writeString(temporary.resolve("data/containerd"), "a file where a directory must be");
        ContainerdConfig config =
                ContainerdConfig.privateOne(temporary.resolve("data"), temporary.resolve("run"), Optional.empty());
        assertThatThrownBy(() -> ContainerdDaemon.start(config, System::nanoTime))
                .isInstanceOf(RuntimeFailure.class)
                .hasMessageContaining("containerd did not come up")
                .hasMessageContaining("not a directory");
    }

    @Test
    void refusesAnAddressWhereNobodyAnswersAndAPathThatNoSocketCanHave() {
        ContainerdConfig nobody = new ContainerdConfig(
                temporary,
                temporary,
                Optional.of(temporary.resolve("none.sock")),
                "muster",
                Optional.empty(),
                Optional.empty());
        assertThatThrownBy(() -> ContainerdDaemon.start(nobody, System::nanoTime))
                .hasMessageContaining("no containerd answers at")
                .hasMessageContaining("--containerd");
        ContainerdConfig deep =
                ContainerdConfig.privateOne(temporary, temporary.resolve("x".repeat(100)), Optional.empty());
        assertThatThrownBy(() -> ContainerdDaemon.start(deep, System::nanoTime))
                .hasMessageContaining("shorter run directory");
    }
}
