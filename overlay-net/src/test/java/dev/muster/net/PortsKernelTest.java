package dev.muster.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.PortConfig;
import dev.muster.api.PortProtocol;
import dev.muster.api.PublishMode;
import dev.muster.net.lb.Nftables;
import dev.muster.net.link.Lab;
import dev.muster.net.link.NetworkNamespace;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The ways in, by published ports, and the way out. */
final class PortsKernelTest {
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
        assertThat(ThreeHosts.answers(host, "127.0.0.1", 80)).containsExactly("web1 10.0.0.2", "web2 10.0.0.2");
        assertThat(ThreeHosts.answers(host, "10.88.0.1", 80)).containsExactly("web1 10.88.0.1", "web2 10.88.0.1");
        assertThat(ThreeHosts.answers(cluster.hosts.get("c"), "127.0.0.1", 80)).hasSize(2);
        assertThat(ThreeHosts.answers(cluster.hosts.get("c"), "10.88.0.1", 80))
                .containsExactly("web1 10.88.0.3", "web2 10.88.0.3");
        var outer = cluster.bystander("a", "outer", 22, "front");
        assertThat(ThreeHosts.answers(outer, "10.88.0.1", 80)).containsExactly("web1 10.0.0.2", "web2 10.0.0.2");
        assertThat(ThreeHosts.answers(web1, "10.88.0.1", 80)).hasSize(2);
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
    void aFirewallThatRemovesEverythingIsRepairedByTheNextCall() {
        cluster.hosts.get("c").run(() -> {
            try (var nftables = Nftables.open()) {
                nftables.run("flush ruleset");
            }
        });
        assertThat(Traffic.ask(cluster.client, "10.88.0.3", 80)).isEqualTo("Connection refused");
        cluster.program();
        assertThat(ThreeHosts.answers(cluster.client, "10.88.0.3", 80))
                .containsExactly("web1 " + ThreeHosts.CLIENT, "web2 " + ThreeHosts.CLIENT);
    }

    @Test
    void containersOnTheIngressNetworkDoNotReachTheHostByIt() {
        cluster.traffic.serveTcp(cluster.hosts.get("a"), 2222, "the host");
        assertThat(Traffic.ask(cluster.client, "10.88.0.1", 2222)).startsWith("the host");
        assertThat(Traffic.ask(web1, "10.0.0.2", 2222)).isEqualTo("Connect timed out");
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
}
