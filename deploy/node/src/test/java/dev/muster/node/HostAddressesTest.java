package dev.muster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class HostAddressesTest {
    private static final HostAddresses ONE = of("eth0", "10.0.0.1");
    private static final HostAddresses TWO = of("eth0", "10.0.0.1", "eth1", "192.168.0.1");

    private static HostAddresses of(String... linksAndAddresses) {
        var map = new TreeMap<String, List<String>>();
        for (int i = 0; i < linksAndAddresses.length; i += 2) {
            map.put(linksAndAddresses[i], List.of(linksAndAddresses[i + 1].split(",")));
        }
        return new HostAddresses(map);
    }

    @Test
    void choosesTheOnlyAddress() {
        assertThat(ONE.resolve("", "--advertise-addr")).isEqualTo("10.0.0.1");
    }

    @Test
    void refusesToGuessAmongSeveral() {
        assertThatThrownBy(() -> TWO.resolve("", "--advertise-addr"))
                .hasMessageContaining(
                        "multiple addresses on different interfaces (10.0.0.1 on eth0 and 192.168.0.1 on eth1)")
                .hasMessageEndingWith("specify one with --advertise-addr");
        assertThatThrownBy(() -> of().resolve("", "--advertise-addr")).hasMessageContaining("has none");
    }

    @Test
    void takesAnAddressOrAnInterface() {
        assertThat(TWO.resolve("eth1", "--advertise-addr")).isEqualTo("192.168.0.1");
        assertThat(TWO.resolve("203.0.113.9", "--advertise-addr")).isEqualTo("203.0.113.9");
        assertThatThrownBy(() -> TWO.resolve("eth7", "--data-path-addr"))
                .hasMessageContaining(
                        "--data-path-addr: 'eth7' is neither an IPv4 address nor the name of an interface");
        assertThatThrownBy(() -> of("eth0", "10.0.0.1,10.0.0.2").resolve("eth0", "--advertise-addr"))
                .hasMessageContaining("more than one IPv4 address (10.0.0.1, 10.0.0.2)");
    }

    @Test
    void readsHostsAndPorts() {
        assertThat(HostPort.parse("10.0.0.1", 2377)).isEqualTo(new HostPort("10.0.0.1", 2377));
        assertThat(HostPort.parse("m1:99", 2377)).isEqualTo(new HostPort("m1", 99));
        assertThatThrownBy(() -> HostPort.parse("m1:http", 2377)).hasMessageContaining("'m1:http' is not HOST:PORT");
        assertThatThrownBy(() -> HostPort.parse("m1:70000", 2377)).hasMessageContaining("70000");
    }
}
