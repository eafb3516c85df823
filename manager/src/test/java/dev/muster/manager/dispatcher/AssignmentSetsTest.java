package dev.muster.manager.dispatcher;

import static dev.muster.manager.dispatcher.Cluster3.BACK;
import static dev.muster.manager.dispatcher.Cluster3.FRONT;
import static dev.muster.manager.dispatcher.Cluster3.INGRESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Assignment;
import dev.muster.api.Kind;
import dev.muster.api.NetworkAssignment;
import dev.muster.api.NetworkEndpoint;
import dev.muster.api.NetworkPeer;
import dev.muster.api.NetworkService;
import dev.muster.api.NodeState;
import dev.muster.api.PortConfig;
import dev.muster.api.TaskState;
import dev.muster.manager.state.ClusterStateBuilder;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AssignmentSetsTest {
    private final Cluster3 cluster = new Cluster3();

    @Test
    void aNodeGetsItsTasksWithWhatTheyNeedAndTheTablesOfItsNetworks() {
        assertThat(of("node1").keySet())
                .containsExactlyInAnyOrder(
                        ItemKey.task("web1"),
                        ItemKey.revision(Cluster3.revision("0web")),
                        ItemKey.network(INGRESS),
                        ItemKey.network(FRONT),
                        ItemKey.peer(INGRESS, "node1"),
                        ItemKey.peer(INGRESS, "node2"),
                        ItemKey.peer(INGRESS, "node3"),
                        ItemKey.peer(FRONT, "node1"),
                        ItemKey.peer(FRONT, "node2"),
                        ItemKey.endpoint(INGRESS, "web1"),
                        ItemKey.endpoint(INGRESS, "web2"),
                        ItemKey.endpoint(FRONT, "web1"),
                        ItemKey.endpoint(FRONT, "web2"),
                        ItemKey.service(INGRESS, "0web"),
                        ItemKey.service(FRONT, "0web"));
    }

    @Test
    void aNodeWithoutTasksStillRoutesPublishedPorts() {
        assertThat(of("node3").keySet())
                .containsExactlyInAnyOrder(
                        ItemKey.network(INGRESS),
                        ItemKey.peer(INGRESS, "node1"),
                        ItemKey.peer(INGRESS, "node2"),
                        ItemKey.peer(INGRESS, "node3"),
                        ItemKey.endpoint(INGRESS, "web1"),
                        ItemKey.endpoint(INGRESS, "web2"),
                        ItemKey.service(INGRESS, "0web"));
    }

    @Test
    void payloadsGoOnlyWhereALiveTaskNamesThem() {
        assertThat(of("node2"))
                .containsKeys(
                        ItemKey.secret("0secret"),
                        ItemKey.config("0config"),
                        ItemKey.revision(Cluster3.revision("0db")));
        assertThat(of("node1"))
                .doesNotContainKeys(
                        ItemKey.secret("0secret"),
                        ItemKey.config("0config"),
                        ItemKey.revision(Cluster3.revision("0db")));

        cluster.task("db1", task -> task.setStatus(Cluster3.status(TaskState.TASK_FAILED)));

        assertThat(of("node2"))
                .containsKey(ItemKey.task("db1"))
                .doesNotContainKeys(ItemKey.secret("0secret"), ItemKey.config("0config"));
    }

    @Test
    void itemsSayWhatTheNetworkHalfOfAnAgentNeeds() {
        cluster.network(FRONT, network -> network.setAddressCursor("10.0.1.99").setErr("noise"));
        var items = of("node1");

        assertThat(items.get(ItemKey.network(FRONT)).getNetwork())
                .isEqualTo(NetworkAssignment.newBuilder()
                        .setNetwork(Cluster3.network(FRONT, false))
                        .setNodeAddress("10.0.1.11/24")
                        .build());
        assertThat(items.get(ItemKey.peer(FRONT, "node2")).getPeer())
                .isEqualTo(NetworkPeer.newBuilder()
                        .setNetworkId(FRONT)
                        .setNodeId("node2")
                        .setUnderlayAddress("192.168.0.2")
                        .setAddress("10.0.1.12/24")
                        .build());
        assertThat(items.get(ItemKey.endpoint(FRONT, "web2")).getEndpoint())
                .isEqualTo(NetworkEndpoint.newBuilder()
                        .setNetworkId(FRONT)
                        .setTaskId("web2")
                        .setServiceId("0web")
                        .setNodeId("node2")
                        .setUnderlayAddress("192.168.0.2")
                        .setAddress("10.0.1.22/24")
                        .setServing(true)
                        .addNames("s_web.2.web2")
                        .addNames("front-door")
                        .build());
        assertThat(items.get(ItemKey.service(FRONT, "0web")).getService())
                .isEqualTo(NetworkService.newBuilder()
                        .setNetworkId(FRONT)
                        .setServiceId("0web")
                        .setName("s_web")
                        .addAliases("web")
                        .setVirtualIp("10.0.1.5")
                        .build());
        assertThat(items.get(ItemKey.service(INGRESS, "0web")).getService())
                .isEqualTo(NetworkService.newBuilder()
                        .setNetworkId(INGRESS)
                        .setServiceId("0web")
                        .setName("s_web")
                        .setVirtualIp("10.0.0.5")
                        .addPorts(PortConfig.newBuilder().setTargetPort(80).setPublishedPort(8080))
                        .build());
        assertThat(of("node2").get(ItemKey.endpoint(BACK, "db1")).getEndpoint().getNamesList())
                .as("a template is no name")
                .containsExactly("s_db.1.db1");
    }

    @ParameterizedTest
    @CsvSource({
        "TASK_RUNNING,  TASK_RUNNING,  true",
        "TASK_COMPLETE, TASK_RUNNING,  true",
        "TASK_READY,    TASK_READY,    false",
        "TASK_RUNNING,  TASK_STARTING, false",
        "TASK_SHUTDOWN, TASK_RUNNING,  false",
        "TASK_REMOVE,   TASK_RUNNING,  false"
    })
    void clientsAreSentOnlyToWhatRunsAndIsToRun(TaskState desired, TaskState observed, boolean serving) {
        var state = new ClusterStateBuilder(cluster.state())
                .put(cluster.state().task("web2").orElseThrow().toBuilder()
                        .setDesiredState(desired)
                        .setStatus(Cluster3.status(observed))
                        .build())
                .build();

        assertThat(AssignmentSets.of(state, "node1")
                        .get(ItemKey.endpoint(FRONT, "web2"))
                        .getEndpoint()
                        .getServing())
                .isEqualTo(serving);
    }

    @ParameterizedTest
    @CsvSource({"NODE_READY, true", "NODE_UNKNOWN, true", "NODE_DISCONNECTED, true", "NODE_DOWN, false"})
    void aBlipDoesNotTakeANodesTasksOutOfService(NodeState nodeState, boolean serving) {
        cluster.node("node2", node -> node.getStatusBuilder().setState(nodeState));

        assertThat(endpoint("node1", FRONT, "web2").getServing()).isEqualTo(serving);
    }

    @Test
    void anEndedTaskHasNoEndpointButStaysAssignedUntilItIsRemoved() {
        cluster.task("web1", task -> task.setStatus(Cluster3.status(TaskState.TASK_FAILED)));
        assertThat(of("node1"))
                .containsKeys(ItemKey.task("web1"), ItemKey.revision(Cluster3.revision("0web")))
                .doesNotContainKey(ItemKey.endpoint(FRONT, "web1"));

        cluster.task("web1", task -> task.setDesiredState(TaskState.TASK_REMOVE));
        assertThat(of("node1")).doesNotContainKey(ItemKey.task("web1"));
    }

    @Test
    void aTaskToBeRemovedIsShownUntilItHasEnded() {
        cluster.task("web1", task -> task.setDesiredState(TaskState.TASK_REMOVE));
        assertThat(of("node1").get(ItemKey.task("web1")).getTask().getDesiredState())
                .isEqualTo(TaskState.TASK_REMOVE);

        cluster.task("web1", task -> task.setStatus(Cluster3.status(TaskState.TASK_SHUTDOWN)));
        assertThat(of("node1")).doesNotContainKey(ItemKey.task("web1"));
    }

    @Test
    void aNetworkComesOnlyWithTheNodesAddressInIt() {
        cluster.node("node1", node -> node.clearAttachments());

        assertThat(of("node1").keySet())
                .containsExactlyInAnyOrder(ItemKey.task("web1"), ItemKey.revision(Cluster3.revision("0web")));
    }

    @Test
    void aServiceBeingRemovedGivesUpItsNameAndPortsAtOnce() {
        cluster.service("0web", service -> service.setPendingDelete(true));

        assertThat(of("node1"))
                .doesNotContainKeys(ItemKey.service(FRONT, "0web"), ItemKey.service(INGRESS, "0web"))
                .containsKey(ItemKey.endpoint(FRONT, "web1"));
    }

    @Test
    void aTaskWithoutNodeIsNoEndpointYet() {
        cluster.create(Cluster3.webTask("web3", 3, "").toBuilder()
                .setStatus(Cluster3.status(TaskState.TASK_PENDING))
                .build());
        assertThat(of("node1")).doesNotContainKey(ItemKey.endpoint(FRONT, "web3"));

        cluster.task("web3", task -> task.setNodeId("node3").setStatus(Cluster3.status(TaskState.TASK_ASSIGNED)));
        assertThat(endpoint("node1", FRONT, "web3").getServing()).isFalse();
    }

    @Test
    void aRemovedNodeIsNoPeer() {
        cluster.node("node3", node -> node.getStatusBuilder().setState(NodeState.NODE_DOWN));
        cluster.delete(Kind.KIND_NODE, "node3");

        assertThat(of("node1")).doesNotContainKey(ItemKey.peer(INGRESS, "node3"));
    }

    private SortedMap<ItemKey, Assignment> of(String nodeId) {
        return AssignmentSets.of(cluster.state(), nodeId);
    }

    private NetworkEndpoint endpoint(String nodeId, String network, String task) {
        return of(nodeId).get(ItemKey.endpoint(network, task)).getEndpoint();
    }
}
