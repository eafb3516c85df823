package dev.muster.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.NetworkAttachment;
import dev.muster.api.PortProtocol;
import dev.muster.api.PublishMode;
import dev.muster.net.dns.ResolvConf;
import dev.muster.net.plan.Ipv4;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SandboxRecordTest {
    private static final SandboxSpec SPEC = new SandboxSpec(
            "task1",
            "héllo world",
            List.of(NetworkAttachment.newBuilder()
                    .setNetworkId("net1")
                    .setAddress("10.0.1.5/24")
                    .addAliases("a b")
                    .addAliases("100%")
                    .build()),
            List.of(ClusterTables.port(PortProtocol.PROTOCOL_UDP, 0, 53).toBuilder()
                    .setName("dns port")
                    .setPublishMode(PublishMode.PUBLISH_HOST)
                    .build()),
            List.of("192.0.2.1", "2001:db8::1"),
            List.of(),
            List.of("timeout:1"),
            true);

    @Test
    void everyRecordIsReadAsItWasWritten() {
        var ports = List.of(
                SPEC.hostPorts().getFirst().toBuilder().setPublishedPort(40000).build());
        var full = new SandboxRecord(SPEC, Optional.of(Ipv4.parse("172.18.0.2")), ports, 40001, 40002);
        assertThat(SandboxRecord.decode(full.encode())).isEqualTo(full);
        var bare = new SandboxRecord(
                new SandboxSpec("t", "", List.of(), List.of(), List.of(), List.of(), List.of(), false),
                Optional.empty(),
                List.of(),
                1,
                2);
        assertThat(SandboxRecord.decode(bare.encode())).isEqualTo(bare);
        assertThatThrownBy(() -> SandboxRecord.decode("something else\n")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SandboxRecord.decode("muster-sandbox 1\nid x\n"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void fillsTheContainersFiles() {
        var record = new SandboxRecord(SPEC, Optional.empty(), List.of(), 1, 2);
        var host = new ResolvConf(List.of(), List.of("corp.example"), List.of("rotate"));
        var sandbox = SandboxDescription.sandbox(record, Path.of("/run/x"), host);
        assertThat(sandbox.resolvConf())
                .containsExactly("nameserver 127.0.0.11", "search corp.example", "options timeout:1 ndots:0");
        assertThat(sandbox.hosts()).contains("127.0.0.1\tlocalhost", "10.0.1.5\théllo world");
    }

    @Test
    void aPortIsLeftOverWhenItIsStillThereAtTheSecondLook() {
        var leftovers = new Leftovers();
        var one = Ipv4.parse("10.0.1.1");
        var other = Ipv4.parse("10.0.1.2");
        assertThat(leftovers.any()).isTrue();
        assertThat(leftovers.due(Set.of(one))).isEmpty();
        assertThat(leftovers.due(Set.of(one, other))).containsExactly(one);
        assertThat(leftovers.due(Set.of())).isEmpty();
        assertThat(leftovers.any()).isFalse();
        leftovers.expect();
        assertThat(leftovers.any()).isTrue();
    }

    @Test
    void idsAreSafeNamesOfFiles() {
        for (var id : List.of("", "../x", "a/b", ".hidden", "a b")) {
            assertThatThrownBy(
                            () -> new SandboxSpec(id, "", List.of(), List.of(), List.of(), List.of(), List.of(), false))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
