package dev.muster.guide;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.muster.cluster.Eventually;
import dev.muster.cluster.Run;
import dev.muster.cluster.TaskView;
import dev.muster.cluster.TestCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The guide on three hosts, in its order: nodes, single services (with what the guide leaves out supplied), then its production
 * stack. Everything is looked at from outside: over HTTP and TLS through each host, in the containers' own namespaces, in cgroups
 * and on disks.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GuideIT {
    private static final Duration CONVERGED = Duration.ofMinutes(2);
    private static final String PASSWORD = "mysecretpassword-3f9c17";

    private TestCluster cluster;
    private Map<Integer, String> bare;

    @BeforeAll
    void up() {
        cluster = TestCluster.up(1, 2);
        bare = inventory();
    }

    @AfterAll
    void down() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private String address(int host) {
        return cluster.variable("MUSTER_NODE_" + host + "_ADDRESS");
    }

    private Set<Integer> hosts() {
        return IntStream.rangeClosed(1, 3).boxed().collect(Collectors.toCollection(TreeSet::new));
    }

    /** What of containers and networks is on each host. */
    private Map<Integer, String> inventory() {
        return hosts().stream().collect(Collectors.toMap(h -> h, this::inventory));
    }

    private String inventory(int host) {
        return cluster.on(
                        host,
                        "sh",
                        "-c",
                        "echo shims $(pgrep -fc '[c]ontainerd-shim-runc'); echo mounts $(grep -cE ' (overlay|tmpfs)"
                                + " .*(muster|containerd)' /proc/self/mounts); echo pins $(find /run/muster -name '*'"
                                + " -type f -path '*netns*' 2>/dev/null | wc -l); echo links $(ip -br link | grep -vcE"
                                + " '^(mu-|lo|eth0)')")
                .ok();
    }

    private void converged(String service, int replicas) {
        Eventually.within(
                CONVERGED,
                () -> assertThat(TaskView.running(cluster, service))
                        .as("running tasks of %s; %s", service, cluster.muster("service", "ps", "--no-trunc", service))
                        .hasSize(replicas));
    }

    private String get(String url, String... options) {
        String[] words = new String[options.length + 5];
        System.arraycopy(new String[] {"curl", "-sSf", "-m", "5"}, 0, words, 0, 4);
        System.arraycopy(options, 0, words, 4, options.length);
        words[words.length - 1] = url;
        return cluster.outside(words).ok();
    }

    @Test
    @Order(1)
    void theSwarmHasThreeReadyNodesThatTakeLabels() {
        assertThat(cluster.muster(
                                "node",
                                "ls",
                                "--format",
                                "{{.Hostname}} {{.Status}} {{.Availability}} {{.ManagerStatus}}")
                        .lines())
                .containsExactly("node-1 Ready Active Leader", "node-2 Ready Active", "node-3 Ready Active");
        for (String node : List.of("node-2", "node-3")) {
            assertThat(cluster.muster("node", "update", "--label-add", "environment=production", node)
                            .ok())
                    .isEqualTo(node);
        }
        cluster.muster("node", "update", "--label-add", "type=database", "node-3")
                .ok();
        assertThat(cluster.muster("node", "inspect", "--format", "{{json .Spec.Labels}}", "node-3")
                        .ok())
                .isEqualTo("{\"environment\":\"production\",\"type\":\"database\"}");
        assertThat(cluster.muster("info", "--format", "{{.Swarm.LocalNodeState}} {{.Swarm.Nodes}} {{.Swarm.Managers}}")
                        .ok())
                .isEqualTo("active 3 1");
    }

    @Test
    @Order(2)
    void badInputGetsAClearErrorAndChangesNothing() {
        Run constraint = cluster.muster(
                "service", "create", "--name", "bad", "--constraint", "node.colour==red", "nginx:alpine");
        assertThat(constraint.exit()).isNotZero();
        assertThat(constraint.err()).contains("node.colour");
        Run operator = cluster.muster(
                "service", "create", "--name", "bad", "--constraint", "node.role=worker", "nginx:alpine");
        assertThat(operator.err()).contains("constraint expected one operator from ==, !=");
        Run secret = cluster.muster("service", "create", "--name", "bad", "--secret", "nosuch", "nginx:alpine");
        assertThat(secret.exit()).isNotZero();
        assertThat(secret.err()).contains("secret not found: nosuch");
        assertThat(cluster.muster("service", "ls", "-q").ok()).isEmpty();

        cluster.muster("service", "create", "-d", "--name", "noimage", "--restart-condition", "none", "nginx:nosuchtag")
                .ok();
        Eventually.within(
                CONVERGED,
                () -> assertThat(cluster.muster(
                                        "service",
                                        "ps",
                                        "--no-trunc",
                                        "--format",
                                        "{{.CurrentState}} {{.Error}}",
                                        "noimage")
                                .ok())
                        .contains("Rejected")
                        .contains("nginx:nosuchtag"));
        cluster.muster("service", "rm", "noimage").ok();
    }

    @Test
    @Order(3)
    void aPublishedServiceAnswersOnEveryHostAndScales() {
        cluster.muster("service", "create", "--name", "web", "--replicas", "3", "--publish", "80:80", "nginx:alpine")
                .ok();
        converged("web", 3);
        for (int host : hosts()) {
            Eventually.within(
                    Duration.ofSeconds(10),
                    () -> assertThat(get("http://" + address(host) + "/")).isNotEmpty());
        }
        assertThat(cluster.muster("service", "scale", "web=10").ok()).contains("web scaled to 10");
        converged("web", 10);
        assertThat(cluster.muster(
                                "service", "ls", "--format", "{{.Name}} {{.Mode}} {{.Replicas}} {{.Image}} {{.Ports}}")
                        .ok())
                .isEqualTo("web replicated 10/10 nginx:alpine *:80->80/tcp");
        cluster.muster("service", "scale", "web=3").ok();
        converged("web", 3);
        cluster.muster("service", "update", "--image", "nginx:latest", "web").ok();
        assertThat(image("web")).startsWith("nginx:latest@sha256:");
        cluster.muster("service", "rollback", "web").ok();
        assertThat(image("web")).startsWith("nginx:alpine@sha256:");
        converged("web", 3);
    }

    private String image(String service) {
        return TaskView.api(cluster, "/services/" + service)
                .at("/Spec/TaskTemplate/ContainerSpec/Image")
                .asText();
    }

    @Test
    @Order(4)
    void aDatabaseAnApiAndAServiceWithASecret() {
        assertThat(cluster.musterWith(PASSWORD + "\n", "secret", "create", "db_password", "-")
                        .ok())
                .hasSize(25);
        cluster.muster(
                        "service",
                        "create",
                        "--name",
                        "db",
                        "--constraint",
                        "node.labels.type==database",
                        "--mount",
                        "type=volume,source=db_data,target=/var/lib/postgresql/data",
                        "--secret",
                        "db_password",
                        "--env",
                        "POSTGRES_PASSWORD_FILE=/run/secrets/db_password",
                        "postgres:15")
                .ok();
        cluster.muster(
                        "service",
                        "create",
                        "--name",
                        "api",
                        "--replicas",
                        "5",
                        "--update-parallelism",
                        "2",
                        "--update-delay",
                        "10s",
                        "--update-failure-action",
                        "rollback",
                        "--detach",
                        "myapi:latest")
                .ok();
        cluster.muster("service", "create", "--name", "myapp", "--secret", "db_password", "myimage")
                .ok();
        converged("db", 1);
        converged("api", 5);
        converged("myapp", 1);
        assertThat(TaskView.running(cluster, "db").getFirst().host()).isEqualTo(3);
        TaskView myapp = TaskView.running(cluster, "myapp").getFirst();
        assertThat(myapp.in("cat", "/run/secrets/db_password").ok()).isEqualTo(PASSWORD);
        assertThat(myapp.in("stat", "-c", "%a %u %g", "/run/secrets/db_password")
                        .ok())
                .isEqualTo("444 0 0");
        JsonNode update = TaskView.api(cluster, "/services/api").at("/Spec/UpdateConfig");
        assertThat(update.path("Parallelism").asInt()).isEqualTo(2);
        assertThat(update.path("Delay").asLong()).isEqualTo(10_000_000_000L);
        assertThat(update.path("FailureAction").asText()).isEqualTo("rollback");
        Run inUse = cluster.muster("secret", "rm", "db_password");
        assertThat(inUse.exit()).isEqualTo(1);
        assertThat(inUse.err()).contains("is in use by the following service");
    }

    @Test
    @Order(5)
    void aNetworkOfItsOwn() {
        cluster.muster(
                        "network",
                        "create",
                        "--driver",
                        "overlay",
                        "--attachable",
                        "--subnet=10.0.9.0/24",
                        "my_overlay_network")
                .ok();
        assertThat(cluster.muster(
                                "network",
                                "inspect",
                                "--format",
                                "{{.Driver}} {{.Scope}} {{(index .IPAM.Config 0).Subnet}}",
                                "my_overlay_network")
                        .ok())
                .isEqualTo("overlay swarm 10.0.9.0/24");
        cluster.muster("network", "rm", "my_overlay_network").ok();
    }

    @Test
    @Order(6)
    void removingTheSingleServicesLeavesNothing() {
        cluster.muster("service", "rm", "web", "db", "api", "myapp").ok();
        Eventually.within(CONVERGED, () -> assertThat(inventory()).isEqualTo(bare));
        cluster.muster("secret", "rm", "db_password").ok();
        assertThat(cluster.muster("service", "ls", "-q").ok()).isEmpty();
    }

    @Test
    @Order(10)
    void aStackFileWithATypoIsRefusedWithItsPlace() throws IOException {
        Path file = cluster.dir().resolve("typo.yml");
        Files.writeString(file, "version: '3.8'\nservices:\n  web:\n    image: nginx:alpine\n    replcas: 3\n");
        Run typo = cluster.muster("stack", "deploy", "-c", file.toString(), "myapp");
        assertThat(typo.exit()).isEqualTo(1);
        assertThat(typo.err()).contains("typo.yml:5:5").contains("replcas");
        Run missing = deploy();
        assertThat(missing.exit()).isEqualTo(1);
        assertThat(missing.err()).contains("db_password");
        assertThat(cluster.muster("network", "ls", "--filter", "name=myapp", "-q")
                        .ok())
                .isEmpty();
    }

    private Run deploy() {
        return cluster.muster("stack", "deploy", "-c", stackFile().toString(), "--with-registry-auth", "myapp");
    }

    private static Path stackFile() {
        return TestCluster.repository().resolve("deploy/examples/guide/docker-stack.yml");
    }

    @Test
    @Order(11)
    void theStackConverges() {
        Path tls = certificate();
        cluster.musterWith(PASSWORD, "secret", "create", "db_password", "-").ok();
        cluster.musterWith("jwt-77b1", "secret", "create", "jwt_secret", "-").ok();
        cluster.muster("secret", "create", "ssl_cert", tls.resolve("cert.pem").toString())
                .ok();
        cluster.muster("secret", "create", "ssl_key", tls.resolve("key.pem").toString())
                .ok();
        assertThat(deploy().lines())
                .contains(
                        "Creating network myapp_frontend",
                        "Creating config myapp_nginx_config",
                        "Creating service myapp_api");
        converged("myapp_web", 3);
        converged("myapp_database", 1);
        converged("myapp_api", 5);
        assertThat(cluster.muster("stack", "ls", "--format", "{{.Name}} {{.Services}}")
                        .ok())
                .isEqualTo("myapp 3");
        assertThat(cluster.muster("stack", "services", "--format", "{{.Name}} {{.Replicas}}", "myapp")
                        .lines())
                .containsExactly("myapp_api 5/5", "myapp_database 1/1", "myapp_web 3/3");
        assertThat(TaskView.running(cluster, "myapp_web"))
                .extracting(TaskView::host)
                .isSubsetOf(2, 3);
        assertThat(TaskView.running(cluster, "myapp_database"))
                .extracting(TaskView::host)
                .containsExactly(3);
    }

    private Path certificate() {
        String names = hosts().stream().map(h -> "IP:" + address(h)).collect(Collectors.joining(","));
        Run.command(
                        Duration.ofSeconds(30),
                        "",
                        Map.of(),
                        List.of(
                                "openssl",
                                "req",
                                "-x509",
                                "-newkey",
                                "ec",
                                "-pkeyopt",
                                "ec_paramgen_curve:P-256",
                                "-nodes",
                                "-days",
                                "30",
                                "-subj",
                                "/CN=myapp",
                                "-addext",
                                "subjectAltName=" + names,
                                "-keyout",
                                cluster.dir().resolve("key.pem").toString(),
                                "-out",
                                cluster.dir().resolve("cert.pem").toString()))
                .ok();
        return cluster.dir();
    }

    @Test
    @Order(12)
    void everyHostReachesAllThreeReplicasAndShowsTheClientsAddress() {
        for (int host : hosts()) {
            Set<String> seen = new TreeSet<>();
            Eventually.within(Duration.ofSeconds(20), () -> {
                for (int i = 0; i < 12; i++) {
                    String plain = get("http://" + address(host) + "/");
                    assertThat(plain).contains(cluster.variable("MUSTER_OUTSIDE_ADDRESS"));
                    seen.add(plain);
                    get(
                            "https://" + address(host) + "/",
                            "--cacert",
                            cluster.dir().resolve("cert.pem").toString());
                }
                assertThat(seen).as("replicas seen through host " + host).hasSize(3);
            });
        }
    }

    @Test
    @Order(13)
    void namesResolveWhereTheNetworksMeet() {
        TaskView web = TaskView.running(cluster, "myapp_web").getFirst();
        TaskView api = TaskView.running(cluster, "myapp_api").getFirst();
        assertThat(web.in("getent", "ahostsv4", "api").ok()).isNotEmpty();
        assertThat(api.in("getent", "ahostsv4", "database").ok()).isNotEmpty();
        assertThat(web.in("getent", "ahostsv4", "database").exit()).isEqualTo(2);
        Set<String> spread = new TreeSet<>();
        for (int i = 0; i < 25; i++) {
            spread.add(api.in("curl", "-sSf", "-m", "5", "http://api:8000/").ok());
        }
        assertThat(spread).as("answers of api through its VIP").hasSize(5);
        assertThat(TaskView.running(cluster, "myapp_api"))
                .extracting(TaskView::host)
                .contains(2, 3);
        assertThat(web.in("getent", "ahostsv4", "tasks.api").lines().stream()
                        .map(l -> l.replaceFirst("\\s.*", ""))
                        .collect(Collectors.toSet()))
                .hasSize(5);
    }

    @Test
    @Order(14)
    void limitsAreInForce() {
        TaskView api = TaskView.running(cluster, "myapp_api").getFirst();
        assertThat(api.cgroup("memory.max", "memory", "memory.limit_in_bytes")).isEqualTo("" + 512 * 1024 * 1024);
        assertThat(api.cgroup("cpu.max", "cpu", "cpu.cfs_quota_us")).isIn("50000", "50000 100000");
    }

    @Test
    @Order(15)
    void secretsAreReadableAsSpecifiedAndOnNoDisk() {
        TaskView api = TaskView.running(cluster, "myapp_api").getFirst();
        assertThat(api.in("cat", "/run/secrets/db_password").ok()).isEqualTo(PASSWORD);
        assertThat(api.in("stat", "-c", "%a %u %g", "/run/secrets/jwt_secret").ok())
                .isEqualTo("444 0 0");
        assertThat(api.in("stat", "-f", "-c", "%T", "/run/secrets/db_password").ok())
                .isEqualTo("tmpfs");
        assertThat(api.in("ls", "/run/secrets").lines()).containsExactly("db_password", "jwt_secret");
        for (int host : hosts()) {
            Run found = cluster.on(
                    host,
                    "grep",
                    "-rlaF",
                    PASSWORD,
                    cluster.dir().resolve("node-" + host).toString());
            assertThat(found.exit()).as(found + "").isEqualTo(1);
        }
    }

    @Test
    @Order(16)
    void internalMeansNoWayOut() {
        TaskView database = TaskView.running(cluster, "myapp_database").getFirst();
        TaskView api = TaskView.running(cluster, "myapp_api").getFirst();
        String web = cluster.variable("MUSTER_WEB_ADDRESS");
        assertThat(api.in("curl", "-sSf", "-m", "5", "http://" + web + "/").exit())
                .isZero();
        assertThat(api.in("curl", "-sSf", "-m", "5", "http://web.outside.test/").exit())
                .isZero();
        assertThat(database.in("bash", "-c", "timeout 3 bash -c '</dev/tcp/" + web + "/80'")
                        .exit())
                .isNotZero();
        assertThat(database.in("ip", "-4", "route", "show", "default").out()).isEmpty();
    }

    @Test
    @Order(17)
    void aRowSurvivesTheDeathOfTheDatabase() {
        TaskView api = TaskView.running(cluster, "myapp_api").getFirst();
        Eventually.within(
                Duration.ofSeconds(30),
                () -> api.in("curl", "-sSf", "-m", "5", "-X", "POST", "-d", "kept-8841", "http://localhost:8000/rows")
                        .ok());
        TaskView before = TaskView.running(cluster, "myapp_database").getFirst();
        cluster.on(before.host(), "kill", "-9", "" + before.pid()).ok();
        Eventually.within(CONVERGED, () -> {
            List<TaskView> now = TaskView.running(cluster, "myapp_database");
            assertThat(now).hasSize(1);
            assertThat(now.getFirst().id()).isNotEqualTo(before.id());
            assertThat(now.getFirst().host()).isEqualTo(before.host());
        });
        Eventually.within(
                Duration.ofSeconds(30),
                () -> assertThat(api.in("curl", "-sSf", "-m", "5", "http://localhost:8000/rows")
                                .ok())
                        .contains("kept-8841"));
    }

    @Test
    @Order(18)
    void logsComeFromAllReplicas() {
        for (int host : hosts()) {
            get("http://" + address(host) + "/logged-5512");
        }
        Eventually.within(
                Duration.ofSeconds(20),
                () -> assertThat(cluster.muster("service", "logs", "myapp_web").ok())
                        .contains("GET /logged-5512")
                        .contains("myapp_web.1."));
        Run follow = cluster.on(1, "timeout", "5", "muster", "service", "logs", "-f", "--tail", "1", "myapp_web");
        assertThat(follow.exit()).isEqualTo(124);
        assertThat(follow.out()).contains("myapp_web.");
    }

    @Test
    @Order(19)
    void removingTheStackLeavesNothing() {
        assertThat(cluster.muster("stack", "rm", "myapp").lines()).contains("Removing service myapp_api");
        Eventually.within(CONVERGED, () -> assertThat(inventory()).isEqualTo(bare));
        assertThat(cluster.muster("network", "ls", "--filter", "name=myapp", "-q")
                        .ok())
                .isEmpty();
        assertThat(cluster.muster("config", "ls", "-q").ok()).isEmpty();
    }
}
