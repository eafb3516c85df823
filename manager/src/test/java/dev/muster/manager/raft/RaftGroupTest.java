package dev.muster.manager.raft;

import static dev.muster.manager.raft.TestManagers.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.muster.api.Annotations;
import dev.muster.api.ChangeSet;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.manager.raft.TestManagers.Manager;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ProposalResult;
import dev.muster.pki.TlsContexts;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class RaftGroupTest {
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
    private static final long SNAPSHOT_ENTRIES = 60;

    @TempDir
    private Path directory;

    private TestManagers managers;
    private Manager first;

    @BeforeEach
    void start() {
        managers = new TestManagers(directory, SNAPSHOT_ENTRIES);
        first = managers.start("n1");
        await("leading", first::leads);
    }

    @AfterEach
    void stop() {
        managers.close();
    }

    @Test
    void everyMemberHasWhatTheLeaderAcknowledgedAndTheNextLeaderGoesOn() {
        var second = add("n2");
        var third = add("n3");
        assertThat(first.raft().members())
                .extracting(member -> member.id().nodeId())
                .containsExactlyInAnyOrder("n1", "n2", "n3");
        assertThat(first.raft().propose(create("c1", 10))).isEqualTo(new ProposalResult.Accepted(1));
        assertThat(second.raft().read().config("c1"))
                .as("a follower's linearizable read")
                .isPresent();
        assertThat(third.raft().propose(create("c2", 10))).isEqualTo(new ProposalResult.NotLeader(Optional.of("n1")));

        var deposed = first.terms().open().orElseThrow();
        first.raft().transferLeadership(TestManagers.member("n2"));
        await("n2 leads", second::leads);
        await("n1 was told", () -> !first.leads());
        assertThat(deposed.proposer().propose(create("late", 10)).accepted()).isFalse();
        assertThat(first.terms().told()).containsExactly("began 1", "ended 1");

        managers.stop(second);
        await("another leads", () -> first.leads() || third.leads());
        var leader = first.leads() ? first : third;
        assertThat(leader.raft().propose(create("c3", 10)).accepted()).isTrue();
        assertThat(leader.raft().read().configs().keySet()).containsExactly("c1", "c3");
    }

    @Test
    void aMemberThatJoinsLateCatchesUpFromASnapshot() {
        for (int i = 0; i < 2 * SNAPSHOT_ENTRIES; i++) {
            assertThat(first.raft().propose(create("c" + i, 100_000)).accepted())
                    .isTrue();
        }
        var second = add("n2");
        await(
                "n2 has the state",
                () -> second.states().current().version()
                        == first.states().current().version());
        assertThat(second.states().current().configs())
                .isEqualTo(first.states().current().configs());
        assertThat(managers.home("n2").toFile()).isDirectory();
        assertThat(first.raft().propose(create("more", 10)).accepted()).isTrue();
        await("n2 goes on", () -> second.states().current().config("more").isPresent());

        managers.stop(second);
        assertThat(second.failures()).isEmpty();
    }

    @Test
    void aWorkersCertificateDoesNotSpeakRaft() throws Exception {
        assertThat(greeting(managers.tls("n9", NodeRole.ROLE_MANAGER)))
                .as("the server's first byte to a manager")
                .isNotNegative();
        assertThatThrownBy(() -> greeting(managers.tls("w1", NodeRole.ROLE_WORKER)))
                .isInstanceOf(SSLException.class);
    }

    @Test
    void aManagerThatWasLetGoDoesNotSpeakRaftWithTheCertificateItHas() throws Exception {
        var former = managers.tls("n8", NodeRole.ROLE_MANAGER);
        assertThat(greeting(former)).isNotNegative();
        var demoted = new ChangeSetBuilder(AT, "test")
                .create(Node.newBuilder()
                        .setId("n8")
                        .setRole(NodeRole.ROLE_WORKER)
                        .build());
        assertThat(first.raft().propose(demoted.build()).accepted()).isTrue();
        assertThatThrownBy(() -> greeting(former)).isInstanceOf(SSLException.class);
    }

    /** The first byte that the Raft port says to a peer with this identity. */
    private int greeting(TlsContexts tls) throws Exception {
        var context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[] {tls.keyManager()}, new TrustManager[] {tls.managersOnly()}, null);
        var address = managers.address("n1").split(":", -1);
        try (var socket =
                (SSLSocket) context.getSocketFactory().createSocket(address[0], Integer.parseInt(address[1]))) {
            socket.setSoTimeout((int) Duration.ofSeconds(20).toMillis());
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return socket.getInputStream().read();
        }
    }

    private Manager add(String id) {
        var joining = managers.startJoining(id, first);
        first.raft().addMember(TestManagers.member(id), managers.address(id));
        await(
                id + " is a member",
                () -> List.of(id)
                                .containsAll(joining.raft().members().stream()
                                        .map(member -> member.id().nodeId())
                                        .filter(id::equals)
                                        .toList())
                        && joining.raft().members().size() >= 2);
        return joining;
    }

    private static ChangeSet create(String id, int bytes) {
        return new ChangeSetBuilder(AT, "test")
                .create(Config.newBuilder()
                        .setId(id)
                        .setSpec(ConfigSpec.newBuilder()
                                .setAnnotations(Annotations.newBuilder().setName(id))
                                .setData(ByteString.copyFrom(new byte[bytes])))
                        .build())
                .build();
    }
}
