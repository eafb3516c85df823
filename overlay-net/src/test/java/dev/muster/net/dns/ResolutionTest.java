package dev.muster.net.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.Subnet;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ResolutionTest {
    private static final Ipv4 FRONT_VIP = Ipv4.parse("10.0.1.100");
    private static final Ipv4 BACK_VIP = Ipv4.parse("10.0.2.100");
    private static final Map<String, NetworkNames> NAMES = Map.of(
            "front",
            new NetworkNames(
                    Subnet.parse("10.0.1.2/24"),
                    Map.of("web", List.of(FRONT_VIP), "idle", List.of()),
                    Map.of(FRONT_VIP, "web.front")),
            "back",
            new NetworkNames(
                    Subnet.parse("10.0.2.2/24"), Map.of("web", List.of(BACK_VIP), "db", List.of(BACK_VIP)), Map.of()));

    private static Resolution ask(String name, int type, boolean forwards, String... networks) {
        var query = DnsMessage.parse(ByteBuffer.wrap(DnsClient.query(name, type, 0)))
                .orElseThrow();
        var view = new SandboxView(
                Path.of("/nowhere"),
                List.of(networks),
                Map.of("me", List.of(Ipv4.parse("10.0.1.9"))),
                forwards,
                List.of());
        return Resolution.of(query, view, NAMES);
    }

    @Test
    void theFirstNetworkThatKnowsANameAnswers() {
        assertThat(ask("web", DnsClient.A, true, "front", "back"))
                .isEqualTo(new Resolution.Addresses(List.of(FRONT_VIP)));
        assertThat(ask("web", DnsClient.A, true, "back", "front"))
                .isEqualTo(new Resolution.Addresses(List.of(BACK_VIP)));
        assertThat(ask("me", DnsClient.A, true, "front"))
                .isEqualTo(new Resolution.Addresses(List.of(Ipv4.parse("10.0.1.9"))));
    }

    @Test
    void namesThatCannotBePublicAreNotAskedForOutside() {
        for (var name : List.of("nobody", "tasks.nobody", "db")) {
            assertThat(ask(name, DnsClient.A, true, "front")).as(name).isEqualTo(new Resolution.Unknown());
        }
        for (var name : List.of("example.org", "tasks.example.org", "7.7.7.7.in-addr.arpa")) {
            assertThat(ask(name, DnsClient.A, true, "front")).as(name).isEqualTo(new Resolution.Elsewhere());
            assertThat(ask(name, DnsClient.A, false, "front")).as(name).isEqualTo(new Resolution.Unknown());
        }
    }

    @Test
    void aKnownNameExistsForEveryType() {
        for (int type : new int[] {DnsClient.AAAA, 15, 16, 33, 65, 255}) {
            assertThat(ask("web", type, true, "front")).isEqualTo(new Resolution.Addresses(List.of()));
        }
        assertThat(ask("idle", DnsClient.A, true, "front")).isEqualTo(new Resolution.Addresses(List.of()));
    }

    @Test
    void addressesOfItsNetworksAreNotAskedForOutside() {
        assertThat(ask("100.1.0.10.in-addr.arpa", DnsClient.PTR, true, "front"))
                .isEqualTo(new Resolution.Pointer("web.front"));
        assertThat(ask("101.1.0.10.in-addr.arpa", DnsClient.PTR, true, "front")).isEqualTo(new Resolution.Unknown());
        assertThat(ask("100.1.0.10.in-addr.arpa", DnsClient.PTR, true, "back")).isEqualTo(new Resolution.Elsewhere());
    }

    @Test
    void readsResolverConfigurations() {
        var conf = ResolvConf.parse(List.of(
                "# a comment",
                "search a.example b.example",
                "nameserver 192.0.2.1",
                "nameserver not-an-address",
                "nameserver 2001:db8::1",
                "nameserver 192.0.2.3",
                "nameserver 192.0.2.4",
                "options ndots:2 timeout:1"));
        assertThat(conf.servers())
                .containsExactly(
                        InetAddress.ofLiteral("192.0.2.1"),
                        InetAddress.ofLiteral("2001:db8::1"),
                        InetAddress.ofLiteral("192.0.2.3"));
        assertThat(conf.search()).containsExactly("a.example", "b.example");
        assertThat(conf.options()).containsExactly("ndots:2", "timeout:1");
    }
}
