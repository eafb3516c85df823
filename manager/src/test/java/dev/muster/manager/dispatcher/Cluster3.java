package dev.muster.manager.dispatcher;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.muster.api.Annotations;
import dev.muster.api.Assignment;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Cluster;
import dev.muster.api.Config;
import dev.muster.api.ConfigReference;
import dev.muster.api.ConfigSpec;
import dev.muster.api.ContainerSpec;
import dev.muster.api.Endpoint;
import dev.muster.api.Ids;
import dev.muster.api.Ipam;
import dev.muster.api.IpamConfig;
import dev.muster.api.Kind;
import dev.muster.api.Network;
import dev.muster.api.NetworkAttachment;
import dev.muster.api.NetworkAttachmentConfig;
import dev.muster.api.NetworkSpec;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeState;
import dev.muster.api.NodeStatus;
import dev.muster.api.PortConfig;
import dev.muster.api.PublishMode;
import dev.muster.api.PullOptions;
import dev.muster.api.RootCa;
import dev.muster.api.Secret;
import dev.muster.api.SecretReference;
import dev.muster.api.SecretSpec;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.Task;
import dev.muster.api.TaskSpec;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.api.VirtualIp;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStateBuilder;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import dev.muster.manager.state.ProposalResult;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Three nodes; service "web" publishes a port and is on network "front"; service "db" is on "back" with a secret and a
 * config. Web runs on node 1 and 2, db on node 2; node 3 has nothing. Changes go through the real reducer.
 */
final class Cluster3 {
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    static final String INGRESS = "0ingress";
    static final String FRONT = "0front";
    static final String BACK = "0back";

    final LocalLog log = new LocalLog(new ClusterStates(initial()));

    ClusterState state() {
        return log.states().current();
    }

    /** Changes a stored task. */
    void task(String id, Consumer<Task.Builder> change) {
        var task = state().task(id).orElseThrow().toBuilder();
        change.accept(task);
        update(task.build());
    }

    void node(String id, Consumer<Node.Builder> change) {
        var node = state().node(id).orElseThrow().toBuilder();
        change.accept(node);
        update(node.build());
    }

    void service(String id, Consumer<Service.Builder> change) {
        var service = state().service(id).orElseThrow().toBuilder();
        change.accept(service);
        update(service.build());
    }

    void network(String id, Consumer<Network.Builder> change) {
        var network = state().network(id).orElseThrow().toBuilder();
        change.accept(network);
        update(network.build());
    }

    void create(Message object) {
        propose(changes().create(object));
    }

    void update(Message object) {
        propose(changes().update(object));
    }

    void delete(Kind kind, String id) {
        propose(changes().delete(state().objects(kind).get(id)));
    }

    void propose(ChangeSetBuilder changes) {
        var result = log.propose(changes.build());
        if (!(result instanceof ProposalResult.Accepted)) {
            throw new AssertionError(result.message());
        }
    }

    static ChangeSetBuilder changes() {
        return new ChangeSetBuilder(NOW, "test");
    }

    static ClusterState initial() {
        return new ClusterStateBuilder()
                .put(Cluster.newBuilder()
                        .setId("0cluster")
                        .setRootCa(RootCa.newBuilder().setCertificatePem(ByteString.copyFromUtf8("pem")))
                        .build())
                .put(network(INGRESS, true))
                .put(network(FRONT, false))
                .put(network(BACK, false))
                .put(Secret.newBuilder()
                        .setId("0secret")
                        .setSpec(SecretSpec.newBuilder().setData(ByteString.copyFromUtf8("top")))
                        .build())
                .put(Config.newBuilder()
                        .setId("0config")
                        .setSpec(ConfigSpec.newBuilder().setData(ByteString.copyFromUtf8("x=1")))
                        .build())
                .put(node(1, List.of(attachment(INGRESS, "10.0.0.11/24"), attachment(FRONT, "10.0.1.11/24"))))
                .put(node(
                        2,
                        List.of(
                                attachment(INGRESS, "10.0.0.12/24"),
                                attachment(FRONT, "10.0.1.12/24"),
                                attachment(BACK, "10.0.2.12/24"))))
                .put(node(3, List.of(attachment(INGRESS, "10.0.0.13/24"))))
                .put(web())
                .put(database())
                .put(webTask("web1", 1, "node1"))
                .put(webTask("web2", 2, "node2"))
                .put(databaseTask("db1", "node2"))
                .build();
    }

    static Network network(String id, boolean ingress) {
        return Network.newBuilder()
                .setId(id)
                .setSpec(NetworkSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName(id.substring(1)))
                        .setIngress(ingress))
                .setVni(4096)
                .setIpam(Ipam.newBuilder().addConfigs(IpamConfig.newBuilder().setSubnet("10.0.0.0/24")))
                .build();
    }

    static Node node(int number, List<NetworkAttachment> attachments) {
        return Node.newBuilder()
                .setId("node" + number)
                .setDescription(NodeDescription.newBuilder().setHostname("host" + number))
                .setStatus(
                        NodeStatus.newBuilder().setState(NodeState.NODE_READY).setAddress("192.168.0." + number))
                .addAllAttachments(attachments)
                .build();
    }

    static NetworkAttachment attachment(String network, String address) {
        return NetworkAttachment.newBuilder()
                .setNetworkId(network)
                .setAddress(address)
                .build();
    }

    static Service web() {
        var ports = PortConfig.newBuilder().setTargetPort(80).setPublishedPort(8080);
        return Service.newBuilder()
                .setId("0web")
                .setSpec(ServiceSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName("s_web"))
                        .setTask(TaskSpec.newBuilder()
                                .setContainer(ContainerSpec.newBuilder()
                                        .setImage("nginx")
                                        .setHostname("front-door"))
                                .addNetworks(NetworkAttachmentConfig.newBuilder()
                                        .setTarget(FRONT)
                                        .addAliases("web"))))
                .setEndpoint(Endpoint.newBuilder()
                        .addPorts(ports)
                        .addPorts(ports.clone().setPublishMode(PublishMode.PUBLISH_HOST))
                        .addVirtualIps(
                                VirtualIp.newBuilder().setNetworkId(INGRESS).setAddress("10.0.0.5/24"))
                        .addVirtualIps(
                                VirtualIp.newBuilder().setNetworkId(FRONT).setAddress("10.0.1.5/24")))
                .build();
    }

    static Service database() {
        return Service.newBuilder()
                .setId("0db")
                .setSpec(ServiceSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName("s_db"))
                        .setTask(TaskSpec.newBuilder()
                                .setContainer(ContainerSpec.newBuilder()
                                        .setImage("postgres")
                                        .setHostname("{{.Node.Hostname}}")
                                        .setPull(PullOptions.newBuilder().setRegistryAuth("login"))
                                        .addSecrets(SecretReference.newBuilder().setSecretId("0secret"))
                                        .addConfigs(ConfigReference.newBuilder().setConfigId("0config")))
                                .addNetworks(
                                        NetworkAttachmentConfig.newBuilder().setTarget(BACK))))
                .setEndpoint(Endpoint.newBuilder())
                .build();
    }

    static Task webTask(String id, int slot, String nodeId) {
        return task(id, "0web", "s_web", slot, nodeId)
                .addNetworks(attachment(INGRESS, "10.0.0.2" + slot + "/24"))
                .addNetworks(attachment(FRONT, "10.0.1.2" + slot + "/24"))
                .build();
    }

    static Task databaseTask(String id, String nodeId) {
        return task(id, "0db", "s_db", 1, nodeId)
                .addNetworks(attachment(BACK, "10.0.2.21/24"))
                .build();
    }

    static Task.Builder task(String id, String serviceId, String serviceName, int slot, String nodeId) {
        return Task.newBuilder()
                .setId(id)
                .setServiceId(serviceId)
                .setServiceName(serviceName)
                .setRevision(1)
                .setSlot(slot)
                .setNodeId(nodeId)
                .setDesiredState(TaskState.TASK_RUNNING)
                .setStatus(status(TaskState.TASK_RUNNING));
    }

    static TaskStatus status(TaskState state) {
        return TaskStatus.newBuilder().setState(state).build();
    }

    static String revision(String serviceId) {
        return Ids.revision(serviceId, 1);
    }

    /** What an agent has after these messages. */
    static SortedMap<ItemKey, Assignment> apply(
            SortedMap<ItemKey, Assignment> before, List<AssignmentsMessage> messages) {
        var after = new TreeMap<>(before);
        if (!messages.isEmpty() && messages.getFirst().getType() == AssignmentsMessage.Type.COMPLETE) {
            after.clear();
        }
        for (var message : messages) {
            for (var change : message.getChangesList()) {
                switch (change.getChangeCase()) {
                    case SET -> after.put(ItemKey.of(change.getSet()), change.getSet());
                    case REMOVE -> {
                        var key = new ItemKey(
                                change.getRemove().getType(), change.getRemove().getId());
                        if (after.remove(key) == null) {
                            throw new AssertionError("told to remove " + key + ", which it does not have");
                        }
                    }
                    case CHANGE_NOT_SET -> throw new AssertionError("an empty change");
                }
            }
        }
        return after;
    }
}
