package dev.muster.stack;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.TextFormat;
import dev.muster.api.ServiceSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every honoured key of a service: one line of YAML, and what it changes in the spec. */
class ServiceKeysTest {

    /** What the service {@code web} of the stack {@code s} is without any further key. */
    private static final String PLAIN = """
        annotations {
          name: "s_web"
          labels { key: "com.docker.stack.namespace" value: "s" }
          labels { key: "com.docker.stack.image" value: "nginx" }
        }
        task {
          container {
            image: "nginx:latest"
            labels { key: "com.docker.stack.namespace" value: "s" }
          }
          networks { target: "s_default" aliases: "web" }
        }
        replicated {}
        endpoint {}
        """;

    @Test
    void aServiceWithAnImageOnlyHasAllDefaultsUnsaid() throws Exception {
        assertThat(Stacks.of("services: {web: {image: nginx}}").web()).isEqualTo(spec(PLAIN));
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        command: echo "a b" 'c'          => args: "echo" args: "a b" args: "c"
        command: [a, "b c"]              => args: "a" args: "b c"
        entrypoint: /run.sh -x           => command: "/run.sh" command: "-x"
        environment: {B: 2, A: "x=y", N: null, E: ""} => env: "A=x=y" env: "B=2" env: "E=" env: "N"
        environment: [B=2, A, A=1]       => env: "A=1" env: "B=2"
        hostname: h                      => hostname: "h"
        user: "1000:2"                   => user: "1000:2"
        working_dir: /w                  => dir: "/w"
        labels: [a=b, c]                 => labels { key: "a" value: "b" } labels { key: "c" value: "" }
        stdin_open: true                 => open_stdin: true
        tty: true                        => tty: true
        read_only: "yes"                 => read_only: true
        isolation: process               => isolation: "process"
        init: false                      => init: false
        stop_grace_period: 1m30s         => stop_grace_period { seconds: 90 }
        stop_signal: SIGINT              => stop_signal: "SIGINT"
        dns: 1.1.1.1                     => dns { nameservers: "1.1.1.1" }
        dns: [1.1.1.1, 2.2.2.2]          => dns { nameservers: "1.1.1.1" nameservers: "2.2.2.2" }
        dns_search: [a, b]               => dns { search: "a" search: "b" }
        extra_hosts: ["b:1.2.3.4", "a=::1"] => hosts: "1.2.3.4 b" hosts: "::1 a"
        extra_hosts: {b: 1.2.3.4}        => hosts: "1.2.3.4 b"
        cap_add: [net_admin, CAP_KILL]   => capability_add: "CAP_KILL" capability_add: "CAP_NET_ADMIN"
        cap_drop: [ALL, KILL]            => capability_drop: "ALL"
        cap_add: [KILL], cap_drop: [KILL, CHOWN] => capability_add: "CAP_KILL" capability_drop: "CAP_CHOWN"
        sysctls: {net.core.somaxconn: 1024} => sysctls { key: "net.core.somaxconn" value: "1024" }
        ulimits: {nproc: 65535, nofile: {soft: 2, hard: 4}} => ulimits { name: "nofile" soft: 2 hard: 4 } ulimits { name: "nproc" soft: 65535 hard: 65535 }
        oom_score_adj: -500              => oom_score_adj: -500
        credential_spec: {file: f}       => privileges { credential_spec { file: "f" } }
        credential_spec: {registry: r}   => privileges { credential_spec { registry: "r" } }
        healthcheck: {test: curl x}      => healthcheck { test: "CMD-SHELL" test: "curl x" }
        healthcheck: {test: [CMD, x], interval: 90s, timeout: 1500ms, retries: 3, start_period: 1h, start_interval: 1ms} => healthcheck { test: "CMD" test: "x" interval { seconds: 90 } timeout { seconds: 1 nanos: 500000000 } start_period { seconds: 3600 } start_interval { nanos: 1000000 } retries: 3 }
        healthcheck: {disable: true}     => healthcheck { test: "NONE" }
        tmpfs: /run                      => mounts { type: TMPFS target: "/run" tmpfs {} }
        tmpfs: ["/a:size=64m,mode=1777,noexec"] => mounts { type: TMPFS target: "/a" tmpfs { size_bytes: 67108864 mode: 1023 options: "noexec" } }
        volumes: [/anon]                 => mounts { type: VOLUME target: "/anon" }
        volumes: ["./x:/y:ro,rshared,z"] => mounts { type: BIND source: "/stack/x" target: "/y" read_only: true bind { propagation: "rshared" } }
        volumes: ["../x:/y"]             => mounts { type: BIND source: "/x" target: "/y" }
        volumes: ["~/x:/y"]              => mounts { type: BIND source: "/home/me/x" target: "/y" }
        volumes: [{type: bind, source: /b, target: /c, read_only: true, bind: {propagation: private}}] => mounts { type: BIND source: "/b" target: "/c" read_only: true bind { propagation: "private" } }
        volumes: [{type: tmpfs, target: /t, tmpfs: {size: 1000}}] => mounts { type: TMPFS target: "/t" tmpfs { size_bytes: 1000 } }
        """)
    void ofTheContainer(String lines, String container) throws Exception {
        ServiceSpec expected = spec(PLAIN + "task { container {" + container + "} }");
        assertThat(Stacks.service(lines).with("HOME", "/home/me").web()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        ports: ["8080:80"]               => endpoint { ports { target_port: 80 published_port: 8080 } }
        ports: [80]                      => endpoint { ports { target_port: 80 } }
        ports: ["53:53/udp", "3000-3001:90-91"] => endpoint { ports { protocol: PROTOCOL_UDP target_port: 53 published_port: 53 } ports { target_port: 90 published_port: 3000 } ports { target_port: 91 published_port: 3001 } }
        ports: ["9000-9001:80"]          => endpoint { ports { target_port: 80 published_port: 9000 } ports { target_port: 80 published_port: 9001 } }
        ports: [{target: 80, published: 81, mode: host, protocol: sctp}] => endpoint { ports { protocol: PROTOCOL_SCTP target_port: 80 published_port: 81 publish_mode: PUBLISH_HOST } }
        logging: {driver: json-file, options: {max-file: 3, x: null}} => task { log_driver { name: "json-file" options { key: "max-file" value: "3" } options { key: "x" value: "" } } }
        restart: "no"                    =>
        restart: always                  => task { restart { condition: ANY } }
        restart: unless-stopped          => task { restart { condition: ANY } }
        restart: "on-failure:3"          => task { restart { condition: ON_FAILURE max_attempts: 3 } }
        restart: always, deploy: {restart_policy: {condition: none}} => task { restart { condition: NONE } }
        deploy: {labels: {a: b}}         => annotations { labels { key: "a" value: "b" } }
        deploy: {replicas: 0}            => replicated { replicas: 0 }
        deploy: {replicas: "3"}          => replicated { replicas: 3 }
        deploy: {endpoint_mode: dnsrr}   => endpoint { mode: DNSRR }
        deploy: {update_config: {}}      => update { parallelism: 1 }
        deploy: {update_config: {parallelism: 0, delay: 10s, failure_action: rollback, monitor: 3s, max_failure_ratio: 0.5, order: start-first}} => update { parallelism: 0 delay { seconds: 10 } failure_action: ROLLBACK monitor { seconds: 3 } max_failure_ratio: 0.5 order: START_FIRST }
        deploy: {rollback_config: {parallelism: 2, failure_action: continue}} => rollback { parallelism: 2 failure_action: CONTINUE }
        deploy: {restart_policy: {condition: on-failure, delay: 1s, max_attempts: 3, window: 1m}} => task { restart { condition: ON_FAILURE delay { seconds: 1 } max_attempts: 3 window { seconds: 60 } } }
        deploy: {resources: {limits: {cpus: '0.5', memory: 512M, pids: 9}}} => task { resources { limits { nano_cpus: 500000000 memory_bytes: 536870912 pids: 9 } } }
        deploy: {resources: {reservations: {cpus: '1', memory: 1gb, generic_resources: [{discrete_resource_spec: {kind: gpu, value: 2}}]}}} => task { resources { reservations { nano_cpus: 1000000000 memory_bytes: 1073741824 generic { kind: "gpu" discrete: 2 } } } }
        deploy: {placement: {constraints: [node.role == worker, a != b], preferences: [{spread: node.labels.zone}], max_replicas_per_node: 2}} => task { placement { constraints: "node.role == worker" constraints: "a != b" spread: "node.labels.zone" max_replicas: 2 } }
        """)
    void ofTheService(String lines, String spec) throws Exception {
        assertThat(Stacks.service(lines).web()).isEqualTo(spec(PLAIN + (spec == null ? "" : spec)));
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", textBlock = """
        mode: global                      => global {}
        'mode: replicated-job, replicas: 3' => replicated_job { max_concurrent: 3 total_completions: 3 }
        mode: replicated-job              => replicated_job {}
        mode: global-job                  => global_job {}
        """)
    void ofTheMode(String lines, String mode) throws Exception {
        ServiceSpec expected = spec(PLAIN.replace("replicated {}", mode));
        assertThat(Stacks.service("deploy: {" + lines + "}").web()).isEqualTo(expected);
    }

    @Test
    void namesAnImageWithItsTagAndKeepsDigests() {
        assertThat(Stacks.of("services: {web: {image: docker.io/library/nginx}}")
                        .web()
                        .getTask()
                        .getContainer()
                        .getImage())
                .isEqualTo("nginx:latest");
        assertThat(Stacks.of("services: {web: {image: 'localhost:5000/a@sha256:12'}}")
                        .web()
                        .getTask()
                        .getContainer()
                        .getImage())
                .isEqualTo("localhost:5000/a@sha256:12");
    }

    private static ServiceSpec spec(String text) throws TextFormat.ParseException {
        ServiceSpec.Builder spec = ServiceSpec.newBuilder();
        // Singular messages may come twice: the second adds to the first.
        TextFormat.Parser.newBuilder()
                .setSingularOverwritePolicy(TextFormat.Parser.SingularOverwritePolicy.ALLOW_SINGULAR_OVERWRITES)
                .build()
                .merge(text, spec);
        return spec.build();
    }
}
