package dev.muster.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Driver;
import dev.muster.api.NetworkAssignment;
import dev.muster.api.NetworkEndpoint;
import dev.muster.api.PortProtocol;
import dev.muster.net.plan.Balance;
import dev.muster.net.plan.ForwardingOperation;
import dev.muster.net.plan.ForwardingState;
import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.NetworkTables;
import dev.muster.net.plan.PublishedPort;
import dev.muster.net.plan.ServicePlan;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** From the managers' tables to what the kernel should hold. */
final class PlanTest {
    private static final Ipv4 OWN = Ipv4.parse("10.88.0.1");

    private final ClusterTables cluster = new ClusterTables()
            .node("a", "10.88.0.1")
            .node("b", "10.88.0.2")
            .network("front", 4097, false, false)
            .network("ingress", 4096, false, true)
            .member("front", "a", "10.0.1.2/24")
            .member("front", "b", "10.0.1.3/24")
            .member("ingress", "a", "10.0.0.2/24")
            .member("ingress", "b", "10.0.0.3/24")
            .service("front", "s1", "web", "10.0.1.100", List.of())
            .service(
                    "ingress",
                    "s1",
                    "web",
                    "10.0.0.100",
                    List.of(),
                    ClusterTables.port(PortProtocol.PROTOCOL_TCP, 80, 8080))
            .task("front", "t1", "s1", "a", "10.0.1.11/24", true)
            .task("front", "t2", "s1", "b", "10.0.1.12/24", true)
            .task("front", "t3", "s1", "b", "10.0.1.13/24", false)
            .task("ingress", "t2", "s1", "b", "10.0.0.12/24", true);

    private static NetworkTables.Indexed index(OverlayTables tables) {
        return NetworkTables.index(tables.networks(), tables.peers(), tables.endpoints(), tables.services());
    }

    private NetworkTables tables(String network) {
        return index(cluster.of("a")).byId().get(network);
    }

    private static Ipv4 ip(String text) {
        return Ipv4.parse(text);
    }

    @Test
    void otherHostsTasksAndMembersAreRemoteAndVirtualAddressesAreOurs() {
        var state = ForwardingState.desired(tables("front"), OWN, Set.of());
        assertThat(state.remotes())
                .isEqualTo(Map.of(
                        ip("10.0.1.3"),
                        ip("10.88.0.2"),
                        ip("10.0.1.12"),
                        ip("10.88.0.2"),
                        ip("10.0.1.13"),
                        ip("10.88.0.2")));
        assertThat(state.vips()).containsExactly(ip("10.0.1.100"));
        assertThat(ForwardingState.desired(tables("ingress"), OWN, Set.of()).vips())
                .isEmpty();
    }

    @Test
    void oneChangedTaskIsOneStep() {
        var before = ForwardingState.desired(tables("front"), OWN, Set.of());
        cluster.task("front", "t4", "s1", "b", "10.0.1.14/24", false);
        var after = ForwardingState.desired(tables("front"), OWN, Set.of());
        assertThat(before.stepsTo(after))
                .containsExactly(new ForwardingOperation.PlaceRemote(ip("10.0.1.14"), ip("10.88.0.2")));
        assertThat(after.stepsTo(before))
                .containsExactly(new ForwardingOperation.ForgetRemote(ip("10.0.1.14"), ip("10.88.0.2")));
        assertThat(after.stepsTo(after)).isEmpty();
    }

    @Test
    void whatASandboxOfThisNodeHoldsIsNotRemoteWhateverTheTablesSay() {
        var state = ForwardingState.desired(tables("front"), OWN, Set.of(ip("10.0.1.12")));
        assertThat(state.remotes()).doesNotContainKey(ip("10.0.1.12"));
    }

    @Test
    void onlyServingTasksTakeConnections() {
        assertThat(ServicePlan.vips(tables("front")))
                .isEqualTo(Map.of(ip("10.0.1.100"), new Balance.Target(Set.of(ip("10.0.1.11"), ip("10.0.1.12")), 0)));
        assertThat(ServicePlan.published(tables("ingress")))
                .isEqualTo(Map.of(
                        new PublishedPort(PortProtocol.PROTOCOL_TCP, 80),
                        new Balance.Target(Set.of(ip("10.0.0.12")), 8080)));
    }

    @Test
    void whatMakesNoSenseIsLeftOutAndNamed() {
        var good = cluster.of("a");
        var front = good.networks().get("front").getNetwork();
        var encrypted = front.toBuilder()
                .setSpec(front.getSpec().toBuilder()
                        .setDriver(Driver.newBuilder().putOptions("encrypted", "")))
                .build();
        var broken = new OverlayTables(
                Map.of(
                        "front",
                        NetworkAssignment.newBuilder()
                                .setNetwork(encrypted)
                                .setNodeAddress("10.0.1.2/24")
                                .build(),
                        "ingress",
                        good.networks().get("ingress"),
                        "none",
                        NetworkAssignment.getDefaultInstance()),
                good.peers(),
                List.of(NetworkEndpoint.newBuilder()
                        .setNetworkId("ingress")
                        .setTaskId("bad")
                        .setAddress("10.0.0.300/24")
                        .build()),
                good.services());
        var indexed = index(broken);
        assertThat(indexed.byId()).containsOnlyKeys("ingress");
        assertThat(indexed.byId().get("ingress").endpoints()).isEmpty();
        assertThat(indexed.problems())
                .containsExactlyInAnyOrder(
                        "network front-name: encrypted networks are not supported yet; nothing of it is sent in plaintext",
                        "network none: VXLAN identifier 0 is not within 1-16777215",
                        "endpoint of task bad: \"10.0.0.300\" is not an IPv4 address");
    }
}
