package dev.muster.cli;

import static dev.muster.cli.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.CreateServiceRequest;
import dev.muster.api.CreateServiceResponse;
import dev.muster.api.GetServiceResponse;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.ListTasksRequest;
import dev.muster.api.ListTasksResponse;
import dev.muster.api.ServiceSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceCreateTest {
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
}
