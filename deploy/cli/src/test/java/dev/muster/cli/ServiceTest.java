package dev.muster.cli;

import static dev.muster.cli.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.GetServiceResponse;
import dev.muster.api.GetTaskResponse;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.ListServicesRequest;
import dev.muster.api.ListServicesResponse;
import dev.muster.api.ListTasksResponse;
import dev.muster.api.RemoveServiceRequest;
import dev.muster.api.ServiceLogsRequest;
import dev.muster.api.ServiceLogsResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServiceTest {
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
