package dev.muster.net.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class AddressesTest {
    @Test
    void readsAndWritesAddresses() {
        for (var text : new String[] {"0.0.0.0", "10.0.1.5", "172.18.255.254", "255.255.255.255"}) {
            assertThat(Ipv4.parse(text)).hasToString(text);
            assertThat(Ipv4.of(Ipv4.parse(text).octets())).isEqualTo(Ipv4.parse(text));
        }
        for (var text :
                new String[] {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1..2.3", "a.b.c.d", "1.2.3.4 ", "1.2.3.0004"}) {
            assertThatThrownBy(() -> Ipv4.parse(text)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(Ipv4.parse("200.0.0.1")).isGreaterThan(Ipv4.parse("10.0.0.1"));
    }

    @Test
    void knowsWhatIsInASubnet() {
        var subnet = Subnet.parse("10.0.1.5/24");
        assertThat(subnet.network()).hasToString("10.0.1.0");
        assertThat(subnet.contains(Ipv4.parse("10.0.1.255"))).isTrue();
        assertThat(subnet.contains(Ipv4.parse("10.0.2.1"))).isFalse();
        assertThat(subnet.hostPart(Ipv4.parse("10.0.1.77"))).isEqualTo(77);
        assertThat(subnet.overlaps(Subnet.parse("10.0.0.0/8"))).isTrue();
        assertThat(Subnet.parse("10.0.0.0/8").overlaps(subnet)).isTrue();
        assertThat(subnet.overlaps(Subnet.parse("10.0.2.0/23"))).isFalse();
        assertThatThrownBy(() -> Subnet.parse("10.0.1.5")).hasMessageContaining("lacks a prefix length");
        assertThatThrownBy(() -> Subnet.parse("10.0.1.5/33")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void derivesHardwareAddresses() {
        var mac = new Mac(Ipv4.parse("10.0.1.5"));
        assertThat(mac).hasToString("02:42:0a:00:01:05");
        assertThat(Mac.of(mac.octets())).isEqualTo(mac);
        assertThat(Mac.isOurs(new byte[] {0x02, 0x43, 0, 0, 0, 0})).isFalse();
    }

    @Test
    void givesEgressAddressesOnceAndReusesThemLate() {
        var subnet = Subnet.parse("172.18.0.0/29");
        var used = new HashSet<Ipv4>();
        Optional<Ipv4> last = Optional.empty();
        for (int i = 2; i <= 6; i++) {
            last = EgressPool.next(subnet, used, last);
            assertThat(last.orElseThrow()).hasToString("172.18.0." + i);
            used.add(last.orElseThrow());
        }
        assertThat(EgressPool.next(subnet, used, last)).isEmpty();
        used.remove(Ipv4.parse("172.18.0.3"));
        assertThat(EgressPool.next(subnet, used, last)).contains(Ipv4.parse("172.18.0.3"));
        assertThat(EgressPool.next(subnet, Set.of(), Optional.of(Ipv4.parse("172.18.0.3"))))
                .contains(Ipv4.parse("172.18.0.4"));
    }
}
