package dev.muster.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.PortConfig;
import dev.muster.api.PortProtocol;
import dev.muster.api.PublishMode;
import dev.muster.net.dns.DnsClient;
import dev.muster.net.link.Lab;
import dev.muster.net.link.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tasks that come and go, daemons that restart, ports, the way out. */
final class LifeKernelTest {
    private ThreeHosts cluster;
    private NetworkNamespace web1;

    @BeforeEach
    void twoTasksOfOneService() {
        cluster = new ThreeHosts();
        web1 = cluster.web("a", "web1", 11);
        cluster.web("b", "web2", 12);
    }

    @AfterEach
    void nothingRemains() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void aTaskThatStopsServingGetsNoNewConnectionsButKeepsItsOwn() {
        var client = cluster.bystander("a", "client1", 20, "front");
        var kept = callUntil("web2", client, "10.0.1.100", 8080);
        var keptByMesh = callUntil("web2", cluster.client, "10.88.0.3", 80);
        serving("web2", "b", 12, false);
        for (int i = 0; i < 4; i++) {
            assertThat(Traffic.ask(client, "10.0.1.100", 8080)).startsWith("web1");
            assertThat(Traffic.ask(cluster.client, "10.88.0.1", 80)).startsWith("web1");
        }
        assertThat(kept.ask()).isEqualTo("web2 10.0.1.20");
        assertThat(keptByMesh.ask()).isEqualTo("web2 " + ThreeHosts.CLIENT);
        serving("web2", "b", 12, true);
        assertThat(answers(client, "10.0.1.100", 8080)).containsExactly("web1 10.0.1.20", "web2 10.0.1.20");
        kept.close();
        keptByMesh.close();
    }

    @Test
    void aServiceWithoutServingTasksRefusesAtOnce() {
        var client = cluster.bystander("a", "client1", 20, "front");
        serving("web1", "a", 11, false);
        serving("web2", "b", 12, false);
        assertThat(Traffic.ask(client, "10.0.1.100", 8080)).isEqualTo("Connection refused");
        assertThat(Traffic.ask(cluster.client, "10.88.0.3", 80)).isEqualTo("Connection refused");
        assertThat(Traffic.askUdp(cluster.client, "10.88.0.3", 53)).isEqualTo("unreachable");
    }

    @Test
    void aRestartOfTheDaemonDisturbsNothing() {
        var client = cluster.bystander("a", "client1", 20, "front");
        var kept = callUntil("web2", client, "10.0.1.100", 8080);
        var keptByMesh = callUntil("web1", cluster.client, "10.88.0.1", 80);
        assertThat(address(client, "web")).isEqualTo("10.0.1.100");

        cluster.overlays.get("a").close();
        assertThat(kept.ask()).isEqualTo("web2 10.0.1.20");
        assertThat(answers(cluster.client, "10.88.0.1", 80)).hasSize(2);

        var overlay = cluster.start("a");
        assertThat(overlay.sandboxes()).containsExactlyInAnyOrder("web1", "client1");
        overlay.program(cluster.tables.of("a"));
        assertThat(kept.ask()).isEqualTo("web2 10.0.1.20");
        assertThat(keptByMesh.ask()).isEqualTo("web1 " + ThreeHosts.CLIENT);
        assertThat(answers(client, "10.0.1.100", 8080)).containsExactly("web1 10.0.1.20", "web2 10.0.1.20");
        assertThat(answers(cluster.client, "10.88.0.1", 80)).hasSize(2);
        assertThat(address(client, "web")).isEqualTo("10.0.1.100");
        var again = overlay.attach(new SandboxSpec(
                "client1",
                "client1",
                List.of(ClusterTables.attachment("front", "10.0.1.20/24")),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                false));
        assertThat(again.resolvConf())
                .containsExactly("nameserver 127.0.0.11", "search corp.example", "options ndots:0");
        assertThat(kept.ask()).isEqualTo("web2 10.0.1.20");
        kept.close();
        keptByMesh.close();
    }

    @Test
    void changesThatCameWhileTheDaemonWasAwayAreCaughtUp() {
        var client = cluster.bystander("a", "client1", 20, "front");
        cluster.overlays.get("a").close();
        cluster.overlays.remove("a");
        cluster.tables.without("front", "web2").without("ingress", "web2").without("back", "web2");
        cluster.tables.task("front", "web3", "s1", "b", "10.0.1.13/24", true);
        cluster.tables.task("ingress", "web3", "s1", "b", "10.0.0.13/24", true);
        cluster.program();
        cluster.overlays.get("b").detach("web2");
        var web3 = cluster.attach(
                "b",
                "web3",
                List.of(
                        ClusterTables.attachment("ingress", "10.0.0.13/24"),
                        ClusterTables.attachment("front", "10.0.1.13/24")));
        cluster.traffic.serveTcp(web3, 8080, "web3");
        cluster.start("a").program(cluster.tables.of("a"));
        assertThat(answers(client, "10.0.1.100", 8080)).containsExactly("web1 10.0.1.20", "web3 10.0.1.20");
        assertThat(answers(cluster.client, "10.88.0.1", 80)).hasSize(2);
    }

    @Test
    void internalNetworksHaveNoWayOutAndOthersLeaveByTheHostsAddress() {
        cluster.traffic.serveTcp(cluster.lab.outside(), 9000, "outside");
        var inner = cluster.bystander("a", "inner", 21, "back");
        var outer = cluster.bystander("a", "outer", 22, "front");
        assertThat(Traffic.ask(outer, Lab.GATEWAY, 9000)).isEqualTo("outside 10.88.0.1");
        assertThat(Traffic.ask(inner, Lab.GATEWAY, 9000)).isEqualTo("Network is unreachable");
        assertThat(Traffic.ask(web1, Lab.GATEWAY, 9000)).isEqualTo("outside 10.88.0.1");
    }

    @Test
    void containersDoNotReachEachOtherByTheirEgressAddresses() {
        var one = cluster.bystander("a", "one", 21, "front");
        cluster.tables.task("front", "two", "", "a", "10.0.1.22/24", true);
        cluster.program();
        var two = cluster.overlays
                .get("a")
                .attach(new SandboxSpec(
                        "two",
                        "two",
                        List.of(ClusterTables.attachment("front", "10.0.1.22/24")),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        false));
        cluster.traffic.serveTcp(cluster.enter(two), 7000, "two");
        assertThat(Traffic.ask(one, "10.0.1.22", 7000)).isEqualTo("two 10.0.1.21");
        assertThat(Traffic.ask(one, two.egressAddress().orElseThrow(), 7000)).doesNotContain("two");
    }

    @Test
    void theHostItselfAndItsContainersUsePublishedPortsToo() {
        var host = cluster.hosts.get("a");
        assertThat(answers(host, "127.0.0.1", 80)).containsExactly("web1 10.0.0.2", "web2 10.0.0.2");
        assertThat(answers(host, "10.88.0.1", 80)).containsExactly("web1 10.88.0.1", "web2 10.88.0.1");
        assertThat(answers(cluster.hosts.get("c"), "127.0.0.1", 80)).hasSize(2);
        assertThat(answers(cluster.hosts.get("c"), "10.88.0.1", 80))
                .containsExactly("web1 10.88.0.3", "web2 10.88.0.3");
        var outer = cluster.bystander("a", "outer", 22, "front");
        assertThat(answers(outer, "10.88.0.1", 80)).containsExactly("web1 10.0.0.2", "web2 10.0.0.2");
        assertThat(answers(web1, "10.88.0.1", 80)).hasSize(2);
    }

    @Test
    void datagramsGoThroughTheMeshToo() {
        for (var host : ThreeHosts.HOSTS.values()) {
            var answers = new TreeSet<String>();
            for (int i = 0; i < 4; i++) {
                answers.add(Traffic.askUdp(cluster.client, host, 53));
            }
            assertThat(answers).containsExactly("web1 " + ThreeHosts.CLIENT, "web2 " + ThreeHosts.CLIENT);
        }
    }

    @Test
    void aDatagramClientIsNotLeftWithATaskThatIsGone() {
        cluster.tables.service("front", "s1", "web", "10.0.1.100", List.of());
        var client = cluster.bystander("a", "client1", 20, "front");
        try (var inside = udpUntil("web2", client, "10.0.1.100", 5353);
                var outside = udpUntil("web2", cluster.client, "10.88.0.3", 53)) {
            for (var network : List.of("front", "ingress", "back")) {
                cluster.tables.without(network, "web2");
            }
            cluster.program();
            cluster.overlays.get("b").detach("web2");
            assertThat(Traffic.ask(inside)).isEqualTo("web1 10.0.1.20");
            assertThat(Traffic.ask(outside)).isEqualTo("web1 " + ThreeHosts.CLIENT);
        }
    }

    private static DatagramSocket udpUntil(String server, NetworkNamespace from, String address, int port) {
        for (int i = 0; i < 4; i++) {
            var socket = Traffic.udp(from, address, port);
            if (Traffic.ask(socket).startsWith(server)) {
                return socket;
            }
            socket.close();
        }
        throw new AssertionError(server + " never answered at " + address + ":" + port);
    }

    @Test
    void hostPortsLeadToTheContainerAndAreNotGivenTwice() {
        var fixed = hostPort(8088, 7000);
        var sandbox = published("pub", 23, List.of(fixed, hostPort(0, 7000)));
        int chosen = sandbox.hostPorts().get(1).getPublishedPort();
        cluster.traffic.serveTcp(cluster.enter(sandbox), 7000, "pub");
        assertThat(chosen).isPositive();
        assertThat(Traffic.ask(cluster.client, "10.88.0.1", 8088)).isEqualTo("pub " + ThreeHosts.CLIENT);
        assertThat(Traffic.ask(cluster.client, "10.88.0.1", chosen)).isEqualTo("pub " + ThreeHosts.CLIENT);
        assertThat(Traffic.ask(cluster.hosts.get("a"), "127.0.0.1", 8088)).startsWith("pub ");
        assertThat(Traffic.ask(cluster.client, "10.88.0.2", 8088)).isEqualTo("Connection refused");

        assertThatThrownBy(() -> published("pub2", 24, List.of(fixed)))
                .isInstanceOf(OverlayException.class)
                .hasMessage("host port 8088/tcp is already published on this node by another container");
        cluster.traffic.serveTcp(cluster.hosts.get("a"), 8099, "a process");
        assertThatThrownBy(() -> published("pub2", 24, List.of(hostPort(8099, 7000))))
                .hasMessageContaining("host port 8099/tcp is in use by a process of this host");
        assertThat(cluster.overlays.get("a").sandboxes()).doesNotContain("pub2");

        cluster.overlays.get("a").detach("pub");
        assertThat(Traffic.ask(cluster.client, "10.88.0.1", 8088)).isEqualTo("Connection refused");
        assertThat(published("pub2", 24, List.of(fixed)).hostPorts()).containsExactly(fixed);
    }

    @Test
    void aSandboxThatCannotBeMadeLeavesNothing() {
        var overlay = cluster.overlays.get("a");
        var before = Lab.links(cluster.hosts.get("a"));
        assertThatThrownBy(() -> overlay.attach(new SandboxSpec(
                        "x",
                        "x",
                        List.of(ClusterTables.attachment("front", "10.9.9.9/24")),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        false)))
                .hasMessageContaining("10.9.9.9/24 is not in the subnet of network front-name");
        assertThatThrownBy(() -> overlay.attach(new SandboxSpec(
                        "x",
                        "x",
                        List.of(ClusterTables.attachment("elsewhere", "10.0.9.9/24")),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        false)))
                .hasMessageContaining("network elsewhere");
        assertThat(overlay.sandboxes()).containsExactly("web1");
        assertThat(Lab.links(cluster.hosts.get("a"))).isEqualTo(before);
    }

    @Test
    void destroyingLeavesNothingOnTheHost() {
        cluster.bystander("a", "client1", 20, "front", "back");
        cluster.overlays.remove("a").close();
        Overlay.destroyAll(cluster.config("a"));
        var host = cluster.hosts.get("a");
        await(() -> Lab.links(host).equals(List.of("eth0")));
        assertThat(Lab.links(host)).containsExactly("eth0");
        assertThat(Lab.tables(host)).isEmpty();
        assertThat(cluster.lab.directory().resolve("a/run/netns")).doesNotExist();
        assertThat(cluster.lab.directory().resolve("a/state/sandboxes")).doesNotExist();
        assertThat(mounts()).doesNotContain(cluster.lab.directory().resolve("a").toString());
    }

    private Sandbox published(String id, int address, List<PortConfig> ports) {
        cluster.tables.task("front", id, "", "a", ThreeHosts.address("front", address), true);
        cluster.program();
        return cluster.overlays
                .get("a")
                .attach(new SandboxSpec(
                        id,
                        id,
                        List.of(ClusterTables.attachment("front", ThreeHosts.address("front", address))),
                        ports,
                        List.of(),
                        List.of(),
                        List.of(),
                        false));
    }

    private static PortConfig hostPort(int published, int target) {
        return ClusterTables.port(PortProtocol.PROTOCOL_TCP, published, target).toBuilder()
                .setPublishMode(PublishMode.PUBLISH_HOST)
                .build();
    }

    private void serving(String id, String host, int address, boolean serving) {
        for (var network : List.of("ingress", "front", "back")) {
            cluster.tables.task(network, id, "s1", host, ThreeHosts.address(network, address), serving);
        }
        cluster.program();
    }

    private static Traffic.Call callUntil(String server, NetworkNamespace from, String address, int port) {
        for (int i = 0; i < 4; i++) {
            var call = Traffic.call(from, address, port);
            if (call.ask().startsWith(server)) {
                return call;
            }
            call.close();
        }
        throw new AssertionError(server + " never answered at " + address + ":" + port);
    }

    private static Set<String> answers(NetworkNamespace from, String address, int port) {
        var answers = new TreeSet<String>();
        for (int i = 0; i < 4; i++) {
            answers.add(Traffic.ask(from, address, port));
        }
        return answers;
    }

    private static String address(NetworkNamespace from, String name) {
        return from.call(() -> {
            try {
                return String.join(
                        " ", DnsClient.udp("127.0.0.11", name, DnsClient.A).records());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static String mounts() {
        try {
            return Files.readString(Path.of("/proc/self/mountinfo"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(10_000_000);
        }
    }
}
