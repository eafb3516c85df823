package dev.muster.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.net.dns.DnsClient;
import dev.muster.net.dns.DnsClient.Answer;
import dev.muster.net.dns.OutsideDns;
import dev.muster.net.link.Lab;
import dev.muster.net.link.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What containers are told at 127.0.0.11. */
final class DnsKernelTest {
    private static final String RESOLVER = "127.0.0.11";

    private ThreeHosts cluster;
    private NetworkNamespace web;
    private NetworkNamespace inner;

    @BeforeEach
    void twoTasksAndAnInnerOne() {
        cluster = new ThreeHosts();
        web = cluster.web("a", "web1", 11);
        cluster.web("b", "web2", 12);
        cluster.tables.service("back", "s2", "db", "", List.of("store"));
        cluster.tables.task("back", "db1", "s2", "b", "10.0.2.31/24", true);
        cluster.tables.task("back", "db2", "s2", "a", "10.0.2.32/24", true);
        inner = cluster.bystander("a", "inner", 40, "back");
    }

    @AfterEach
    void nothingRemains() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void aServiceIsItsVirtualAddressAndItsTasksAreListed() {
        assertThat(ask(web, "web", DnsClient.A)).isEqualTo(new Answer(0, false, List.of("10.0.1.100"), 1));
        assertThat(ask(web, "WWW", DnsClient.A).records()).containsExactly("10.0.1.100");
        assertThat(ask(inner, "web", DnsClient.A).records()).containsExactly("10.0.2.100");
        assertThat(ask(web, "tasks.web", DnsClient.A).records()).containsExactlyInAnyOrder("10.0.1.11", "10.0.1.12");
        assertThat(ask(web, "s1.1.web2", DnsClient.A).records()).containsExactly("10.0.1.12");
        assertThat(byTcp(web, "tasks.web").records()).hasSize(2);
    }

    @Test
    void aServiceWithoutVirtualAddressRotatesOverItsTasks() {
        var firsts = new TreeSet<String>();
        for (int i = 0; i < 4; i++) {
            firsts.add(ask(inner, "db", DnsClient.A).records().getFirst());
        }
        assertThat(firsts).containsExactly("10.0.2.31", "10.0.2.32");
        assertThat(ask(inner, "store", DnsClient.A).records()).hasSize(2);
    }

    @Test
    void aKnownNameHasNoIpv6AddressesAndAnUnknownOneDoesNotExist() {
        assertThat(ask(web, "web", DnsClient.AAAA)).isEqualTo(new Answer(0, false, List.of(), -1));
        assertThat(ask(web, "nobody", DnsClient.A).code()).isEqualTo(3);
        assertThat(ask(web, "tasks.nobody", DnsClient.A).code()).isEqualTo(3);
    }

    @Test
    void namesOfOtherNetworksAreNotSeen() {
        var outsider = cluster.bystander("a", "outsider", 41, "front");
        assertThat(ask(outsider, "db", DnsClient.A).code()).isEqualTo(3);
        assertThat(ask(outsider, "web", DnsClient.A).records()).containsExactly("10.0.1.100");
    }

    @Test
    void addressesHaveNames() {
        assertThat(ask(web, "100.1.0.10.in-addr.arpa", DnsClient.PTR).records()).containsExactly("web.front-name");
        assertThat(ask(web, "12.1.0.10.in-addr.arpa", DnsClient.PTR).records()).containsExactly("s1.1.web2.front-name");
        assertThat(ask(web, "77.1.0.10.in-addr.arpa", DnsClient.PTR).code()).isEqualTo(3);
    }

    @Test
    void aTaskThatDoesNotServeIsNotNamed() {
        cluster.tables.task("front", "web2", "s1", "b", "10.0.1.12/24", false);
        cluster.tables.task("back", "web2", "s1", "b", "10.0.2.12/24", false);
        cluster.program();
        assertThat(ask(web, "tasks.web", DnsClient.A).records()).containsExactly("10.0.1.11");
        assertThat(ask(web, "s1.1.web2", DnsClient.A)).isEqualTo(new Answer(0, false, List.of(), -1));
    }

    @Test
    void otherNamesAreLookedUpOutsideUnlessAllNetworksAreInternal() {
        try (var outside = OutsideDns.start(cluster.lab.outside(), Lab.GATEWAY)) {
            assertThat(ask(web, "example.known", DnsClient.A))
                    .isEqualTo(new Answer(0, false, List.of("192.0.2.55"), 60));
            assertThat(ask(web, "example.missing", DnsClient.A).code()).isEqualTo(3);
            assertThat(ask(web, "large.known", DnsClient.A).truncated()).isTrue();
            assertThat(byTcp(web, "large.known").records()).containsExactly("192.0.2.55");
            int asked = outside.queries();
            assertThat(ask(inner, "example.known", DnsClient.A).code()).isEqualTo(3);
            assertThat(ask(web, "nobody", DnsClient.A).code()).isEqualTo(3);
            assertThat(outside.queries()).isEqualTo(asked);
        }
    }

    @Test
    void aDeadResolverCostsAboutASecond() {
        long start = System.nanoTime();
        assertThat(ask(web, "example.known", DnsClient.A).code()).isEqualTo(2);
        assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(2500);
    }

    @Test
    void aContainersOwnServersAreAskedFromInside() {
        cluster.tables.task("front", "own", "", "a", "10.0.1.50/24", true);
        cluster.program();
        try (var inside = OutsideDns.start(web, "10.0.1.11")) {
            var own = cluster.enter(cluster.overlays
                    .get("a")
                    .attach(new SandboxSpec(
                            "own",
                            "own",
                            List.of(ClusterTables.attachment("front", "10.0.1.50/24")),
                            List.of(),
                            List.of("10.0.1.11"),
                            List.of(),
                            List.of(),
                            false)));
            assertThat(ask(own, "example.known", DnsClient.A).records()).containsExactly("192.0.2.55");
            assertThat(byTcp(own, "example.known").records()).containsExactly("192.0.2.55");
            assertThat(inside.queries()).isEqualTo(2);
        }
    }

    private static Answer ask(NetworkNamespace from, String name, int type) {
        return from.call(() -> {
            try {
                return DnsClient.udp(RESOLVER, name, type);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static Answer byTcp(NetworkNamespace from, String name) {
        return from.call(() -> {
            try {
                return DnsClient.tcp(RESOLVER, name, DnsClient.A);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
