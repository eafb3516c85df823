package dev.muster.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.muster.api.Availability;
import dev.muster.api.ClusterSpec;
import dev.muster.api.CreateConfigRequest;
import dev.muster.api.GetClusterRequest;
import dev.muster.api.GetNodeRequest;
import dev.muster.api.ListConfigsRequest;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeRole;
import dev.muster.api.Reachability;
import dev.muster.api.RemoveNodeRequest;
import dev.muster.api.UpdateClusterRequest;
import dev.muster.api.UpdateNodeRequest;
import dev.muster.manager.control.ControlFailure;
import dev.muster.manager.control.ImageResolver;
import dev.muster.manager.state.ClusterReducer;
import dev.muster.pki.Enrollment;
import dev.muster.pki.NodeIdentity;
import dev.muster.pki.TlsContexts;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole managers of one cluster on loopback: real Raft with its files, real TLS, real gRPC. */
@Timeout(180)
class ManagersTest {
    private static final SecureRandom SECURE = new SecureRandom();
    private static final Sources SOURCES = new Sources(
            Clock.systemUTC(),
            System::nanoTime,
            (RandomGenerator.SplittableGenerator) RandomGenerator.of("L64X128MixRandom"),
            SECURE);
    private static final ImageResolver NO_REGISTRY = (image, auth) -> new ImageResolver.Unresolved("no registry here");
    private static final Duration LONG = Duration.ofSeconds(40);

    @TempDir
    private Path directory;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final List<Running> running = new ArrayList<>();

    private record Running(NodeIdentity identity, ManagerConfig config, ManagerNode manager) {
        String id() {
            return identity.nodeId();
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        running.forEach(one -> one.manager().close());
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS);
    }

    private Surroundings around() {
        return new Surroundings(loops, NO_REGISTRY, ManagersTest::fail, _ -> {}, SOURCES);
    }

    private static void fail(Throwable cause) {
        throw new AssertionError("a manager cannot go on", cause);
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private ManagerConfig config(String name) {
        int grpc = freePort();
        int raft = freePort();
        return ManagerConfig.standard(
                directory.resolve(name),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), grpc),
                "127.0.0.1:" + grpc,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), raft),
                "127.0.0.1:" + raft);
    }

    private Running remember(Running one) {
        running.add(one);
        return one;
    }

    private Running found() {
        return found(ClusterReducer.FEATURE_LEVEL);
    }

    private Running found(int level) {
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
        var config = config("m1").withFeatureLevel(level);
        var tls = new TlsContexts(cluster.identity(), Clock.systemUTC());
        return remember(new Running(cluster.identity(), config, ManagerNode.found(cluster, config, tls, around())));
    }

    private Running join(String name, Running through) {
        return join(name, through, ClusterReducer.FEATURE_LEVEL);
    }

    private Running join(String name, Running through, int level) {
        var token = through.manager()
                .control()
                .getCluster(GetClusterRequest.getDefaultInstance())
                .getManagerToken();
        var managers = List.of(through.config().advertise());
        var identity = new Enrollment(SECURE, Clock.systemUTC(), System::nanoTime)
                .enroll(managers, token, Availability.AVAILABILITY_ACTIVE, Duration.ofSeconds(10));
        assertThat(identity.role()).isEqualTo(NodeRole.ROLE_MANAGER);
        return joining(managers, identity, config(name).withFeatureLevel(level));
    }

    private Running joining(List<String> managers, NodeIdentity identity, ManagerConfig config) {
        var tls = new TlsContexts(identity, Clock.systemUTC());
        var manager = ManagerNode.join(managers, Duration.ofSeconds(10), config, tls, around());
        var joined = remember(new Running(identity, config, manager));
        assertThat(manager.awaitMember(LONG)).as("it is a member").isTrue();
        return joined;
    }

    /** Starts one that was stopped, on what it has. */
    private Running restart(Running stopped, ManagerConfig config, Consumer<Throwable> failed) {
        var keys = ManagerKeys.open(config.directory(), Optional.empty(), SECURE);
        var surroundings = new Surroundings(loops, NO_REGISTRY, failed, _ -> {}, SOURCES);
        var tls = new TlsContexts(stopped.identity(), Clock.systemUTC());
        return remember(new Running(stopped.identity(), config, ManagerNode.start(config, tls, keys, surroundings)));
    }

    private void stop(Running one) {
        running.remove(one);
        one.manager().close();
    }

    private static void create(Running through, String name) {
        var request = CreateConfigRequest.newBuilder();
        request.getSpecBuilder()
                .setData(ByteString.copyFromUtf8("x"))
                .getAnnotationsBuilder()
                .setName(name);
        through.manager().control().createConfig(request.build());
    }

    private static List<String> configs(Running through) {
        return through
                .manager()
                .control()
                .listConfigs(ListConfigsRequest.getDefaultInstance())
                .getConfigsList()
                .stream()
                .map(config -> config.getSpec().getAnnotations().getName())
                .sorted()
                .toList();
    }

    private static Node node(Running asked, String id) {
        return asked.manager()
                .control()
                .getNode(GetNodeRequest.newBuilder().setId(id).build())
                .getNode();
    }

    private static void setRole(Running through, String id, NodeRole role) {
        var node = node(through, id);
        through.manager()
                .control()
                .updateNode(UpdateNodeRequest.newBuilder()
                        .setId(id)
                        .setVersion(node.getMeta().getVersion())
                        .setSpec(node.getSpec().toBuilder().setRole(role))
                        .build());
    }

    private static boolean reachable(Running asked, String id) {
        return node(asked, id).getManagerStatus().getReachability() == Reachability.REACHABILITY_REACHABLE;
    }

    private static void await(String what, BooleanSupplier condition) {
        var deadline = System.nanoTime() + LONG.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not in time: " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    @Test
    void everyManagerTakesWritesAndSeesThoseOfTheOthersAtOnce() {
        var first = found();
        var second = join("m2", first);
        var third = join("m3", second);
        for (var writer : List.of(first, second, third)) {
            create(writer, "by-" + running.indexOf(writer));
            for (var reader : running) {
                assertThat(configs(reader)).contains("by-" + running.indexOf(writer));
            }
        }
        assertThatThrownBy(() -> create(third, "by-0"))
                .as("a rejection of the leader's, told by a follower")
                .isInstanceOf(ControlFailure.class)
                .hasMessageContaining("already exists");
        await("all are reachable", () -> running.stream().allMatch(one -> reachable(third, one.id())));
        assertThat(running)
                .extracting(one -> node(third, one.id()).getManagerStatus().getLeader())
                .containsExactly(true, false, false);

        running.remove(first);
        first.manager().close();
        create(second, "after");
        assertThat(configs(third)).containsExactly("after", "by-0", "by-1", "by-2");
    }

    @Test
    void aDemotedLeaderHandsOverAndLeavesTheGroup() {
        var first = found();
        var second = join("m2", first);
        var third = join("m3", first);
        await("all are reachable", () -> running.stream().allMatch(one -> reachable(second, one.id())));

        setRole(second, first.id(), NodeRole.ROLE_WORKER);

        await("it is out of the group", () -> !node(third, first.id()).hasManagerStatus());
        assertThat(node(third, first.id()).getRole()).isEqualTo(NodeRole.ROLE_WORKER);
        create(third, "without");
        running.remove(first);
        first.manager().close();
        third.manager()
                .control()
                .removeNode(RemoveNodeRequest.newBuilder()
                        .setId(first.id())
                        .setForce(true)
                        .build());
        assertThat(configs(second)).containsExactly("without");
        assertThatThrownBy(() -> joining(List.of(second.config().advertise()), first.identity(), config("again")))
                .as("the certificate of a node that was removed")
                .isInstanceOf(ManagerFailure.class)
                .hasMessageContaining("was removed from the cluster");
    }

    @Test
    void managersOfTwoVersionsWorkTogetherAndTheLevelRisesWithTheLastOfThem() {
        var first = found(0);
        var second = join("m2", first);
        create(second, "both");
        var rotate = first.manager()
                .control()
                .getCluster(GetClusterRequest.getDefaultInstance())
                .getCluster();
        var request = UpdateClusterRequest.newBuilder()
                .setVersion(rotate.getMeta().getVersion())
                .setSpec(rotate.getSpec().toBuilder()
                        .setCaForceRotate(rotate.getSpec().getCaForceRotate() + 1))
                .build();
        for (var through : running) {
            assertThatThrownBy(() -> through.manager().control().updateCluster(request))
                    .isInstanceOf(ControlFailure.class)
                    .hasMessageContaining("feature level 1, and the cluster has level 0");
        }

        stop(first);
        var upgraded = restart(first, first.config().withFeatureLevel(1), ManagersTest::fail);
        await("the level rises", () -> upgraded.manager().states().current().featureLevel() == 1);
        await("it rises everywhere", () -> second.manager().states().current().featureLevel() == 1);
        assertThat(configs(upgraded)).containsExactly("both");
        assertThatThrownBy(() -> join("old", second, 0))
                .isInstanceOf(ManagerFailure.class)
                .hasMessageContaining("the cluster has feature level 1")
                .hasMessageContaining("run a newer version");
    }

    @Test
    void aClusterThatIsBegunAnewHasAllAndEndsTheOldOne() {
        var first = found();
        var second = join("m2", first);
        var third = join("m3", first);
        await("all are reachable", () -> running.stream().allMatch(one -> reachable(second, one.id())));
        create(second, "before");
        stop(first);
        stop(second);
        stop(third);

        var self = new ManagerRecovery.Self(third.id(), third.identity().clusterId(), "m3", "127.0.0.1");
        ManagerRecovery.force(
                third.config(), self, Optional.of(third.manager()), ClusterSpec.getDefaultInstance(), SOURCES);
        var alone = restart(third, third.config(), ManagersTest::fail);
        alone.manager().awaitLeading();
        assertThat(configs(alone)).containsExactly("before");
        create(alone, "after");
        assertThat(node(alone, first.id()).getRole()).isEqualTo(NodeRole.ROLE_WORKER);
        assertThat(node(alone, first.id()).hasManagerStatus()).isFalse();

        // Two of three: they elect a leader, who finds out.
        var told = new CopyOnWriteArrayList<Throwable>();
        restart(first, first.config(), told::add);
        restart(second, second.config(), told::add);
        await("it stands down", () -> told.stream().anyMatch(one -> one instanceof ManagerSuperseded));
        assertThat(configs(alone)).containsExactly("after", "before");
        var joined = join("m4", alone);
        assertThat(configs(joined)).containsExactly("after", "before");
    }

    @Test
    void aManagerThatLostItsLogIsLetInAsANewMember() {
        var first = found();
        var second = join("m2", first);
        var third = join("m3", first);
        create(second, "before");
        var member = node(first, third.id()).getManagerStatus().getRaftMemberId();
        running.remove(third);
        third.manager().close();
        create(second, "meanwhile");

        var again = joining(List.of(second.config().advertise()), third.identity(), config("m3-again"));

        assertThat(node(again, third.id()).getManagerStatus().getRaftMemberId()).isNotEqualTo(member);
        assertThat(configs(again)).containsExactly("before", "meanwhile");
        await("it counts again", () -> reachable(first, third.id()));
    }
}
