package dev.muster.cli;

import static dev.muster.cli.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.GetNetworkResponse;
import dev.muster.api.GetServiceRequest;
import dev.muster.api.GetServiceResponse;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.ListTasksResponse;
import dev.muster.api.ServiceSpec;
import dev.muster.api.UpdateServiceRequest;
import dev.muster.api.UpdateServiceResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceUpdateTest {
    private final FakeDaemon daemon = FakeDaemon.start();

    @AfterEach
    void stop() {
        daemon.close();
    }

    private Run run(String line) {
        return Run.of(daemon, line);
    }

    private static final String CURRENT = """
        id: "sid" meta { version: 9 }
        spec {
          annotations { name: "web" labels { key: "a" value: "1" } }
          task {
            container {
              image: "nginx:1@sha256:0" args: "x" env: "A=1" env: "B=2" labels { key: "c" value: "1" }
              mounts { type: VOLUME source: "v" target: "/v" } hosts: "1.2.3.4 h" capability_add: "CAP_KILL"
              secrets { secret_name: "s" secret_id: "i" file { name: "s" } }
            }
            placement { constraints: "node.role == worker" platforms { os: "linux" } }
            networks { target: "net1" }
            force_update: 2
          }
          replicated { replicas: 2 }
          endpoint { ports { target_port: 80 published_port: 80 } }
        }
        """;

    @Test
    void aPausedUpdateFailsTheCommand() {
        daemon.on(
                "GetService",
                message(
                        "service { id: \"sid\" spec { replicated { replicas: 1 } } update_status { state: PAUSED"
                                + " message: \"why\" } }",
                        GetServiceResponse.class));
        daemon.on("UpdateService", UpdateServiceResponse.getDefaultInstance());
        daemon.on("ListNodes", ListNodesResponse.getDefaultInstance());
        daemon.on("ListTasks", ListTasksResponse.getDefaultInstance());
        Run run = run("service rollback web");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).isEqualTo("service update paused: why\n");
        assertThat(daemon.request("UpdateService").read(UpdateServiceRequest.parser()))
                .isEqualTo(message("id: \"sid\" rollback: true", UpdateServiceRequest.class));
    }

    private ServiceSpec updated(String flags) {
        daemon.on("GetService", message("service {" + CURRENT + "}", GetServiceResponse.class));
        daemon.on("UpdateService", UpdateServiceResponse.getDefaultInstance());
        daemon.raw(
                "GetNetwork",
                request -> FakeDaemon.ok(
                        "application/proto",
                        message("network { id: \"net1\" }", GetNetworkResponse.class)
                                .toByteArray()));
        assertThat(run("service update -d " + flags + " web")).isEqualTo(new Run(0, "web\n", ""));
        UpdateServiceRequest request = daemon.request("UpdateService").read(UpdateServiceRequest.parser());
        assertThat(request.getId()).isEqualTo("sid");
        assertThat(request.getVersion()).isEqualTo(9);
        return request.getSpec();
    }

    private static ServiceSpec.Builder current() {
        return message(CURRENT, dev.muster.api.Service.class).getSpec().toBuilder();
    }

    @Test
    void updateWithoutFlagsSendsTheSameSpec() {
        assertThat(updated("-q")).isEqualTo(current().build());
    }

    @Test
    void updateChangesTheImageAndAsksForItsDigest() {
        ServiceSpec.Builder expected = current();
        expected.getTaskBuilder().getContainerBuilder().setImage("nginx:2");
        expected.getTaskBuilder().getPlacementBuilder().clearPlatforms();
        assertThat(updated("--image nginx:2")).isEqualTo(expected.build());
        assertThat(daemon.request("UpdateService")
                        .read(UpdateServiceRequest.parser())
                        .getResolveImage())
                .isTrue();
    }

    /** Flags of update, and the field of the container or task that they change, as text. */
    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        --env-add A=3 --env-add C=4 --env-rm B   => env: "A=3" env: "C=4"
        --args a_'b_c'                           => args: "a" args: "b c"
        --container-label-rm c --container-label-add d=2 => labels { key: "d" value: "2" }
        --mount-rm /v                            =>
        --mount-add source=w,target=/v           => mounts { type: VOLUME source: "w" target: "/v" }
        --host-rm h --host-add k:1.1.1.1         => hosts: "1.1.1.1 k"
        --host-rm h:9.9.9.9                      => hosts: "1.2.3.4 h"
        --cap-drop KILL                          =>
        --cap-add RESET --cap-add chown          => capability_add: "CAP_CHOWN"
        --secret-rm s --secret-add t             => secrets { secret_name: "t" file { name: "t" uid: "0" gid: "0" mode: 292 } }
        --dns-add 1.1.1.1                        => dns { nameservers: "1.1.1.1" }
        --ulimit-add nofile=3                    => ulimits { name: "nofile" soft: 3 hard: 3 }
        --sysctl-add a=1                         => sysctls { key: "a" value: "1" }
        --group-add g                            => groups: "g"
        --health-cmd x                           => healthcheck { test: "CMD-SHELL" test: "x" }
        --stop-grace-period 3s                   => stop_grace_period { seconds: 3 }
        --init --tty                             => init: true tty: true
        """)
    void updateChangesPartsOfTheContainer(String flags, String container) {
        var expected = current().getTask().getContainer().toBuilder();
        String first = flags.split(" ", 2)[0].replaceAll("^--(.*?)(-add|-rm)?$", "$1");
        switch (first) {
            case "env" -> expected.clearEnv();
            case "args" -> expected.clearArgs();
            case "container-label" -> expected.clearLabels();
            case "mount" -> expected.clearMounts();
            case "host" -> expected.clearHosts();
            case "cap", "cap-drop" -> expected.clearCapabilityAdd();
            case "secret" -> expected.clearSecrets();
            default -> {}
        }
        if (container != null) {
            expected.mergeFrom(message(container, dev.muster.api.ContainerSpec.class));
        }
        assertThat(updated(flags).getTask().getContainer()).isEqualTo(expected.build());
    }

    @Test
    void updateChangesTheRest() {
        ServiceSpec spec =
                updated("--replicas 5 --label-add a=2 --label-add b=3 --force --constraint-add a==b --constraint-rm"
                        + " node.role_==_worker --limit-memory 64m --publish-add 443:443 --publish-rm 80"
                        + " --update-parallelism 3 --restart-delay 1s --network-rm front");
        ServiceSpec.Builder expected = current();
        expected.getReplicatedBuilder().setReplicas(5);
        expected.getAnnotationsBuilder().putLabels("a", "2").putLabels("b", "3");
        expected.getTaskBuilder().setForceUpdate(3).clearNetworks();
        expected.getTaskBuilder().getPlacementBuilder().clearConstraints().addConstraints("a==b");
        expected.getTaskBuilder().getResourcesBuilder().getLimitsBuilder().setMemoryBytes(64 << 20);
        expected.getTaskBuilder().getResourcesBuilder().getReservationsBuilder();
        expected.setEndpoint(
                message("ports { target_port: 443 published_port: 443 }", dev.muster.api.EndpointSpec.class));
        expected.setUpdate(message("parallelism: 3 monitor { seconds: 5 }", dev.muster.api.UpdateConfig.class));
        expected.getTaskBuilder().setRestart(message("delay { seconds: 1 }", dev.muster.api.RestartPolicy.class));
        assertThat(spec).isEqualTo(expected.build());
    }

    @Test
    void updateRefusesWhatCannotBe() {
        daemon.on(
                "GetService",
                message(
                        "service { spec { global {} task { networks { target: \"net1\" } } } }",
                        GetServiceResponse.class));
        daemon.on("GetNetwork", message("network { id: \"net1\" }", GetNetworkResponse.class));
        assertThat(run("service update --replicas 3 web").err())
                .isEqualTo("replicas can only be used with replicated mode\n");
        assertThat(run("service update --network-add front web").err())
                .isEqualTo("service is already attached to network front\n");
        assertThat(run("service update --generic-resource-rm gpu web").err())
                .isEqualTo("could not find generic-resource `gpu` to remove it\n");
        assertThat(run("service update --rollback --image x web").err())
                .isEqualTo("other flags may not be combined with --rollback\n");
        assertThat(run("service update --mount-add target=/a --mount-add target=/a web")
                        .err())
                .isEqualTo("duplicate mount target\n");
    }

    @Test
    void scaleGoesOnAfterAnError() {
        daemon.raw("GetService", request -> switch (request.read(GetServiceRequest.parser())
                .getId()) {
            case "web" ->
                FakeDaemon.ok(
                        "application/proto",
                        message("service { id: \"sid\" spec { replicated {} } }", GetServiceResponse.class)
                                .toByteArray());
            case "all" ->
                FakeDaemon.ok(
                        "application/proto",
                        message("service { spec { global {} } }", GetServiceResponse.class)
                                .toByteArray());
            default -> FakeDaemon.refusal(404, "not_found", "service gone not found");
        });
        daemon.on("UpdateService", UpdateServiceResponse.getDefaultInstance());
        assertThat(run("service scale -d gone=1 web=4 all=2 web=x")).isEqualTo(new Run(1, "web scaled to 4\n", """
            gone: Error response from daemon: service gone not found
            all: scale can only be used with replicated or replicated-job mode
            web: invalid replicas value x: expected a whole number from 0 on
            """));
        assertThat(daemon.request("UpdateService")
                        .read(UpdateServiceRequest.parser())
                        .getSpec()
                        .getReplicated()
                        .getReplicas())
                .isEqualTo(4);
        assertThat(run("service scale web").err())
                .startsWith("invalid scale specifier 'web'.\nSee 'muster service scale --help'.\n");
    }
}
