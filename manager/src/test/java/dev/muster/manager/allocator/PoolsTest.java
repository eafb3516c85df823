package dev.muster.manager.allocator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Annotations;
import dev.muster.api.Ipam;
import dev.muster.api.IpamConfig;
import dev.muster.api.Network;
import dev.muster.api.NetworkSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PoolsTest {
    @Test
    void subnetsComeInOrderAndAroundWhatIsInTheWay() {
        var pool = pool(24, Optional.empty(), "10.0.0.0/14");
        pool.take(subnet("10.0.1.0/24"));
        pool.take(subnet("10.1.0.0/16"));
        assertThat(pool.next()).contains(subnet("10.0.0.0/24"));
        assertThat(pool.next()).contains(subnet("10.0.2.0/24"));
        for (int i = 3; i < 256; i++) {
            assertThat(pool.next()).contains(subnet("10.0." + i + ".0/24"));
        }
        assertThat(pool.next()).contains(subnet("10.2.0.0/24"));
    }

    @Test
    void aReleasedSubnetComesBackLate() {
        assertThat(pool(24, Optional.of(subnet("10.0.7.0/24")), "10.0.0.0/16").next())
                .contains(subnet("10.0.8.0/24"));
        assertThat(pool(24, Optional.of(subnet("10.0.255.0/24")), "10.0.0.0/16").next())
                .contains(subnet("10.0.0.0/24"));
    }

    @Test
    void theNextPoolFollowsTheFirst() {
        var pool = pool(24, Optional.empty(), "10.0.0.0/23", "172.16.0.0/24");
        assertThat(List.of(pool.next(), pool.next(), pool.next(), pool.next()))
                .containsExactly(
                        Optional.of(subnet("10.0.0.0/24")),
                        Optional.of(subnet("10.0.1.0/24")),
                        Optional.of(subnet("172.16.0.0/24")),
                        Optional.empty());
    }

    @Test
    void aPoolSmallerThanASubnetGivesNone() {
        assertThat(pool(16, Optional.empty(), "10.0.0.0/24").next()).isEmpty();
    }

    @Test
    void addressesComeInOrderWithoutGatewayAndBroadcast() {
        var pool = new AddressPool(network("10.0.1.0/29", "", ""));
        assertThat(all(pool))
                .containsExactly("10.0.1.2/29", "10.0.1.3/29", "10.0.1.4/29", "10.0.1.5/29", "10.0.1.6/29");
        assertThat(pool.exhaustion())
                .isEqualTo("no free address in network front (10.0.1.0/29): all 6 are in use;"
                        + " use a network with a larger subnet");
        pool.release("10.0.1.4/29");
        assertThat(all(pool)).containsExactly("10.0.1.4/29");
    }

    @Test
    void aReleasedAddressComesBackLate() {
        var pool = new AddressPool(network("10.0.1.0/29", "", "10.0.1.5"));
        assertThat(all(pool))
                .containsExactly("10.0.1.6/29", "10.0.1.2/29", "10.0.1.3/29", "10.0.1.4/29", "10.0.1.5/29");
        assertThat(pool.movedCursor()).isEmpty();
    }

    @Test
    void staysWithinTheRangeAndOffReservedAddresses() {
        var network = network("10.0.0.0/16", "10.0.5.0/30", "").toBuilder();
        network.getIpamBuilder().getConfigsBuilder(0).putAuxiliary("router", "10.0.5.1");
        assertThat(all(new AddressPool(network.build()))).containsExactly("10.0.5.0/16", "10.0.5.2/16", "10.0.5.3/16");
    }

    @Test
    void usesASecondSubnetWhenTheFirstIsFull() {
        var network = network("10.0.1.0/30", "", "").toBuilder();
        network.getIpamBuilder()
                .addConfigs(IpamConfig.newBuilder().setSubnet("10.9.0.0/30").setGateway("10.9.0.1"));
        assertThat(all(new AddressPool(network.build()))).containsExactly("10.0.1.2/30", "10.9.0.2/30");
    }

    private static List<String> all(AddressPool pool) {
        return Stream.generate(pool::next)
                .takeWhile(Optional::isPresent)
                .map(Optional::get)
                .toList();
    }

    private static Network network(String subnet, String range, String cursor) {
        return Network.newBuilder()
                .setId("n")
                .setVni(4096)
                .setSpec(NetworkSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName("front")))
                .setIpam(Ipam.newBuilder()
                        .addConfigs(IpamConfig.newBuilder()
                                .setSubnet(subnet)
                                .setRange(range)
                                .setGateway(Subnet.text(subnet(subnet).first() + 1))))
                .setAddressCursor(cursor)
                .build();
    }

    private static SubnetPool pool(int bits, Optional<Subnet> cursor, String... pools) {
        return new SubnetPool(List.of(pools).stream().map(PoolsTest::subnet).toList(), bits, cursor);
    }

    private static Subnet subnet(String text) {
        return Subnet.parse(text).orElseThrow();
    }
}
