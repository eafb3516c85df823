package dev.muster.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.Availability;
import dev.muster.api.ClusterSpec;
import dev.muster.api.ControlGrpc;
import dev.muster.api.CreateNetworkRequest;
import dev.muster.api.CreateServiceRequest;
import dev.muster.api.GetClusterRequest;
import dev.muster.api.GetServiceRequest;
import dev.muster.api.ListNodesRequest;
import dev.muster.api.Network;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeRole;
import dev.muster.api.NodeState;
import dev.muster.api.RemoveNodeRequest;
import dev.muster.api.RemoveServiceRequest;
import dev.muster.api.Service;
import dev.muster.api.TaskState;
import dev.muster.manager.control.ControlFailure;
import dev.muster.manager.control.ImageResolver;
import dev.muster.pki.Enrollment;
import dev.muster.pki.EnrollmentFailure;
import dev.muster.pki.ManagerChannel;
import dev.muster.pki.NodeIdentity;
import dev.muster.pki.TlsContexts;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole manager on loopback: real Raft with its files, real TLS, real gRPC. */
class ManagerNodeTest {
    private static final SecureRandom SECURE = new SecureRandom();
    private static final Sources SOURCES = new Sources(
            Clock.systemUTC(),
            System::nanoTime,
            (RandomGenerator.SplittableGenerator) RandomGenerator.of("L64X128MixRandom"),
            SECURE);
    private static final ImageResolver NO_REGISTRY = (image, auth) -> new ImageResolver.Unresolved("no registry here");

    @TempDir
    Path directory;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private ManagerConfig config;
    private NodeIdentity identity;
    private ManagerNode manager;

    @BeforeEach
    void foundCluster() throws IOException {
        var grpc = freePort();
        var raft = freePort();
        config = ManagerConfig.standard(
                directory.resolve("raft"),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), grpc),
                "127.0.0.1:" + grpc,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), raft),
                "127.0.0.1:" + raft);
        var cluster = NewCluster.prepare(
                new NewCluster.Request(
                        ClusterSpec.getDefaultInstance(),
                        List.of(),
                        0,
                        0,
                        Availability.AVAILABILITY_ACTIVE,
                        "127.0.0.1",
                        NodeDescription.newBuilder().setHostname("m1").build()),
                SOURCES);
        identity = cluster.identity();
        manager = ManagerNode.found(cluster, config, tls(identity), around());
    }

    @AfterEach
    void stop() throws InterruptedException {
        manager.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS);
    }

    private Surroundings around() {
        return new Surroundings(loops, NO_REGISTRY, ManagerNodeTest::fail, _ -> {}, SOURCES);
    }

    private static void fail(Throwable cause) {
        throw new AssertionError("the manager cannot go on", cause);
    }

    private static TlsContexts tls(NodeIdentity identity) {
        return new TlsContexts(identity, Clock.systemUTC());
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private String workerToken() {
        return manager.control()
                .getCluster(GetClusterRequest.getDefaultInstance())
                .getWorkerToken();
    }

    private NodeIdentity join(String token) {
        return new Enrollment(SECURE, Clock.systemUTC(), System::nanoTime)
                .enroll(List.of(config.advertise()), token, Availability.AVAILABILITY_ACTIVE, Duration.ofSeconds(10));
    }

    private static void await(String what, BooleanSupplier condition) {
        var deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not in time: " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    @Test
    void aNewClusterHasItsManagerAndItsIngressNetwork() {
        var nodes = manager.control().listNodes(ListNodesRequest.getDefaultInstance());

        var node = nodes.getNodes(0);
        assertThat(node.getId()).isEqualTo(identity.nodeId());
        assertThat(node.getStatus().getState()).isEqualTo(NodeState.NODE_READY);
        assertThat(node.getManagerStatus().getLeader()).isTrue();
        assertThat(node.getManagerStatus().getAddress()).isEqualTo(config.advertise());
        assertThat(manager.managers()).hasSize(1);
        await(
                "the ingress network has its addresses",
                () -> manager.states().current().networks().values().stream()
                        .anyMatch(network -> network.getSpec().getIngress() && network.getVni() != 0));
    }

    @Test
    void aWorkerJoinsByTokenAndMayNotControlTheCluster() {
        var worker = join(workerToken());

        assertThat(worker.clusterId()).isEqualTo(identity.clusterId());
        assertThat(worker.role()).isEqualTo(NodeRole.ROLE_WORKER);
        assertThat(manager.states().current().nodes()).containsKey(worker.nodeId());

        var asWorker = ManagerChannel.open(config.advertise(), tls(worker).client(), loops);
        var asManager = ManagerChannel.open(config.advertise(), tls(identity).client(), loops);
        try {
            assertThatThrownBy(() -> nodes(asWorker))
                    .isInstanceOfSatisfying(
                            StatusRuntimeException.class,
                            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED));
            assertThat(nodes(asManager)).extracting(Node::getId).contains(worker.nodeId(), identity.nodeId());

            manager.control()
                    .removeNode(RemoveNodeRequest.newBuilder()
                            .setId(worker.nodeId())
                            .setForce(true)
                            .build());
            assertThatThrownBy(() -> new Enrollment(SECURE, Clock.systemUTC(), System::nanoTime)
                            .renew(tls(worker), List.of(config.advertise()), Duration.ofSeconds(5)))
                    .isInstanceOf(EnrollmentFailure.class)
                    .hasMessageContaining("was removed from the cluster");
        } finally {
            asWorker.shutdownNow();
            asManager.shutdownNow();
        }
    }

    private static List<Node> nodes(ManagedChannel channel) {
        return ControlGrpc.newBlockingStub(channel)
                .withDeadlineAfter(10, TimeUnit.SECONDS)
                .listNodes(ListNodesRequest.getDefaultInstance())
                .getNodesList();
    }

    @Test
    void aServiceGoesFromARequestToARunningTaskOnAJoinedNode() {
        var worker = join(workerToken());
        var channel = ManagerChannel.open(config.advertise(), tls(worker).client(), loops);
        try (var agent = new ScriptedAgent(channel, "w1")) {
            await("the node is ready", () -> state(worker.nodeId()) == NodeState.NODE_READY);
            assertThat(manager.states()
                            .current()
                            .node(worker.nodeId())
                            .orElseThrow()
                            .getStatus()
                            .getAddress())
                    .isEqualTo("127.0.0.1");
            var request = CreateServiceRequest.newBuilder();
            request.getSpecBuilder().getAnnotationsBuilder().setName("web");
            request.getSpecBuilder().getReplicatedBuilder().setReplicas(2);
            var task = request.getSpecBuilder().getTaskBuilder();
            task.getContainerBuilder().setImage("nginx:alpine");
            task.getPlacementBuilder().addConstraints("node.role == worker");

            var service = manager.control().createService(request.build()).getService();

            await("both tasks are assigned", () -> agent.tasks().size() == 2);
            agent.tasks().forEach(assigned -> agent.report(assigned.getId(), TaskState.TASK_RUNNING));
            await("both tasks are counted", () -> running(service) == 2);
            manager.control()
                    .removeService(
                            RemoveServiceRequest.newBuilder().setId("web").build());
            await(
                    "the agent is told to remove them",
                    () -> agent.tasks().stream()
                            .allMatch(assigned -> assigned.getDesiredState() == TaskState.TASK_REMOVE));
            agent.tasks().forEach(assigned -> agent.report(assigned.getId(), TaskState.TASK_SHUTDOWN));
            await(
                    "nothing is left of the service",
                    () -> manager.states().current().service(service.getId()).isEmpty()
                            && agent.tasks().isEmpty());
        } finally {
            channel.shutdownNow();
        }
    }

    private NodeState state(String nodeId) {
        return manager.states().current().node(nodeId).orElseThrow().getStatus().getState();
    }

    private long running(Service service) {
        return manager.control()
                .getService(
                        GetServiceRequest.newBuilder().setId(service.getId()).build())
                .getCounts()
                .getRunning();
    }

    @Test
    void aStrangerGetsNothingButTheWayIn() {
        assertThatThrownBy(() -> join("SWMTKN-1-nonsense")).hasMessageContaining("A valid join token is necessary");
        var other = NewCluster.prepare(
                new NewCluster.Request(
                        ClusterSpec.getDefaultInstance(),
                        List.of(),
                        0,
                        0,
                        Availability.AVAILABILITY_ACTIVE,
                        "",
                        NodeDescription.getDefaultInstance()),
                SOURCES);
        var stranger =
                ManagerChannel.open(config.advertise(), tls(other.identity()).client(), loops);
        try {
            assertThatThrownBy(() -> nodes(stranger)).isInstanceOf(StatusRuntimeException.class);
        } finally {
            stranger.shutdownNow();
        }
    }

    @Test
    void whatWasAcknowledgedIsThereAfterARestart() throws InterruptedException {
        var request = CreateNetworkRequest.newBuilder();
        request.getSpecBuilder().getAnnotationsBuilder().setName("front");
        var created = manager.control().createNetwork(request.build()).getNetwork();
        var token = workerToken();
        manager.close();

        manager = ManagerNode.start(
                config, tls(identity), ManagerKeys.open(config.directory(), Optional.empty(), SECURE), around());

        assertThat(manager.awaitCluster(Duration.ofSeconds(20))).isTrue();
        await("it leads again", () -> manager.term().isPresent());
        assertThat(manager.states().current().network(created.getId()).map(Network::getSpec))
                .contains(created.getSpec());
        assertThat(join(token).role()).isEqualTo(NodeRole.ROLE_WORKER);
    }

    @Test
    void badSettingsAndLeftoversMakeNoCluster() {
        var request = new NewCluster.Request(
                ClusterSpec.newBuilder().setSnapshotInterval(2_000_000).build(),
                List.of(),
                0,
                0,
                Availability.AVAILABILITY_ACTIVE,
                "",
                NodeDescription.getDefaultInstance());
        assertThatThrownBy(() -> NewCluster.prepare(request, SOURCES))
                .isInstanceOf(ControlFailure.class)
                .hasMessageContaining("invalid snapshot interval");

        var again = NewCluster.prepare(
                new NewCluster.Request(
                        ClusterSpec.getDefaultInstance(),
                        List.of("10.10.0.0/16"),
                        24,
                        4790,
                        Availability.AVAILABILITY_ACTIVE,
                        "",
                        NodeDescription.getDefaultInstance()),
                SOURCES);
        assertThatThrownBy(() -> ManagerNode.found(again, config, tls(again.identity()), around()))
                .isInstanceOf(ManagerFailure.class)
                .hasMessageContaining("holds the state of another cluster");
    }

    @Test
    void aPortThatIsTakenIsNamed() throws IOException {
        var cluster = NewCluster.prepare(
                new NewCluster.Request(
                        ClusterSpec.getDefaultInstance(),
                        List.of(),
                        0,
                        0,
                        Availability.AVAILABILITY_ACTIVE,
                        "",
                        NodeDescription.getDefaultInstance()),
                SOURCES);
        var taken = ManagerConfig.standard(
                directory.resolve("second"),
                config.listen(),
                config.advertise(),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort()),
                "127.0.0.1:1");

        assertThatThrownBy(() -> ManagerNode.found(cluster, taken, tls(cluster.identity()), around()))
                .isInstanceOf(ManagerFailure.class)
                .hasMessageContaining("cannot listen on")
                .hasMessageContaining(":" + config.listen().getPort());
    }
}
