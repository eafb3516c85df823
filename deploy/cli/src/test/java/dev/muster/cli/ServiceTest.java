package dev.muster.cli;

import static dev.muster.cli.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.CreateServiceRequest;
import dev.muster.api.CreateServiceResponse;
import dev.muster.api.GetNetworkResponse;
import dev.muster.api.GetServiceRequest;
import dev.muster.api.GetServiceResponse;
import dev.muster.api.GetTaskResponse;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.ListServicesRequest;
import dev.muster.api.ListServicesResponse;
import dev.muster.api.ListTasksRequest;
import dev.muster.api.ListTasksResponse;
import dev.muster.api.RemoveServiceRequest;
import dev.muster.api.ServiceLogsRequest;
import dev.muster.api.ServiceLogsResponse;
import dev.muster.api.ServiceSpec;
import dev.muster.api.UpdateServiceRequest;
import dev.muster.api.UpdateServiceResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceTest {

    private final FakeDaemon daemon = FakeDaemon.start();

    @AfterEach
    void stop() {
        daemon.close();
    }

    private Run run(String line) {
        return Run.of(daemon, line);
    }

    private ServiceSpec created(String line) {
        daemon.on(
                "CreateService", message("service { id: \"sid\" } warnings: \"careful\"", CreateServiceResponse.class));
        assertThat(run("service create -d " + line)).isEqualTo(new Run(0, "sid\n", "careful\n"));
        return daemon.request("CreateService")
                .read(CreateServiceRequest.parser())
                .getSpec();
    }

    private static final String PLAIN = """
        annotations {}
        task {
          container { image: "nginx:latest" init: false }
          resources { limits {} reservations {} }
          placement {}
        }
        replicated {}
        endpoint {}
        """;

    private static ServiceSpec plain(String more) throws Exception {
        ServiceSpec.Builder spec = message(PLAIN, ServiceSpec.class).toBuilder();
        com.google.protobuf.TextFormat.Parser.newBuilder()
                .setSingularOverwritePolicy(
                        com.google.protobuf.TextFormat.Parser.SingularOverwritePolicy.ALLOW_SINGULAR_OVERWRITES)
                .build()
                .merge(more, spec);
        return spec.build();
    }

    /** Flags of create (a blank inside a word is written as _), and what they change in the spec. */
    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        nginx                         => annotations {}
        docker.io/library/nginx       => annotations {}
        --name web nginx              => annotations { name: "web" }
        -l a=b --label c nginx        => annotations { labels { key: "a" value: "b" } labels { key: "c" value: "" } }
        --replicas 3 nginx            => replicated { replicas: 3 }
        nginx sh -c exit_0 --replicas => task { container { args: "sh" args: "-c" args: "exit 0" args: "--replicas" } }
        --entrypoint sh_-c_'a_b' nginx => task { container { command: "sh" command: "-c" command: "a b" } }
        --container-label a=b nginx   => task { container { labels { key: "a" value: "b" } } }
        -e A=1 -e B=2 -e A=3 -e NOPE nginx => task { container { env: "A=3" env: "B=2" env: "NOPE" } }
        -w /w -u 3:4 --hostname h --group g nginx => task { container { dir: "/w" user: "3:4" hostname: "h" groups: "g" } }
        --init -t --read-only nginx   => task { container { init: true tty: true read_only: true } }
        --stop-signal INT --stop-grace-period 1m nginx => task { container { stop_signal: "INT" stop_grace_period { seconds: 60 } } }
        --cap-add chown --cap-drop ALL nginx => task { container { capability_add: "CAP_CHOWN" capability_drop: "ALL" } }
        --sysctl a=1 --ulimit nofile=1:2 --oom-score-adj -5 nginx => task { container { sysctls { key: "a" value: "1" } ulimits { name: "nofile" soft: 1 hard: 2 } oom_score_adj: -5 } }
        --host a:1.2.3.4 --dns 1.1.1.1 --dns-search s --dns-option o nginx => task { container { hosts: "1.2.3.4 a" dns { nameservers: "1.1.1.1" search: "s" options: "o" } } }
        --mount type=volume,source=db,target=/d nginx => task { container { mounts { type: VOLUME source: "db" target: "/d" } } }
        --secret db --config source=c,target=/c nginx => task { container { secrets { secret_name: "db" file { name: "db" uid: "0" gid: "0" mode: 292 } } configs { config_name: "c" file { name: "/c" uid: "0" gid: "0" mode: 292 } } } }
        --credential-spec config://c nginx => task { container { privileges { credential_spec { config: "c" } } configs { config_name: "c" } } }
        --health-cmd true --health-interval 5s --health-retries 2 nginx => task { container { healthcheck { test: "CMD-SHELL" test: "true" interval { seconds: 5 } retries: 2 } } }
        --no-healthcheck nginx        => task { container { healthcheck { test: "NONE" } } }
        --limit-cpu .5 --limit-memory 64m --limit-pids 9 --reserve-cpu 1 --reserve-memory 1g nginx => task { resources { limits { nano_cpus: 500000000 memory_bytes: 67108864 pids: 9 } reservations { nano_cpus: 1000000000 memory_bytes: 1073741824 } } }
        --generic-resource gpu=2 nginx => task { resources { reservations { generic { kind: "gpu" discrete: 2 } } } }
        --constraint a==b --placement-pref spread=node.labels.z --replicas-max-per-node 2 nginx => task { placement { constraints: "a==b" spread: "node.labels.z" max_replicas: 2 } }
        --network front --network name=back,alias=db nginx => task { networks { target: "front" } networks { target: "back" aliases: "db" } }
        --log-driver json-file --log-opt max-size=1m nginx => task { log_driver { name: "json-file" options { key: "max-size" value: "1m" } } }
        --restart-condition on-failure nginx => task { restart { condition: ON_FAILURE delay { seconds: 5 } } }
        -p 80:80 --publish published=53,target=53,protocol=udp,mode=host nginx => endpoint { ports { target_port: 80 published_port: 80 } ports { protocol: PROTOCOL_UDP target_port: 53 published_port: 53 publish_mode: PUBLISH_HOST } }
        --endpoint-mode dnsrr nginx   => endpoint { mode: DNSRR }
        --update-parallelism 2 --update-delay 10s --update-failure-action rollback nginx => update { parallelism: 2 delay { seconds: 10 } failure_action: ROLLBACK monitor { seconds: 5 } }
        --rollback-order start-first --rollback-max-failure-ratio .5 nginx => rollback { parallelism: 1 monitor { seconds: 5 } order: START_FIRST max_failure_ratio: 0.5 }
        """)
    void createSendsWhatTheFlagsSay(String line, String spec) throws Exception {
        assertThat(created(line)).isEqualTo(plain(spec));
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        --mode global x                 => global {}
        --mode replicated-job --replicas 3 x => replicated_job { total_completions: 3 max_concurrent: 3 }
        --mode replicated-job --replicas 3 --max-concurrent 1 x => replicated_job { total_completions: 3 max_concurrent: 1 }
        --mode global-job x             => global_job {}
        """)
    void createKnowsTheModes(String line, String mode) {
        ServiceSpec spec = created(line);
        ServiceSpec expected = message(mode, ServiceSpec.class);
        assertThat(spec.toBuilder()
                        .clearAnnotations()
                        .clearTask()
                        .clearEndpoint()
                        .build())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        --mode x i                            => Unknown mode: x, only replicated, global, replicated-job and global-job supported
        --mode global --replicas 3 i          => replicas can only be used with replicated or replicated-job mode
        --max-concurrent 3 i                  => max-concurrent can only be used with replicated-job mode
        --mode global --replicas-max-per-node 3 i => replicas-max-per-node can only be used with replicated or replicated-job mode
        --mode global-job --update-delay 3s i => update and rollback configuration is not supported for jobs
        --no-healthcheck --health-cmd x i     => --no-healthcheck conflicts with --health-* options
        --restart-condition x i               => invalid --restart-condition "x": expected none, on-failure or any
        --rollback-failure-action rollback i  => invalid --rollback-failure-action "rollback": expected pause or continue
        --update-order x i                    => invalid --update-order "x": expected start-first or stop-first
        --endpoint-mode x i                   => invalid --endpoint-mode "x": expected vip or dnsrr
        --log-opt a=b i                       => --log-opt needs --log-driver: options belong to a driver
        --env-file gone i                     => open gone: no such file or directory
        """)
    void createRefusesWhatDoesNotGoTogether(String line, String message) {
        assertThat(run("service create " + line)).isEqualTo(new Run(1, "", message + "\n"));
        assertThat(daemon.requests()).isEmpty();
    }

    @Test
    void wrongFlagsAndArgumentsShowTheUsage() {
        assertThat(run("service create --replicas x y")).isEqualTo(new Run(125, "", """
            invalid argument "x" for "--replicas" flag: "x" is not a whole number from 0 on

            Usage:  muster service create [OPTIONS] IMAGE [COMMAND] [ARG...]

            Run 'muster service create --help' for more information
            """));
        assertThat(run("service rm")).isEqualTo(new Run(1, "", """
            muster: 'muster service rm' requires at least 1 argument

            Usage:  muster service rm SERVICE [SERVICE...]

            Run 'muster service rm --help' for more information
            """));
        assertThat(run("service ls x").err()).startsWith("muster: 'muster service ls' accepts no arguments\n");
        assertThat(run("service bogus").err()).startsWith("muster: unknown command: muster service bogus\n");
        assertThat(run("bogus"))
                .isEqualTo(new Run(
                        1, "", "muster: unknown command: muster bogus\n\nRun 'muster --help' for more information\n"));
        assertThat(run("--bogus").status()).isEqualTo(125);
        assertThat(run("service create --memory-swap 1g x").err()).startsWith("--memory-swap is not supported yet\n");
    }

    @Test
    void createWaitsForConvergence() {
        daemon.on("CreateService", message("service { id: \"sid\" }", CreateServiceResponse.class));
        daemon.on(
                "GetService",
                message(
                        "service { id: \"sid\" spec { replicated { replicas: 1 } update { monitor { nanos: 1 } } } }",
                        GetServiceResponse.class));
        daemon.on("ListNodes", message("nodes { id: \"n\" status { state: NODE_READY } }", ListNodesResponse.class));
        daemon.on(
                "ListTasks",
                message(
                        "tasks { slot: 1 node_id: \"n\" desired_state: TASK_RUNNING status { state: TASK_RUNNING } }",
                        ListTasksResponse.class));
        Run run = run("service create nginx");
        assertThat(run.status()).isZero();
        assertThat(run.out()).isEqualTo("""
            sid
            overall progress: 1 out of 1 tasks
            1/1: running   [==================================================>]
            verify: Waiting 1 seconds to verify that tasks are stable...
            verify: Service sid converged
            """);
        var tasks = daemon.requests().stream()
                .filter(request -> request.call().equals("ListTasks"))
                .findFirst()
                .orElseThrow();
        assertThat(tasks.read(ListTasksRequest.parser()))
                .isEqualTo(message(
                        "filters { key: \"service\" values: \"sid\" } filters { key: \"_up-to-date\" values: \"true\""
                                + " }",
                        ListTasksRequest.class));
        assertThat(run("service create -q nginx").out()).isEqualTo("sid\n");
    }

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

    @Test
    void listShowsModesReplicasAndPorts() {
        daemon.on("ListServices", message("""
            services { id: "bbbbbbbbbbbbbbbbbbbbbbbbb" spec { annotations { name: "web10" } replicated { replicas: 3 } task { container { image: "nginx:1@sha256:0" } placement { max_replicas: 2 } } } endpoint { ports { target_port: 80 published_port: 80 } } }
            services { id: "aaaaaaaaaaaaaaaaaaaaaaaaa" spec { annotations { name: "web9" } global {} task { container { image: "x" } } } }
            services { id: "ccccccccccccccccccccccccc" spec { annotations { name: "job" } replicated_job { total_completions: 5 } } }
            counts { key: "bbbbbbbbbbbbbbbbbbbbbbbbb" value { running: 2 desired: 3 } }
            counts { key: "ccccccccccccccccccccccccc" value { running: 1 desired: 1 completed: 2 } }
            """, ListServicesResponse.class));
        assertThat(run("service ls --filter label=a --filter label=b").out()).isEqualTo("""
            ID             NAME      MODE             REPLICAS               IMAGE     PORTS
            cccccccccccc   job       replicated job   1/1 (2/5 completed)             \s
            aaaaaaaaaaaa   web9      global           0/0                    x        \s
            bbbbbbbbbbbb   web10     replicated       2/3 (max 2 per node)   nginx:1   *:80->80/tcp
            """);
        assertThat(daemon.request("ListServices").read(ListServicesRequest.parser()))
                .isEqualTo(
                        message("filters { key: \"label\" values: \"a\" values: \"b\" }", ListServicesRequest.class));
        assertThat(run("service ls -q").out()).isEqualTo("cccccccccccc\naaaaaaaaaaaa\nbbbbbbbbbbbb\n");
        assertThat(run("service ls --format {{.Name}}={{.Replicas}}").out()).startsWith("job=1/1 (2/5 completed)\n");
        assertThat(run("service ls --format {{.Bogus}}").status()).isEqualTo(64);
    }

    private void tasks() {
        daemon.on("GetService", request -> message("service { id: \"sid\" }", GetServiceResponse.class));
        daemon.on(
                "ListNodes",
                message("nodes { id: \"n1\" description { hostname: \"alpha\" } }", ListNodesResponse.class));
        daemon.on("ListTasks", message("""
            tasks { id: "t1aaaaaaaaaaaaaaaaaaaaaaa" service_id: "sid" service_name: "web" revision: 1 slot: 1 node_id: "n1" desired_state: TASK_RUNNING
                    meta { created_at { seconds: 200 } } status { state: TASK_RUNNING timestamp { seconds: 1772366340 } host_ports { target_port: 80 published_port: 8080 } } }
            tasks { id: "t0aaaaaaaaaaaaaaaaaaaaaaa" service_id: "sid" service_name: "web" revision: 1 slot: 1 node_id: "n1" desired_state: TASK_SHUTDOWN
                    meta { created_at { seconds: 100 } } status { state: TASK_FAILED timestamp { seconds: 1772362800 } err: "task: non-zero exit (137): killed by somebody" } }
            revisions { key: "sid.1" value { task { container { image: "nginx:1@sha256:0" } } } }
            """, ListTasksResponse.class));
    }

    @Test
    void psShowsTheNewestTaskOfASlotFirst() {
        tasks();
        assertThat(run("service ps web")).isEqualTo(new Run(0, """
            ID             NAME        IMAGE     NODE      DESIRED STATE   CURRENT STATE                ERROR                              PORTS
            t1aaaaaaaaaa   web.1       nginx:1   alpha     Running         Running about a minute ago                                      *:8080->80/tcp
            t0aaaaaaaaaa    \\_ web.1   nginx:1   alpha     Shutdown        Failed about an hour ago     "task: non-zero exit (137): ki…"  \s
            """, ""));
        assertThat(run("service ps --no-trunc --no-resolve --format {{.Name}}_{{.Node}}_{{.Image}}_{{.Error}} web")
                        .out())
                .isEqualTo("""
                    sid.1 n1 nginx:1@sha256:0\s
                    sid.1 n1 nginx:1@sha256:0 "task: non-zero exit (137): killed by somebody"
                    """);
        assertThat(run("service ps -q web").out()).isEqualTo("t1aaaaaaaaaaaaaaaaaaaaaaa\nt0aaaaaaaaaaaaaaaaaaaaaaa\n");
    }

    @Test
    void psNamesServicesThatAreMissing() {
        daemon.refuse("GetService", 404, "not_found", "service gone not found");
        assertThat(run("service ps gone")).isEqualTo(new Run(1, "", "no such service: gone\n"));
    }

    @Test
    void removePrintsTheNames() {
        daemon.raw(
                "RemoveService",
                request -> request.read(RemoveServiceRequest.parser()).getId().equals("bad")
                        ? FakeDaemon.refusal(404, "not_found", "service bad not found")
                        : FakeDaemon.ok("application/proto", new byte[0]));
        assertThat(run("service remove a bad b"))
                .isEqualTo(new Run(1, "a\nb\n", "Error response from daemon: service bad not found\n"));
    }

    @Test
    void logsNameTheTaskAndItsNode() {
        tasks();
        daemon.stream(
                "ServiceLogs",
                "{}",
                message("""
                    messages { context { service_id: "sid" task_id: "t1aaaaaaaaaaaaaaaaaaaaaaa" node_id: "n1" } timestamp { seconds: 1 nanos: 5 } stream: LOG_STDOUT line: "hello\\n" attributes { key: "b" value: "2" } attributes { key: "a" value: "1" } }
                    messages { context { service_id: "sid" task_id: "t1aaaaaaaaaaaaaaaaaaaaaaa" node_id: "n1" } stream: LOG_STDERR line: "oops" }
                    """, ServiceLogsResponse.class),
                message("warning: \"node n9 is not available\"", ServiceLogsResponse.class));
        Run run = run("service logs --tail 5 --since 2026-01-01T00:00:00Z web");
        assertThat(run.out()).isEqualTo("web.1.t1aaaaaaaaaa@alpha    | hello\n");
        assertThat(run.err())
                .isEqualTo("web.1.t1aaaaaaaaaa@alpha    | oops\n"
                        + "warning: incomplete log stream. some logs could not be retrieved for the following"
                        + " reasons: node n9 is not available\n");
        ServiceLogsRequest request = ServiceLogsRequest.newBuilder()
                .setSelector(message("service_ids: \"sid\"", dev.muster.api.LogSelector.class))
                .setOptions(message(
                        "stdout: true stderr: true tail: 5 since { seconds: 1767225600 }",
                        dev.muster.api.LogOptions.class))
                .build();
        assertThat(daemon.request("ServiceLogs").body().substring(5)).isEqualTo(request.toByteString());
        assertThat(run("service logs -t --details --no-task-ids --no-resolve web")
                        .out())
                .isEqualTo("1970-01-01T00:00:01.000000005Z sid.1@n1    | a=1,b=2 hello\n");
        assertThat(run("service logs --raw web").out()).isEqualTo("hello\n");
    }

    @Test
    void logsOfATaskAndOfNothing() {
        daemon.refuse("GetService", 404, "not_found", "service t not found");
        daemon.refuse("GetTask", 404, "not_found", "task t not found");
        assertThat(run("service logs t")).isEqualTo(new Run(1, "", "no such task or service: t\n"));
        daemon.on(
                "GetTask",
                message("task { id: \"tid\" } revision { task { container { tty: true } } }", GetTaskResponse.class));
        assertThat(run("service logs t").err()).isEqualTo("tty service logs only supported with --raw\n");
        daemon.stream("ServiceLogs", "{}");
        assertThat(run("service logs --raw t").status()).isZero();
        assertThat(run("service logs --raw --tail x t").err()).startsWith("invalid --tail \"x\"");
        assertThat(run("service logs --raw --since x t").err()).startsWith("invalid value for \"since\": \"x\"");
    }

    @Test
    void inspectPrintsForPeople() {
        daemon.on("GetService", message("service {" + CURRENT + "}", GetServiceResponse.class));
        daemon.on(
                "ListNetworks",
                message(
                        "networks { id: \"net1\" spec { annotations { name: \"front\" } } }",
                        dev.muster.api.ListNetworksResponse.class));
        assertThat(run("service inspect --pretty web").out()).isEqualTo("""

            ID:	sid
            Name:	web
            Labels:
             a=1
            Service Mode:	Replicated
             Replicas:	2
            Placement:
             Constraints:	[node.role == worker]
            ContainerSpec:
             Image:	nginx:1@sha256:0
             Args:	x
             Env:	A=1 B=2
            Capabilities:
             Add:	CAP_KILL
            Mounts:
             Target:	/v
              Source:	v
              ReadOnly:	false
              Type:	volume
            Secrets:
             Target:	s
              Source:	s
            Resources:
            Networks:	front
            Endpoint Mode:	vip
            """);
        daemon.json("/services/web?insertDefaults=true", "{\"ID\":\"sid\"}");
        assertThat(run("service inspect --format {{.ID}} web").out()).isEqualTo("sid\n");
        assertThat(run("service inspect --pretty --format x web").status()).isEqualTo(1);
    }
}
