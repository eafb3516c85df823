package dev.muster.manager.allocator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Annotations;
import dev.muster.api.Driver;
import dev.muster.api.EndpointSpec;
import dev.muster.api.Ipam;
import dev.muster.api.IpamConfig;
import dev.muster.api.Network;
import dev.muster.api.NetworkAttachment;
import dev.muster.api.NetworkSpec;
import dev.muster.api.PortConfig;
import dev.muster.api.PortProtocol;
import dev.muster.api.PublishMode;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.VirtualIp;
import dev.muster.manager.simulation.Simulation;
import dev.muster.manager.simulation.Specs;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the allocator makes of what users create, seen in the state. */
class AllocatorReconcilerTest {
    private final Simulation cluster = new Simulation(4);

    @BeforeEach
    void twoNodes() {
        cluster.nodes(2);
        cluster.settle();
    }

    private Network network(String id) {
        return cluster.state().network(id).orElseThrow();
    }

    @Test
    void theIngressNetworkComesFirst() {
        var other = new Simulation(5);
        other.network("a-before-ingress");
        other.settle();
        var ingress = other.state().network("ingress").orElseThrow();
        assertThat(ingress.getVni()).isEqualTo(4096);
        assertThat(ingress.getIpam().getConfigs(0).getSubnet()).isEqualTo("10.0.0.0/24");
        assertThat(ingress.getIpam().getConfigs(0).getGateway()).isEqualTo("10.0.0.1");
        assertThat(other.state()
                        .network("a-before-ingress")
                        .orElseThrow()
                        .getIpam()
                        .getConfigs(0)
                        .getSubnet())
                .isEqualTo("10.0.1.0/24");
    }

    @Test
    void networksTakeTheNextSubnetAndTheLowestFreeVni() {
        cluster.network("one");
        cluster.network("two");
        cluster.settle();
        cluster.removeNetwork("one");
        cluster.settle();
        cluster.network("three");
        cluster.settle();
        assertThat(network("two").getIpam().getConfigs(0).getSubnet()).isEqualTo("10.0.2.0/24");
        assertThat(network("three").getIpam().getConfigs(0).getSubnet())
                .as("reuse comes late")
                .isEqualTo("10.0.3.0/24");
        assertThat(network("three").getVni()).isEqualTo(4097);
    }

    @Test
    void aSubnetThatIsTakenIsRefusedWithTheReasonUntilItIsFree() {
        cluster.network("one");
        cluster.settle();
        cluster.put(withSubnet("two", "10.0.1.128/25"));
        cluster.settle();
        assertThat(network("two").getErr()).isEqualTo("subnet 10.0.1.128/25 overlaps with 10.0.1.0/24 of network one");
        assertThat(network("two").getVni()).isZero();
        cluster.create(Specs.on(Specs.replicated("web", 1), "two"));
        cluster.settle();
        assertThat(cluster.tasks("web").getFirst().getStatus().getErr())
                .isEqualTo("network two: subnet 10.0.1.128/25 overlaps with 10.0.1.0/24 of network one");
        cluster.removeNetwork("one");
        cluster.run(Duration.ofSeconds(2));
        assertThat(network("two").getErr()).isEmpty();
        assertThat(network("two").getIpam().getConfigs(0).getGateway()).isEqualTo("10.0.1.129");
        assertThat(cluster.tasks("web").getFirst().getStatus().getState()).isEqualTo(TaskState.TASK_RUNNING);
    }

    @Test
    void ipv6IsNotSupportedAndSaysSo() {
        cluster.put(withSubnet("six", "fd00::/64"));
        cluster.settle();
        assertThat(network("six").getErr()).isEqualTo("subnet fd00::/64 is not supported: only IPv4 subnets are");
    }

    @Test
    void givesServicesTasksAndNodesTheirAddresses() {
        cluster.network("front");
        cluster.settle();
        cluster.create(Specs.published(Specs.on(Specs.replicated("web", 2), "front"), 80, 8080));
        cluster.run(Duration.ofSeconds(2));
        var endpoint = cluster.service("web").getEndpoint();
        assertThat(endpoint.getVirtualIpsList())
                .extracting(VirtualIp::getNetworkId)
                .containsExactly("ingress", "front");
        assertThat(endpoint.getPorts(0).getPublishedPort()).isEqualTo(8080);
        assertThat(cluster.tasks("web"))
                .allSatisfy(task -> assertThat(task.getNetworksList())
                        .extracting(NetworkAttachment::getNetworkId)
                        .containsExactly("ingress", "front"));
        assertThat(cluster.state().nodes().values())
                .allSatisfy(node -> assertThat(node.getAttachmentsList())
                        .extracting(NetworkAttachment::getNetworkId)
                        .containsExactly("ingress", "front"));
        cluster.scale("web", 1);
        cluster.run(Duration.ofSeconds(5));
        var used = cluster.tasks("web").getFirst().getNodeId();
        assertThat(cluster.state().nodes().values())
                .allSatisfy(node -> assertThat(node.getAttachmentsCount())
                        .as("addresses of %s", node.getId())
                        .isEqualTo(node.getId().equals(used) ? 2 : 1));
    }

    @Test
    void roundRobinServicesHaveNoVirtualAddress() {
        cluster.network("front");
        cluster.settle();
        var spec = Specs.on(Specs.replicated("web", 1), "front");
        spec.getEndpointBuilder().setMode(EndpointSpec.Mode.DNSRR);
        cluster.create(spec);
        cluster.settle();
        assertThat(cluster.service("web").getEndpoint().getVirtualIpsList()).isEmpty();
        cluster.update("web", changed -> {
            changed.getEndpointBuilder().setMode(EndpointSpec.Mode.VIP);
            return changed;
        });
        cluster.settle();
        assertThat(cluster.service("web").getEndpoint().getVirtualIpsList()).hasSize(1);
    }

    @Test
    void portsWithoutANumberGetOneAndKeepIt() {
        cluster.create(Specs.published(Specs.published(Specs.replicated("a", 1), 80, 0), 81, 0));
        cluster.settle();
        assertThat(ports("a")).containsExactly(30000, 30001);
        cluster.update("a", spec -> {
            spec.getEndpointBuilder().removePorts(0);
            return Specs.published(spec, 9, 30000);
        });
        cluster.settle();
        assertThat(ports("a")).containsExactly(30001, 30000);
    }

    @Test
    void aPortOfAnotherServiceIsRefusedInSwarmsWordsUntilItIsFree() {
        cluster.create(Specs.published(Specs.replicated("a", 1), 80, 80));
        cluster.settle();
        cluster.create(Specs.published(Specs.replicated("b", 1), 80, 80));
        cluster.settle();
        var owner = cluster.service("a").getId();
        assertThat(cluster.service("b").getEndpoint().getErr())
                .isEqualTo("port '80' is already in use by service 'a' (" + owner + ") as an ingress port");
        assertThat(cluster.tasks("b").getFirst().getStatus().getErr())
                .isEqualTo(cluster.service("b").getEndpoint().getErr());
        cluster.remove("a");
        cluster.run(Duration.ofSeconds(3));
        assertThat(cluster.tasks("b").getFirst().getStatus().getState()).isEqualTo(TaskState.TASK_RUNNING);
        assertThat(cluster.service("b").getEndpoint().getErr()).isEmpty();
    }

    @Test
    void protocolsAndHostPortsAreApart() {
        var spec = Specs.replicated("a", 1);
        spec.getEndpointBuilder()
                .addPorts(PortConfig.newBuilder().setTargetPort(53).setPublishedPort(53))
                .addPorts(PortConfig.newBuilder()
                        .setTargetPort(53)
                        .setPublishedPort(53)
                        .setProtocol(PortProtocol.PROTOCOL_UDP));
        cluster.create(spec);
        var onHost = Specs.replicated("b", 1);
        onHost.getEndpointBuilder()
                .addPorts(PortConfig.newBuilder()
                        .setTargetPort(54)
                        .setPublishedPort(54)
                        .setPublishMode(PublishMode.PUBLISH_HOST));
        cluster.create(onHost);
        cluster.create(Specs.published(Specs.replicated("c", 1), 54, 54));
        cluster.settle();
        assertThat(cluster.service("a").getEndpoint().getErr()).isEmpty();
        assertThat(List.of(cluster.service("b"), cluster.service("c")))
                .as("one of the two has the port")
                .extracting(service -> service.getEndpoint().getErr().isEmpty())
                .containsExactlyInAnyOrder(true, false);
        assertThat(cluster.service("b").getEndpoint().getVirtualIpsList())
                .as("ports on the host need no ingress")
                .isEmpty();
    }

    @Test
    void exhaustionIsExplainedAndEndsWhenAddressesAreReleased() {
        cluster.put(withSubnet("tiny", "192.168.0.0/29"));
        cluster.settle();
        // Six addresses: gateway, virtual address, and one for each of two nodes leave two.
        cluster.create(Specs.on(Specs.replicated("web", 2), "tiny"));
        cluster.run(Duration.ofSeconds(2));
        cluster.create(Specs.on(Specs.replicated("more", 1), "tiny"));
        cluster.run(Duration.ofSeconds(2));
        assertThat(cluster.tasks("more").getFirst().getStatus())
                .satisfies(status -> assertThat(status.getErr())
                        .isEqualTo("no free address in network tiny (192.168.0.0/29): all 6 are in use;"
                                + " use a network with a larger subnet"))
                .satisfies(status -> assertThat(status.getState()).isEqualTo(TaskState.TASK_NEW));
        cluster.scale("web", 0);
        cluster.run(Duration.ofSeconds(5));
        assertThat(cluster.tasks("more").getFirst().getStatus().getState()).isEqualTo(TaskState.TASK_RUNNING);
        assertThat(cluster.tasks("more").getFirst().getStatus().getErr()).isEmpty();
    }

    @Test
    void addressesAreNotLeakedHoweverOftenTasksComeAndGo() {
        cluster.put(withSubnet("small", "192.168.0.0/28"));
        cluster.settle();
        cluster.create(Specs.on(Specs.replicated("web", 3), "small"));
        for (int i = 0; i < 50; i++) {
            cluster.scale("web", i % 4);
            cluster.run(Duration.ofSeconds(3));
            assertThat(cluster.tasks("web"))
                    .hasSize(i % 4)
                    .allMatch(task -> task.getStatus().getState() == TaskState.TASK_RUNNING);
        }
    }

    @Test
    void networksOfOtherDriversAreNotOurs() {
        cluster.put(Network.newBuilder()
                .setId("host")
                .setSpec(NetworkSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName("host"))
                        .setDriver(Driver.newBuilder().setName("host")))
                .build());
        cluster.create(Specs.on(Specs.replicated("web", 1), "host"));
        cluster.run(Duration.ofSeconds(2));
        assertThat(network("host").getVni()).isZero();
        assertThat(cluster.tasks("web"))
                .singleElement()
                .extracting(Task::getNetworksList)
                .isEqualTo(List.of(
                        NetworkAttachment.newBuilder().setNetworkId("host").build()));
    }

    private List<Integer> ports(String service) {
        return cluster.service(service).getEndpoint().getPortsList().stream()
                .map(PortConfig::getPublishedPort)
                .toList();
    }

    private static Network withSubnet(String id, String subnet) {
        return Network.newBuilder()
                .setId(id)
                .setSpec(NetworkSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName(id))
                        .setIpam(Ipam.newBuilder()
                                .addConfigs(IpamConfig.newBuilder().setSubnet(subnet))))
                .build();
    }
}
