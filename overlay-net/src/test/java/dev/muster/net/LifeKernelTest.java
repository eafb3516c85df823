package dev.muster.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.net.dns.DnsClient;
import dev.muster.net.link.Lab;
import dev.muster.net.link.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tasks that come and go, daemons that restart. */
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
        assertThat(ThreeHosts.answers(client, "10.0.1.100", 8080)).containsExactly("web1 10.0.1.20", "web2 10.0.1.20");
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
        assertThat(ThreeHosts.answers(cluster.client, "10.88.0.1", 80)).hasSize(2);

        var overlay = cluster.start("a");
        assertThat(overlay.sandboxes()).containsExactlyInAnyOrder("web1", "client1");
        overlay.program(cluster.tables.of("a"));
        assertThat(kept.ask()).isEqualTo("web2 10.0.1.20");
        assertThat(keptByMesh.ask()).isEqualTo("web1 " + ThreeHosts.CLIENT);
        assertThat(ThreeHosts.answers(client, "10.0.1.100", 8080)).containsExactly("web1 10.0.1.20", "web2 10.0.1.20");
        assertThat(ThreeHosts.answers(cluster.client, "10.88.0.1", 80)).hasSize(2);
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
        assertThat(ThreeHosts.answers(client, "10.0.1.100", 8080)).containsExactly("web1 10.0.1.20", "web3 10.0.1.20");
        assertThat(ThreeHosts.answers(cluster.client, "10.88.0.1", 80)).hasSize(2);
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
    void aNetworkThatGoesAndComesBackAtOnceWorks() {
        cluster.overlays.get("a").detach("web1");
        for (int round = 0; round < 3; round++) {
            cluster.overlays.get("a").program(OverlayTables.EMPTY);
            assertThat(Traffic.ask(cluster.client, "10.88.0.1", 80)).isEqualTo("Connection refused");
            cluster.program();
            var client = cluster.bystander("a", "client" + round, 20 + round, "front");
            assertThat(Traffic.ask(client, "10.0.1.12", 8080)).isEqualTo("web2 10.0.1." + (20 + round));
            cluster.tables.task("ingress", "web1", "s1", "a", "10.0.0.11/24", false);
            cluster.program();
            assertThat(Traffic.ask(cluster.client, "10.88.0.1", 80)).isEqualTo("web2 " + ThreeHosts.CLIENT);
            cluster.overlays.get("a").detach("client" + round);
        }
    }

    @Test
    void sandboxesComeAndGoInParallelWhileTablesChange() throws InterruptedException {
        int workers = 4;
        for (int i = 0; i < workers * 5; i++) {
            cluster.tables.task("front", "p" + i, "s1", "a", ThreeHosts.address("front", 50 + i), true);
        }
        cluster.program();
        var overlay = cluster.overlays.get("a");
        var failures = new ConcurrentLinkedQueue<Throwable>();
        var threads = new ArrayList<Thread>();
        for (int worker = 0; worker < workers; worker++) {
            int first = worker * 5;
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    for (int i = first; i < first + 5; i++) {
                        var attachment = ClusterTables.attachment("front", ThreeHosts.address("front", 50 + i));
                        overlay.attach(new SandboxSpec(
                                "p" + i,
                                "p" + i,
                                List.of(attachment),
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                false));
                        if (i % 2 == 0) {
                            overlay.detach("p" + i);
                        }
                    }
                } catch (RuntimeException e) {
                    failures.add(e);
                }
            }));
        }
        for (int round = 0; round < 10; round++) {
            cluster.tables.task("front", "other", "s1", "b", ThreeHosts.address("front", 100 + round), true);
            overlay.program(cluster.tables.of("a"));
        }
        for (var thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(overlay.sandboxes()).hasSize(1 + workers * 5 / 2);
        assertThat(Traffic.ask(web1, "10.0.1.12", 8080)).isEqualTo("web2 10.0.1.11");
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
