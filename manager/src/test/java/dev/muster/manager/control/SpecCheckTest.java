package dev.muster.manager.control;

import static dev.muster.manager.control.ControlFixture.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import dev.muster.api.EndpointSpec;
import dev.muster.api.HealthConfig;
import dev.muster.api.Mount;
import dev.muster.api.NetworkSpec;
import dev.muster.api.PortConfig;
import dev.muster.api.PortProtocol;
import dev.muster.api.ReplicatedJobMode;
import dev.muster.api.RestartPolicy;
import dev.muster.api.ServiceSpec;
import dev.muster.api.UpdateConfig;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpecCheckTest {
    private static final Duration NEGATIVE =
            Duration.newBuilder().setSeconds(-1).build();

    private static Arguments bad(String message, Consumer<ServiceSpec.Builder> change) {
        return Arguments.of(message, change);
    }

    private static Mount.Builder mount(String target) {
        return Mount.newBuilder().setType(Mount.Type.VOLUME).setTarget(target);
    }

    private static PortConfig.Builder port(int target, int published) {
        return PortConfig.newBuilder().setTargetPort(target).setPublishedPort(published);
    }

    static Stream<Arguments> badServices() {
        return Stream.of(
                bad(
                        "meta: name must be provided",
                        s -> s.getAnnotationsBuilder().setName("")),
                bad(
                        "name must be valid as a DNS name component",
                        s -> s.getAnnotationsBuilder().setName("a b")),
                bad(
                        "name must be 63 characters or fewer",
                        s -> s.getAnnotationsBuilder().setName("a".repeat(64))),
                bad(
                        "TaskSpec: update-delay cannot be negative",
                        s -> s.setUpdate(UpdateConfig.newBuilder().setDelay(NEGATIVE))),
                bad(
                        "TaskSpec: update-monitor cannot be negative",
                        s -> s.setRollback(UpdateConfig.newBuilder().setMonitor(NEGATIVE))),
                bad(
                        "TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1",
                        s -> s.setUpdate(UpdateConfig.newBuilder().setMaxFailureRatio(1.5f))),
                bad(
                        "TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1",
                        s -> s.setUpdate(UpdateConfig.newBuilder().setMaxFailureRatio(Float.NaN))),
                bad(
                        "Jobs may not have an update config",
                        s -> s.setReplicatedJob(ReplicatedJobMode.newBuilder()).setUpdate(UpdateConfig.newBuilder())),
                bad(
                        "Number of replicas must be non-negative",
                        s -> s.getReplicatedBuilder().setReplicas(-1)),
                bad(
                        "EndpointSpec: duplicate published ports provided",
                        s -> s.getEndpointBuilder().addPorts(port(80, 80)).addPorts(port(81, 80))),
                bad(
                        "EndpointSpec: port published with ingress mode can't be used with dnsrr mode",
                        s -> s.getEndpointBuilder()
                                .setMode(EndpointSpec.Mode.DNSRR)
                                .addPorts(port(80, 80))),
                bad(
                        "EndpointSpec: a published port needs a target port",
                        s -> s.getEndpointBuilder().addPorts(port(0, 80))),
                bad(
                        "publishing sctp ports: not supported yet",
                        s -> s.getEndpointBuilder().addPorts(port(80, 80).setProtocol(PortProtocol.PROTOCOL_SCTP))));
    }

    static Stream<Arguments> badContainers() {
        return Stream.of(
                bad(
                        "ContainerSpec: image reference must be provided",
                        s -> s.getTaskBuilder().getContainerBuilder().setImage("")),
                bad(
                        "ContainerSpec: \"Nginx:alpine\" is not a valid repository/tag",
                        s -> s.getTaskBuilder().getContainerBuilder().setImage("Nginx:alpine")),
                bad(
                        "ContainerSpec: duplicate mount point: /data",
                        s -> s.getTaskBuilder()
                                .getContainerBuilder()
                                .addMounts(mount("/data"))
                                .addMounts(mount("/data"))),
                bad(
                        "invalid bind mount source, must be an absolute path: data",
                        s -> s.getTaskBuilder()
                                .getContainerBuilder()
                                .addMounts(
                                        mount("/data").setType(Mount.Type.BIND).setSource("data"))),
                bad(
                        "ContainerSpec: Interval in HealthConfig cannot be less than 1ms",
                        s -> s.getTaskBuilder()
                                .getContainerBuilder()
                                .setHealthcheck(HealthConfig.newBuilder()
                                        .setInterval(Duration.newBuilder().setNanos(1000)))),
                bad(
                        "ContainerSpec: Retries in HealthConfig cannot be negative",
                        s -> s.getTaskBuilder()
                                .getContainerBuilder()
                                .setHealthcheck(HealthConfig.newBuilder().setRetries(-1))));
    }

    static Stream<Arguments> badTasks() {
        return Stream.of(
                bad("TaskSpec: missing runtime", s -> s.getTaskBuilder().clearContainer()),
                bad(
                        "invalid cpu value 0.0005: Must be at least 0.001",
                        s -> s.getTaskBuilder()
                                .getResourcesBuilder()
                                .getLimitsBuilder()
                                .setNanoCpus(500_000)),
                bad(
                        "invalid memory value 1024: Must be at least 4MiB",
                        s -> s.getTaskBuilder()
                                .getResourcesBuilder()
                                .getReservationsBuilder()
                                .setMemoryBytes(1024)),
                bad(
                        "TaskSpec: restart-delay cannot be negative",
                        s -> s.getTaskBuilder()
                                .setRestart(RestartPolicy.newBuilder().setDelay(NEGATIVE))),
                bad(
                        "TaskSpec: restart-window cannot be negative",
                        s -> s.getTaskBuilder()
                                .setRestart(RestartPolicy.newBuilder().setWindow(NEGATIVE))),
                bad("constraint expected one operator from ==, !=", constraint("node.id=a")),
                bad("key 'node id' is invalid", constraint("node id==a")),
                bad("value '' is invalid", constraint("node.id==")),
                bad(
                        "unknown constraint 'node.foo' in 'node.foo==a': expected node.id, node.hostname, node.ip,"
                                + " node.role, node.platform.os, node.platform.arch, node.labels.NAME or"
                                + " engine.labels.NAME",
                        constraint("node.foo==a")));
    }

    private static Consumer<ServiceSpec.Builder> constraint(String expression) {
        return s -> s.getTaskBuilder().getPlacementBuilder().addConstraints(expression);
    }

    @ParameterizedTest
    @MethodSource({"badServices", "badContainers", "badTasks"})
    void refusesInSwarmsWords(String message, Consumer<ServiceSpec.Builder> change) {
        var spec = spec("web", "nginx");
        change.accept(spec);

        assertThatThrownBy(() -> ServiceSpecCheck.check(spec.build())).hasMessage(message);
    }

    @Test
    void acceptsWhatMakesSense() {
        var spec = spec("web", "registry.example.com:5000/team/app:v1.2@sha256:" + "0".repeat(64));
        spec.getTaskBuilder()
                .getPlacementBuilder()
                .addConstraints("node.role == worker")
                .addConstraints("Node.Labels.zone != east")
                .addConstraints("engine.labels.disk==ssd");
        spec.getEndpointBuilder()
                .addPorts(port(53, 53))
                .addPorts(port(53, 53).setProtocol(PortProtocol.PROTOCOL_UDP))
                .addPorts(port(80, 0))
                .addPorts(port(81, 0));

        assertThatCode(() -> ServiceSpecCheck.check(spec.build())).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nginx", "nginx:alpine", "a/b/c", "localhost/x", "reg:5000/x", "[::1]:5000/x", "x__y.z-w"})
    void knowsImageNames(String image) {
        assertThat(ImageNames.valid(image)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "UPPER", "a:b:c", "a//b", "-a", "a:", "a@sha256:12", "a b"})
    void knowsWhatIsNoImageName(String image) {
        assertThat(ImageNames.valid(image)).isFalse();
    }

    static Stream<Arguments> badNetworks() {
        return Stream.of(
                Arguments.of("ipam configuration: invalid subnet 10.0.9", network("10.0.9", "", "")),
                Arguments.of(
                        "ipam configuration: invalid subnet 10.0.9.5/24: it should be 10.0.9.0/24",
                        network("10.0.9.5/24", "", "")),
                Arguments.of("ipam configuration: invalid range x", network("10.0.9.0/24", "x", "")),
                Arguments.of(
                        "ipam configuration: subnet 10.0.9.0/24 does not contain range 10.0.8.0/25",
                        network("10.0.9.0/24", "10.0.8.0/25", "")),
                Arguments.of("ipam configuration: invalid gateway x", network("10.0.9.0/24", "", "x")),
                Arguments.of(
                        "ipam configuration: subnet 10.0.9.0/24 does not contain gateway 10.0.8.1",
                        network("10.0.9.0/24", "", "10.0.8.1")),
                Arguments.of("encrypted overlay networks: not supported yet", option("encrypted")),
                Arguments.of("network driver option \"com.example\": not supported yet", option("com.example")));
    }

    private static NetworkSpec network(String subnet, String range, String gateway) {
        var spec = NetworkSpec.newBuilder();
        spec.getAnnotationsBuilder().setName("net");
        spec.getIpamBuilder()
                .addConfigsBuilder()
                .setSubnet(subnet)
                .setRange(range)
                .setGateway(gateway);
        return spec.build();
    }

    private static NetworkSpec option(String key) {
        var spec = network("10.0.9.0/24", "", "").toBuilder();
        spec.getDriverBuilder().putOptions(key, "");
        return spec.build();
    }

    @ParameterizedTest
    @MethodSource("badNetworks")
    void refusesNetworks(String message, NetworkSpec spec) {
        assertThatThrownBy(() -> NetworkSpecCheck.check(spec)).hasMessage(message);
    }
}
