package dev.muster.cli;

import static dev.muster.cli.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.ApplyStackRequest;
import dev.muster.api.ApplyStackResponse;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.ListServicesRequest;
import dev.muster.api.ListServicesResponse;
import dev.muster.api.ListTasksRequest;
import dev.muster.api.ListTasksResponse;
import dev.muster.api.NodeInfoResponse;
import dev.muster.api.RemoveStackRequest;
import dev.muster.api.RemoveStackResponse;
import dev.muster.cli.console.Console.Terminal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackTest {

    private static final String FILE = """
        services:
          web: {image: "r.com/web:${TAG:-1}", configs: [c]}
        configs:
          c: {file: ./c.txt}
        """;

    private final FakeDaemon daemon = FakeDaemon.start();

    @TempDir
    private Path directory;

    @AfterEach
    void stop() {
        daemon.close();
    }

    private Run run(String line) {
        return run(line, "");
    }

    private Run run(String line, String input) {
        Map<String, String> environment =
                Map.of("MUSTER_HOST", daemon.host(), "DOCKER_CONFIG", directory.toString(), "TAG", "2");
        return Run.of(List.of(line.split(" ")), input, environment, directory, Terminal.NONE);
    }

    private void aManager() {
        daemon.on("NodeInfo", message("control_available: true", NodeInfoResponse.class));
        daemon.on("ApplyStack", message("""
            actions { action: REMOVE kind: KIND_SERVICE name: "s_old" id: "o" }
            actions { action: CREATE kind: KIND_NETWORK name: "s_default" id: "n" }
            actions { action: UNCHANGED kind: KIND_CONFIG name: "s_c" id: "c" }
            actions { action: UPDATE kind: KIND_SERVICE name: "s_web" id: "w" }
            actions { action: UNCHANGED kind: KIND_SERVICE name: "s_api" id: "a" }
            warnings: "image r.com/web:2 could not be accessed"
            """, ApplyStackResponse.class));
    }

    @Test
    void deployAppliesTheFilesInOneRequest() throws IOException {
        aManager();
        Files.writeString(directory.resolve("stack.yml"), FILE);
        Files.writeString(directory.resolve("c.txt"), "content");
        String auth = Base64.getEncoder().encodeToString("me:secret".getBytes(StandardCharsets.UTF_8));
        Files.writeString(directory.resolve("config.json"), "{\"auths\":{\"r.com\":{\"auth\":\"" + auth + "\"}}}");
        Run run = run("stack deploy --prune --with-registry-auth --resolve-image changed -c stack.yml s");
        assertThat(run).isEqualTo(new Run(0, """
            Removing service s_old
            Creating network s_default
            Updating service s_web (id: w)
            Unchanged service s_api (id: a)
            """, """
                Since --detach=false was not specified, tasks will be created in the background.
                In a future release, --detach=false will become the default.
                image r.com/web:2 could not be accessed
                """));
        ApplyStackRequest request = daemon.request("ApplyStack").read(ApplyStackRequest.parser());
        assertThat(request.getPrune()).isTrue();
        assertThat(request.getResolveImage()).isEqualTo(ApplyStackRequest.ResolveImage.CHANGED);
        assertThat(request.getStack().getNamespace()).isEqualTo("s");
        assertThat(request.getStack().getServices(0).getTask().getContainer().getImage())
                .isEqualTo("r.com/web:2");
        assertThat(request.getStack().getConfigs(0).getData().toStringUtf8()).isEqualTo("content");
        String header = request.getRegistryAuthsOrThrow("r.com");
        assertThat(new String(Base64.getUrlDecoder().decode(header), StandardCharsets.UTF_8))
                .contains("\"password\":\"secret\"");
    }

    @Test
    void deployReadsStandardInputAndWaitsIfTold() {
        aManager();
        daemon.on(
                "GetService",
                message(
                        "service { id: \"w\" spec { replicated { replicas: 0 } update { monitor { nanos: 1 } } } }",
                        dev.muster.api.GetServiceResponse.class));
        daemon.on("ListNodes", ListNodesResponse.getDefaultInstance());
        daemon.on("ListTasks", ListTasksResponse.getDefaultInstance());
        Run run = run("stack up --detach=false -c - s", "services: {web: {image: nginx, restart: always}}");
        assertThat(run.status()).isZero();
        assertThat(run.out()).endsWith("""
            overall progress: 0 out of 0 tasks
            verify: Waiting 1 seconds to verify that tasks are stable...
            verify: Service w converged
            """);
        assertThat(run.err())
                .isEqualTo("Ignoring unsupported options: restart\n\nimage r.com/web:2 could not be accessed\n");
        assertThat(daemon.request("ApplyStack").read(ApplyStackRequest.parser()).getRegistryAuthsMap())
                .isEmpty();
    }

    @Test
    void aBrokenFileIsNamedWithLineAndColumnAndNothingIsSent() throws IOException {
        aManager();
        Files.writeString(directory.resolve("stack.yml"), "services:\n  web:\n    imag: nginx\n    ports: 80\n");
        assertThat(run("stack deploy -c stack.yml s")).isEqualTo(new Run(1, "", """
            stack.yml:3:5: services.web Additional property imag is not allowed (did you mean "image"?)
            stack.yml:4:12: services.web.ports must be a list (found an integer)
            """));
        assertThat(daemon.requests()).isEmpty();
    }

    @Test
    void deployRefusesWhatItCannotDo() {
        assertThat(run("stack deploy s").err()).isEqualTo("Specify a Compose file (with --compose-file)\n");
        assertThat(run("stack deploy -c gone.yml s").err()).isEqualTo("open gone.yml: no such file or directory\n");
        assertThat(run("stack deploy -c - '").err()).isEqualTo("invalid stack name: \"'\"\n");
        assertThat(run("stack deploy --resolve-image x -c - s").err())
                .isEqualTo("Invalid option x for flag --resolve-image\n");
        daemon.on("NodeInfo", NodeInfoResponse.getDefaultInstance());
        assertThat(run("stack deploy -d -c - s", "services: {}").err())
                .startsWith("this node is not a swarm manager. Use \"muster swarm init\"");
    }

    @Test
    void configPrintsTheMergedFiles() throws IOException {
        Files.writeString(directory.resolve("a.yml"), FILE);
        Files.writeString(directory.resolve("b.yml"), "services: {web: {hostname: h}}");
        assertThat(run("stack config -c a.yml,b.yml").out()).isEqualTo("""
            version: "3.13"
            services:
              web:
                configs:
                  - source: c
                hostname: h
                image: r.com/web:2
            configs:
              c:
                file: %s/c.txt
            """.formatted(directory));
        assertThat(run("stack config --skip-interpolation -c a.yml").out()).contains("image: r.com/web:${TAG:-1}");
        assertThat(run("stack config").err()).isEqualTo("Specify a Compose file (with --compose-file)\n");
    }

    private void services() {
        daemon.on("ListServices", message("""
            services { id: "w" spec { annotations { name: "s_web" labels { key: "com.docker.stack.namespace" value: "s" } } } }
            services { id: "a" spec { annotations { name: "s_api" labels { key: "com.docker.stack.namespace" value: "s" } } } }
            services { id: "x" spec { annotations { name: "t_x" labels { key: "com.docker.stack.namespace" value: "t10" } } } }
            """, ListServicesResponse.class));
    }

    @Test
    void listCountsServices() {
        services();
        assertThat(run("stack ls").out()).isEqualTo("NAME      SERVICES\ns         2\nt10       1\n");
        assertThat(daemon.request("ListServices").read(ListServicesRequest.parser()))
                .isEqualTo(message(
                        "filters { key: \"label\" values: \"com.docker.stack.namespace\" }",
                        ListServicesRequest.class));
        assertThat(run("stack ls --format {{.Name}}").out()).isEqualTo("s\nt10\n");
    }

    @Test
    void servicesAndTasksOfAStack() {
        services();
        daemon.on("ListNodes", ListNodesResponse.getDefaultInstance());
        daemon.on(
                "ListTasks",
                message(
                        "tasks { id: \"t\" service_id: \"w\" service_name: \"s_web\" slot: 1 }",
                        ListTasksResponse.class));
        assertThat(run("stack services s --format {{.Name}} -f name=x").out()).isEqualTo("s_api\ns_web\nt_x\n");
        assertThat(daemon.request("ListServices").read(ListServicesRequest.parser()))
                .isEqualTo(message(
                        "filters { key: \"name\" values: \"x\" } filters { key: \"label\" values:"
                                + " \"com.docker.stack.namespace=s\" }",
                        ListServicesRequest.class));
        assertThat(run("stack ps --format {{.Name}} s").out()).isEqualTo("s_web.1\n");
        assertThat(daemon.request("ListTasks").read(ListTasksRequest.parser()))
                .isEqualTo(message(
                        "filters { key: \"service\" values: \"w\" values: \"a\" values: \"x\" }",
                        ListTasksRequest.class));
    }

    @Test
    void anEmptyStackIsSaid() {
        daemon.on("ListServices", ListServicesResponse.getDefaultInstance());
        daemon.on("RemoveStack", RemoveStackResponse.getDefaultInstance());
        assertThat(run("stack services s")).isEqualTo(new Run(0, "", "Nothing found in stack: s\n"));
        assertThat(run("stack ps s")).isEqualTo(new Run(1, "", "nothing found in stack: s\n"));
        assertThat(run("stack rm s")).isEqualTo(new Run(0, "", "Nothing found in stack: s\n"));
    }

    @Test
    void removeSaysWhatIsRemovedAndGoesOnAfterAnError() {
        services();
        daemon.on("ListTasks", message("tasks { status { state: TASK_SHUTDOWN } }", ListTasksResponse.class));
        daemon.raw(
                "RemoveStack",
                request ->
                        request.read(RemoveStackRequest.parser()).getNamespace().equals("bad")
                                ? FakeDaemon.refusal(500, "internal", "no leader")
                                : FakeDaemon.ok(
                                        "application/proto",
                                        message("""
                                            actions { action: REMOVE kind: KIND_SERVICE name: "s_web" }
                                            actions { action: REMOVE kind: KIND_SECRET name: "s_s" }
                                            actions { action: REMOVE kind: KIND_NETWORK name: "s_default" }
                                            """, RemoveStackResponse.class).toByteArray()));
        assertThat(run("stack down -d=false bad s"))
                .isEqualTo(new Run(
                        1,
                        """
                        Removing service s_web
                        Removing secret s_s
                        Removing network s_default
                        """,
                        "Error response from daemon: no leader\nfailed to remove some resources from stack: bad\n"));
    }
}
