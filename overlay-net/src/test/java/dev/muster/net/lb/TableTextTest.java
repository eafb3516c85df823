package dev.muster.net.lb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.PortProtocol;
import dev.muster.net.plan.Balance;
import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.PublishedPort;
import dev.muster.net.plan.Slots;
import dev.muster.net.plan.Subnet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The commands that a change becomes; that the kernel takes them, the kernel tests show. */
final class TableTextTest {
    private static final Ipv4 VIP = Ipv4.parse("10.0.1.100");
    private static final PublishedPort HTTP = new PublishedPort(PortProtocol.PROTOCOL_TCP, 80);

    private static Slots slots(int port, String... backends) {
        return new Slots(List.of(backends).stream().map(Ipv4::parse).toList(), port);
    }

    private static <K extends Comparable<K>> Balance<K> balance(K key, Slots slots) {
        return new Balance<>(new TreeMap<>(Map.of(key, slots)));
    }

    private static VipTable.State vips(Balance<Ipv4> balance, String... local) {
        return new VipTable.State(
                Ipv4.parse("10.0.1.2"),
                balance,
                new TreeSet<>(List.of(local).stream().map(Ipv4::parse).toList()));
    }

    @Test
    void aReplacedTaskIsOneElement() {
        assertThat(VipTable.changes(
                        vips(balance(VIP, slots(0, "10.0.1.11", "10.0.1.12"))),
                        vips(balance(VIP, slots(0, "10.0.1.11", "10.0.1.13")))))
                .isEqualTo("""
                        delete element ip muster to-0a000164 { 1 }
                        add element ip muster to-0a000164 { 1 : 10.0.1.13 }
                        """);
    }

    @Test
    void oneTaskMoreIsOneElementAndTheRuleThatCounts() {
        assertThat(VipTable.changes(
                        vips(balance(VIP, slots(0, "10.0.1.11"))),
                        vips(balance(VIP, slots(0, "10.0.1.11", "10.0.1.12")), "10.0.1.12")))
                .isEqualTo("""
                        add element ip muster selfcalls { 10.0.1.12 . 10.0.1.12 }
                        add element ip muster to-0a000164 { 1 : 10.0.1.12 }
                        flush chain ip muster vip-0a000164
                        add rule ip muster vip-0a000164 dnat to numgen inc mod 2 map @to-0a000164
                        """);
    }

    @Test
    void theFirstTaskOpensAnAddressAndTheLastClosesIt() {
        var none = vips(balance(VIP, slots(0)));
        var one = vips(balance(VIP, slots(0, "10.0.1.11")));
        assertThat(VipTable.changes(none, one)).isEqualTo("""
                        add map ip muster to-0a000164 { typeof numgen inc mod 2 : ip daddr; }
                        add chain ip muster vip-0a000164
                        add element ip muster to-0a000164 { 0 : 10.0.1.11 }
                        add rule ip muster vip-0a000164 dnat to numgen inc mod 1 map @to-0a000164
                        add element ip muster vips { 10.0.1.100 : goto vip-0a000164 }
                        """);
        assertThat(VipTable.changes(one, none)).isEqualTo("""
                        delete element ip muster vips { 10.0.1.100 }
                        flush chain ip muster vip-0a000164
                        delete chain ip muster vip-0a000164
                        delete map ip muster to-0a000164
                        """);
        assertThat(VipTable.changes(vips(Balance.empty()), none)).isEmpty();
    }

    private static HostTable.State host(Balance<PublishedPort> mesh, Map<PublishedPort, HostTable.Target> hostPorts) {
        return new HostTable.State(
                "mu-egress", Subnet.parse("172.18.0.1/16"), "mu-ingress", mesh, new TreeMap<>(hostPorts));
    }

    @Test
    void aPublishedPortWithoutTasksIsRefused() {
        var served = host(balance(HTTP, slots(8080, "10.0.0.11")), Map.of());
        var unserved = host(balance(HTTP, slots(8080)), Map.of());
        assertThat(HostTable.changes("muster-mu", served, unserved)).isEqualTo("""
                        delete element ip muster-mu published { tcp . 80 }
                        flush chain ip muster-mu port-tcp-80
                        delete chain ip muster-mu port-tcp-80
                        delete map ip muster-mu to-tcp-80
                        add element ip muster-mu unserved { tcp . 80 }
                        """);
        assertThat(HostTable.changes("muster-mu", unserved, served)).isEqualTo("""
                        delete element ip muster-mu unserved { tcp . 80 }
                        add map ip muster-mu to-tcp-80 { typeof numgen inc mod 2 : ip daddr; }
                        add chain ip muster-mu port-tcp-80
                        add element ip muster-mu to-tcp-80 { 0 : 10.0.0.11 }
                        add rule ip muster-mu port-tcp-80 meta l4proto tcp dnat to numgen inc mod 1 map @to-tcp-80:8080
                        add element ip muster-mu published { tcp . 80 : goto port-tcp-80 }
                        """);
    }

    @Test
    void anotherTargetPortIsAnotherRule() {
        assertThat(HostTable.changes(
                        "muster-mu",
                        host(balance(HTTP, slots(8080, "10.0.0.11")), Map.of()),
                        host(balance(HTTP, slots(9090, "10.0.0.11")), Map.of())))
                .isEqualTo("""
                        flush chain ip muster-mu port-tcp-80
                        add rule ip muster-mu port-tcp-80 meta l4proto tcp dnat to numgen inc mod 1 map @to-tcp-80:9090
                        """);
    }

    @Test
    void hostPortsAreElements() {
        var one = host(Balance.empty(), Map.of(HTTP, new HostTable.Target(Ipv4.parse("172.18.0.2"), 8080)));
        var other = host(Balance.empty(), Map.of(HTTP, new HostTable.Target(Ipv4.parse("172.18.0.3"), 8080)));
        assertThat(HostTable.changes("muster-mu", one, other)).isEqualTo("""
                        delete element ip muster-mu hostports { tcp . 80 }
                        add element ip muster-mu hostports { tcp . 80 : 172.18.0.3 . 8080 }
                        """);
        assertThat(HostTable.changes("muster-mu", other, other)).isEmpty();
    }

    @Test
    void aHostOnTheIngressNetworkIsOneElementInEachMap() {
        assertThat(SandboxTable.entries(new TreeSet<>(Set.of(Ipv4.parse("10.0.0.2"), Ipv4.parse("10.0.0.3")))))
                .isEqualTo("""
                        flush map ip muster entries
                        flush map netdev muster exits
                        add element ip muster entries { 02:42:0a:00:00:02 : 0x4d000002, 02:42:0a:00:00:03 : 0x4d000003 }
                        add element netdev muster exits { 0x4d000002 : 02:42:0a:00:00:02, 0x4d000003 : 02:42:0a:00:00:03 }
                        """);
    }
}
