package dev.muster.guide;

import static dev.muster.guide.Guide.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.cluster.Background;
import dev.muster.cluster.Eventually;
import dev.muster.cluster.Run;
import dev.muster.cluster.TaskView;
import dev.muster.cluster.TestCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The second half of the guide: its production stack, to the letter. Each result is looked at from outside: over HTTP and TLS
 * through each host, in the containers' own namespaces, in cgroups, and on disks.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@ExtendWith(Guide.Shared.class)
@Order(Order.DEFAULT + 2)
class GuideStackIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private final Guide guide;
    private final TestCluster cluster;
    private final GuideStack stack;

    GuideStackIT(Guide guide) {
        this.guide = guide;
        this.cluster = guide.cluster();
        this.stack = new GuideStack(guide);
    }

    private TaskView one(String service) {
        return guide.running(service).getFirst();
    }

    @Test
    @Order(1)
    void aStackThatCannotBeIsRefusedAndChangesNothing() throws IOException {
        Path file = cluster.dir().resolve("typo.yml");
        Files.writeString(file, "version: '3.8'\nservices:\n  web:\n    image: nginx:alpine\n    hostnme: a\n");
        Run typo = guide.type("muster stack deploy -c " + file + " myapp");
        assertThat(typo.exit()).isEqualTo(1);
        assertThat(typo.err())
                .contains("typo.yml:5:5: services.web Additional property hostnme is not allowed")
                .contains("did you mean \"hostname\"?");
        Run missing = stack.deploy();
        assertThat(missing.exit()).isEqualTo(1);
        assertThat(missing.err()).contains("db_password");
        for (String list : List.of("service ls", "config ls", "secret ls", "stack ls --format '{{.Name}}'")) {
            assertThat(guide.type("muster " + list + (list.contains("--format") ? "" : " -q"))
                            .ok())
                    .isEmpty();
        }
        assertThat(stack.networks()).isEmpty();
    }

    @Test
    @Order(2)
    void theStackConverges() {
        stack.makeSecrets();
        assertThat(stack.deploy().lines())
                .containsExactly(
                        "Creating network myapp_backend",
                        "Creating network myapp_frontend",
                        "Creating config myapp_nginx_config",
                        "Creating service myapp_api",
                        "Creating service myapp_database",
                        "Creating service myapp_web");
        assertThat(guide.converged("myapp_web", 3)).extracting(TaskView::host).isSubsetOf(2, 3);
        assertThat(guide.converged("myapp_database", 1))
                .extracting(TaskView::host)
                .containsExactly(2);
        guide.converged("myapp_api", 5);
        assertThat(guide.type("muster stack ls --format '{{.Name}} {{.Services}}'")
                        .ok())
                .isEqualTo("myapp 3");
        assertThat(guide.type("muster stack services --format '{{.Name}} {{.Replicas}} {{.Ports}}' myapp")
                        .lines())
                .containsExactly("myapp_api 5/5", "myapp_database 1/1", "myapp_web 3/3 *:80->80/tcp, *:443->443/tcp");
    }

    @Test
    @Order(3)
    void everyHostReachesAllThreeReplicasAndShowsTheClientsAddress() {
        String authority = cluster.dir().resolve("cert.pem").toString();
        Set<String> replicas = served("myapp_web");
        for (int host : Guide.hosts()) {
            Set<String> plain = new TreeSet<>();
            Set<String> encrypted = new TreeSet<>();
            Eventually.within(Duration.ofSeconds(20), () -> {
                for (int i = 0; i < 12; i++) {
                    plain.add(guide.get("http://" + guide.address(host) + "/"));
                    encrypted.add(guide.get("https://" + guide.address(host) + "/", "--cacert", authority));
                }
                assertThat(plain).as("HTTP through host %d", host).isEqualTo(replicas);
                assertThat(encrypted).as("TLS through host %d", host).isEqualTo(replicas);
            });
        }
    }

    /** What the demo images answer to the client outside, one line for each replica. */
    private Set<String> served(String service) {
        return guide.running(service).stream()
                .map(task -> task.hostname() + " " + cluster.variable("MUSTER_OUTSIDE_ADDRESS"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    @Order(4)
    void namesResolveWhereTheNetworksMeet() {
        TaskView web = one("myapp_web");
        TaskView api = one("myapp_api");
        List<String> virtual = addresses(web, "api");
        assertThat(virtual).hasSize(1);
        assertThat(addresses(web, "tasks.api")).hasSize(5).doesNotContainAnyElementsOf(virtual);
        assertThat(addresses(api, "database")).hasSize(1);
        assertThat(web.in("getent", "ahostsv4", "database").exit()).isEqualTo(2);
        assertThat(web.in("getent", "ahostsv4", "tasks.database").exit()).isEqualTo(2);

        Set<String> tasks =
                guide.running("myapp_api").stream().map(TaskView::hostname).collect(Collectors.toSet());
        Set<String> spread = new TreeSet<>();
        Eventually.within(SOON, () -> {
            for (int i = 0; i < 15; i++) {
                spread.add(guide.get("http://" + guide.address(1) + "/api/").replaceFirst(" .*", ""));
            }
            assertThat(spread).as("tasks of api that web reached by its name").isEqualTo(tasks);
        });
        assertThat(guide.running("myapp_api")).extracting(TaskView::host).contains(2, 3);
    }

    private static List<String> addresses(TaskView from, String name) {
        return from.in("getent", "ahostsv4", name).lines().stream()
                .map(line -> line.replaceFirst("\\s.*", ""))
                .distinct()
                .toList();
    }

    @Test
    @Order(5)
    void limitsAreInForce() {
        for (TaskView api : guide.running("myapp_api")) {
            assertThat(api.cgroup("memory.max", "memory", "memory.limit_in_bytes"))
                    .isEqualTo("" + 512 * 1024 * 1024);
            assertThat(api.cgroup("cpu.max", "cpu", "cpu.cfs_quota_us")).isIn("50000", "50000 100000");
        }
    }

    @Test
    @Order(6)
    void secretsAreReadableAsSpecifiedAndOnNoDisk() {
        TaskView api = one("myapp_api");
        assertThat(api.in("ls", "/run/secrets").lines()).containsExactly("db_password", "jwt_secret");
        assertThat(api.in("cat", "/run/secrets/db_password").ok()).isEqualTo(PASSWORD);
        for (String secret : List.of("/run/secrets/db_password", "/run/secrets/jwt_secret")) {
            assertThat(api.in("stat", "-c", "%a %u %g", secret).ok()).isEqualTo("444 0 0");
            assertThat(api.in("stat", "-f", "-c", "%T", secret).ok()).isEqualTo("tmpfs");
        }
        TaskView web = one("myapp_web");
        assertThat(web.in("stat", "-c", "%a %u %g", "/etc/nginx/nginx.conf").ok())
                .isEqualTo("444 0 0");
        assertThat(web.in("cat", "/etc/nginx/nginx.conf").lines())
                .isEqualTo(guide.type("cat " + GuideStack.FOLDER.resolve("nginx.conf"))
                        .lines());
        assertThat(onDisk(2, "POSTGRES_PASSWORD_FILE"))
                .as("where something that is no secret is")
                .isNotEmpty();
        for (int host : Guide.hosts()) {
            assertThat(onDisk(host, PASSWORD))
                    .as("files with the password on host %d", host)
                    .isEmpty();
        }
    }

    /** The files of a host's daemon, containerd and containers that hold a text. */
    private String onDisk(int host, String text) {
        Run found =
                cluster.type(host, "grep -rlaF " + text + " " + cluster.dir().resolve("node-" + host));
        assertThat(found.exit()).as("%s", found).isLessThan(2);
        return found.out();
    }

    @Test
    @Order(7)
    void aSecondStackFileGivesFilesAnOwnerAndAMode() throws IOException {
        Path file = cluster.dir().resolve("owned.yml");
        Files.writeString(file, """
            version: '3.8'
            services:
              reader:
                image: myimage
                secrets:
                  - {source: db_password, target: password, uid: '1000', gid: '101', mode: 0400}
                configs:
                  - {source: greeting, target: /etc/greeting, uid: '101', gid: '70', mode: 0440}
            secrets:
              db_password: {external: true}
            configs:
              greeting: {file: ./typo.yml}
            """);
        guide.type("muster stack deploy -c " + file + " owned").ok();
        TaskView reader = guide.converged("owned_reader", 1).getFirst();
        assertThat(reader.in("stat", "-c", "%n %a %u %g", "/run/secrets/password", "/etc/greeting")
                        .lines())
                .containsExactly("/run/secrets/password 400 1000 101", "/etc/greeting 440 101 70");
        assertThat(reader.in("stat", "-f", "-c", "%T", "/run/secrets/password").ok())
                .isEqualTo("tmpfs");
        assertThat(guide.type("muster stack rm owned").lines()).contains("Removing service owned_reader");
    }

    @Test
    @Order(8)
    void internalMeansNoWayOut() {
        TaskView database = one("myapp_database");
        TaskView api = one("myapp_api");
        String out = "http://" + cluster.variable("MUSTER_WEB_ADDRESS") + "/";
        assertThat(api.in("curl", "-sSf", "-m", "5", "http://web.outside.test/").exit())
                .isZero();
        assertThat(api.inNetwork("curl", "-sSf", "-m", "5", out).exit()).isZero();
        assertThat(database.inNetwork("curl", "-sSf", "-m", "3", out).exit()).isIn(7, 28);
        assertThat(api.inNetwork("ip", "-4", "route", "show", "default").ok()).isNotEmpty();
        assertThat(database.inNetwork("ip", "-4", "route", "show", "default").ok())
                .isEmpty();
    }

    @Test
    @Order(9)
    void theStockClientSeesTheSame() {
        assertThat(guide.type("docker version --format '{{.Client.Version}} {{.Server.Version}}'")
                        .ok())
                .isNotEmpty();
        assertThat(guide.type("docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.Nodes}}'")
                        .ok())
                .isEqualTo("active 3");
        assertThat(guide.type("docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'")
                        .lines())
                .containsExactly("node-1 Ready Leader", "node-2 Ready", "node-3 Ready");
        for (String command : List.of(
                "service ls --format '{{.ID}} {{.Name}} {{.Replicas}} {{.Image}} {{.Ports}}'",
                "stack services --format '{{.Name}} {{.Replicas}}' myapp",
                "service ps --format '{{.ID}} {{.Name}} {{.Image}} {{.Node}} {{.DesiredState}}' myapp_web",
                "node inspect --format '{{.ID}} {{json .Spec}}' node-2",
                "service inspect --format '{{.ID}} {{json .Endpoint.Ports}}' myapp_web")) {
            assertThat(guide.type("docker " + command).lines())
                    .as(command)
                    .isNotEmpty()
                    .isEqualTo(guide.type("muster " + command).lines());
        }
    }

    @Test
    @Order(10)
    void logsComeFromAllReplicasAndAreFollowed() {
        for (int i = 0; i < 12; i++) {
            guide.get("http://" + guide.address(1 + i % 3) + "/logged-5512");
        }
        Eventually.within(
                SOON,
                () -> assertThat(guide.type("muster service logs myapp_web").lines())
                        .filteredOn(line -> line.contains("GET /logged-5512"))
                        .extracting(line -> line.replaceFirst("^(myapp_web\\.[123])\\..*@node-[23] +\\| .*", "$1"))
                        .contains("myapp_web.1", "myapp_web.2", "myapp_web.3")
                        .hasSize(12));
        try (Background follow = cluster.typeInBackground(1, "muster service logs -f --tail 1 myapp_api")) {
            Eventually.within(SOON, () -> {
                guide.get("http://" + guide.address(1) + "/api/health?followed-6630");
                assertThat(follow.out()).contains("followed-6630").contains("myapp_api.");
            });
            assertThat(follow.running()).isTrue();
        }
    }
}
