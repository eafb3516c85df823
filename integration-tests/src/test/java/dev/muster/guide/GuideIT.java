package dev.muster.guide;

import static dev.muster.guide.Guide.CONVERGED;
import static dev.muster.guide.Guide.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.muster.cluster.Eventually;
import dev.muster.cluster.Run;
import dev.muster.cluster.TaskView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The first half of the guide, as its readers type it: the swarm, its nodes, and single services, with what the guide leaves
 * out supplied. Each result is looked at from outside: over HTTP through each host, in the containers' own namespaces, on the
 * hosts. The second half is {@code GuideStackIT}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@ExtendWith(Guide.Shared.class)
@Order(Order.DEFAULT + 1)
class GuideIT {
    private final Guide guide;

    GuideIT(Guide guide) {
        this.guide = guide;
    }

    @Test
    @Order(1)
    void theSwarmIsFormedByTheLinesThatItsFirstCommandPrints() {
        assertThat(guide.init().ok())
                .contains("Swarm initialized: current node (")
                .contains("To add a worker to this swarm, run the following command:")
                .contains("To add a manager to this swarm, run 'muster swarm join-token manager'");
        assertThat(guide.joinCommand())
                .matches("muster swarm join --token SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25} " + guide.address(1) + ":2377");
        assertThat(guide.joins())
                .extracting(Run::ok)
                .containsExactly("This node joined a swarm as a worker.", "This node joined a swarm as a worker.");
        assertThat(guide.type("muster node ls --format"
                                + " '{{.Hostname}} {{.Status}} {{.Availability}} {{.ManagerStatus}}'")
                        .lines())
                .containsExactly("node-1 Ready Active Leader", "node-2 Ready Active", "node-3 Ready Active");
        assertThat(guide.type("muster node ls").lines().getFirst())
                .matches("ID +HOSTNAME +STATUS +AVAILABILITY +MANAGER STATUS +ENGINE VERSION");
        assertThat(guide.type("muster info --format"
                                + " '{{.Swarm.LocalNodeState}} {{.Swarm.Nodes}} {{.Swarm.Managers}}'")
                        .ok())
                .isEqualTo("active 3 1");
        assertThat(guide.type("muster info").ok()).contains("Swarm: active").contains("Nodes: 3");
        assertThat(guide.type("muster version").ok()).contains("Client").contains("Server");
    }

    @Test
    @Order(2)
    void aSwarmIsNotFormedTwiceAndWorkersDoNotManage() {
        Run again = guide.type("muster swarm init --advertise-addr " + guide.address(1));
        assertThat(again.exit()).isEqualTo(1);
        assertThat(again.err()).contains("already part of a swarm");
        Run worker = guide.cluster().type(2, "muster node ls");
        assertThat(worker.exit()).isEqualTo(1);
        assertThat(worker.err()).contains("not a swarm manager");
    }

    @Test
    @Order(3)
    void nodesHaveTheLabelsThatTheyWereGiven() {
        assertThat(guide.type("muster node inspect --format '{{json .Spec.Labels}}' node-1 node-2 node-3")
                        .lines())
                .containsExactly(
                        "{\"environment\":\"production\"}",
                        "{\"environment\":\"production\",\"type\":\"database\"}",
                        "{\"environment\":\"production\"}");
    }

    @Test
    @Order(4)
    void badInputGetsAClearErrorAndChangesNothing() {
        refused("service create --name bad --constraint node.colour==red nginx:alpine", "node.colour");
        refused(
                "service create --name bad --constraint node.role=worker nginx:alpine",
                "constraint expected one operator from ==, !=");
        refused("service create --name bad --secret nosuch nginx:alpine", "secret not found: nosuch");
        refused("service create --name bad --config nosuch nginx:alpine", "config not found: nosuch");
        refused("service create --name bad --network nosuch nginx:alpine", "network nosuch not found");
        refused("node update --label-add a=b nosuch", "nosuch");
        assertThat(guide.type("muster service ls -q").ok()).isEmpty();

        guide.type("muster service create -d --name noimage --restart-condition none --with-registry-auth"
                        + " myregistry.com/api:nosuchtag")
                .ok();
        Eventually.within(
                CONVERGED,
                () -> assertThat(guide.type("muster service ps --no-trunc --format"
                                        + " '{{.CurrentState}} {{.Error}}' noimage")
                                .ok())
                        .contains("Rejected")
                        .contains("myregistry.com/api:nosuchtag"));
        guide.type("muster service rm noimage").ok();
    }

    private void refused(String command, String why) {
        Run run = guide.type("muster " + command);
        assertThat(run.exit()).as("%s", run).isEqualTo(1);
        assertThat(run.err()).contains(why);
    }

    @Test
    @Order(5)
    void aPublishedServiceAnswersOnEveryHostAndScales() {
        guide.type("muster service create --name web --replicas 3 --publish 80:80 nginx:alpine")
                .ok();
        guide.converged("web", 3);
        everyHostServes("Image: alpine");
        assertThat(guide.type("muster service scale web=10").ok()).contains("web scaled to 10");
        guide.converged("web", 10);
        assertThat(containers()).isEqualTo(10);
        assertThat(guide.type("muster service ls --format"
                                + " '{{.Name}} {{.Mode}} {{.Replicas}} {{.Image}} {{.Ports}}'")
                        .ok())
                .isEqualTo("web replicated 10/10 nginx:alpine *:80->80/tcp");
        guide.type("muster service scale --detach web=3").ok();
        guide.converged("web", 3);
        Eventually.within(CONVERGED, () -> assertThat(containers()).isEqualTo(3));
        everyHostServes("Image: alpine");
    }

    private void everyHostServes(String page) {
        for (int host : Guide.hosts()) {
            Eventually.within(
                    Duration.ofSeconds(10),
                    () -> assertThat(guide.get("http://" + guide.address(host) + "/"))
                            .contains(page));
        }
    }

    /** How many containers the hosts have. */
    private long containers() {
        return guide.contents().values().stream()
                .mapToLong(host -> host.counts().get("shims"))
                .sum();
    }

    @Test
    @Order(6)
    void anUpdateBringsTheNewImageAndARollbackTheOldOne() {
        guide.type("muster service update --image nginx:latest web").ok();
        assertThat(image("web")).startsWith("nginx:latest@sha256:");
        guide.converged("web", 3);
        everyHostServes("Image: latest");
        guide.type("muster service rollback web").ok();
        assertThat(image("web")).startsWith("nginx:alpine@sha256:");
        guide.converged("web", 3);
        everyHostServes("Image: alpine");
    }

    private String image(String service) {
        return guide.service(service)
                .at("/Spec/TaskTemplate/ContainerSpec/Image")
                .asText();
    }

    @Test
    @Order(7)
    void aDatabaseAnApiAndAServiceWithASecret() {
        assertThat(guide.type("echo \"" + PASSWORD + "\" | muster secret create db_password -")
                        .ok())
                .hasSize(25);
        guide.type("muster service create --detach --name db --constraint 'node.labels.type==database'"
                        + " --mount type=volume,source=db_data,target=/var/lib/postgresql/data"
                        + " --secret db_password --env POSTGRES_PASSWORD_FILE=/run/secrets/db_password postgres:15")
                .ok();
        guide.type("muster service create --detach --name api --replicas 5 --update-parallelism 2"
                        + " --update-delay 10s --update-failure-action rollback myapi:latest")
                .ok();
        guide.type("muster service create --name myapp --secret db_password myimage")
                .ok();
        TaskView db = guide.converged("db", 1).getFirst();
        assertThat(db.host()).isEqualTo(2);
        assertThat(db.in("grep", "-c", " /var/lib/postgresql/data ", "/proc/self/mountinfo")
                        .ok())
                .isEqualTo("1");
        Eventually.within(
                Duration.ofSeconds(30),
                () -> assertThat(db.in(
                                        "/usr/lib/postgresql/15/bin/psql",
                                        "host=127.0.0.1 user=postgres password=" + PASSWORD,
                                        "-tAc",
                                        "select 41 + 1")
                                .ok())
                        .isEqualTo("42"));
        TaskView myapp = guide.converged("myapp", 1).getFirst();
        assertThat(myapp.in("cat", "/run/secrets/db_password").ok()).isEqualTo(PASSWORD);
        assertThat(myapp.in("stat", "-c", "%a %u %g", "/run/secrets/db_password")
                        .ok())
                .isEqualTo("444 0 0");
        guide.converged("api", 5);
        Run inUse = guide.type("muster secret rm db_password");
        assertThat(inUse.exit()).isEqualTo(1);
        assertThat(inUse.err()).contains("is in use by the following service");
    }

    @Test
    @Order(8)
    void anUpdateThatFailsIsRolledBackAfterItsFirstTasks() {
        JsonNode update = guide.service("api").at("/Spec/UpdateConfig");
        assertThat(update.path("Parallelism").asInt()).isEqualTo(2);
        assertThat(update.path("Delay").asLong()).isEqualTo(10_000_000_000L);
        assertThat(update.path("FailureAction").asText()).isEqualTo("rollback");
        guide.type("muster service update --detach --with-registry-auth --image myregistry.com/api:nosuchtag api")
                .ok();
        Eventually.within(
                CONVERGED,
                () -> assertThat(guide.service("api").at("/UpdateStatus/State").asText())
                        .isEqualTo("rollback_completed"));
        assertThat(image("api")).startsWith("myapi:latest");
        guide.converged("api", 5);
        Set<Long> touched = new TreeSet<>();
        for (JsonNode task : TaskView.api(guide.cluster(), "/tasks?filters={\"service\":[\"api\"]}")) {
            if (task.at("/Spec/ContainerSpec/Image").asText().startsWith("myregistry.com/api:nosuchtag")) {
                touched.add(task.path("Slot").asLong());
            }
        }
        assertThat(touched).as("slots that the failed update reached").hasSizeBetween(1, 2);
    }

    @Test
    @Order(9)
    void secretsAndConfigsHaveTheOwnerAndModeThatTheyAreGiven() {
        guide.type("echo hello-4411 | muster config create greeting -").ok();
        guide.type("muster service create --detach --name owned"
                        + " --secret source=db_password,target=password,uid=1000,gid=101,mode=0400"
                        + " --secret source=db_password,target=/etc/app/password,uid=70,gid=999,mode=0640"
                        + " --config source=greeting,target=/etc/app/greeting,uid=101,gid=70,mode=0440 myimage")
                .ok();
        TaskView owned = guide.converged("owned", 1).getFirst();
        assertThat(owned.in(
                                "stat",
                                "-c",
                                "%n %a %u %g",
                                "/run/secrets/password",
                                "/etc/app/password",
                                "/etc/app/greeting")
                        .lines())
                .containsExactly(
                        "/run/secrets/password 400 1000 101",
                        "/etc/app/password 640 70 999",
                        "/etc/app/greeting 440 101 70");
        for (String secret : List.of("/run/secrets/password", "/etc/app/password")) {
            assertThat(owned.in("cat", secret).ok()).isEqualTo(PASSWORD);
            assertThat(owned.in("stat", "-f", "-c", "%T", secret).ok()).isEqualTo("tmpfs");
        }
        assertThat(owned.in("cat", "/etc/app/greeting").ok()).isEqualTo("hello-4411");
        assertThat(owned.as(1000, 1000, "cat", "/run/secrets/password").ok()).isEqualTo(PASSWORD);
        assertThat(owned.as(1001, 101, "cat", "/run/secrets/password").err()).contains("Permission denied");
        assertThat(owned.as(1001, 70, "cat", "/etc/app/greeting").ok()).isEqualTo("hello-4411");
        assertThat(owned.as(1001, 1001, "cat", "/etc/app/greeting").err()).contains("Permission denied");
    }

    @Test
    @Order(10)
    void aNetworkOfItsOwnConnectsHosts() {
        guide.type("muster network create --driver overlay --attachable --subnet=10.0.9.0/24 my_overlay_network")
                .ok();
        assertThat(guide.type("muster network inspect --format"
                                + " '{{.Driver}} {{.Scope}} {{.Attachable}} {{(index .IPAM.Config 0).Subnet}}'"
                                + " my_overlay_network")
                        .ok())
                .isEqualTo("overlay swarm true 10.0.9.0/24");
        guide.type("muster service create --detach --name pair --replicas 3 --replicas-max-per-node 1"
                        + " --network my_overlay_network myimage")
                .ok();
        List<TaskView> pair = guide.converged("pair", 3);
        assertThat(pair).extracting(TaskView::host).containsExactlyInAnyOrder(1, 2, 3);
        List<String> addresses = new ArrayList<>();
        for (TaskView task : pair) {
            List<String> own = task.inNetwork("ip", "-4", "-o", "addr", "show").lines().stream()
                    .map(line -> line.replaceFirst(".* inet ([0-9.]+)/.*", "$1"))
                    .filter(address -> address.startsWith("10.0.9."))
                    .toList();
            assertThat(own).as("addresses of %s", task).hasSize(1);
            addresses.addAll(own);
        }
        assertThat(addresses).doesNotHaveDuplicates();
        for (TaskView task : pair) {
            for (String address : addresses) {
                task.inNetwork("ping", "-c", "1", "-W", "2", address).ok();
            }
        }
        refused("network rm my_overlay_network", "in use");
    }

    @Test
    @Order(11)
    void removingTheSingleServicesLeavesNothing() {
        guide.somethingOfEachKindIsThere();
        assertThat(guide.type("muster service rm web db api myapp owned pair").lines())
                .containsExactly("web", "db", "api", "myapp", "owned", "pair");
        guide.nothingIsLeft();
        guide.type("muster network rm my_overlay_network").ok();
        guide.type("muster secret rm db_password").ok();
        guide.type("muster config rm greeting").ok();
        for (String kind : List.of("service", "secret", "config")) {
            assertThat(guide.type("muster " + kind + " ls -q").ok()).isEmpty();
        }
    }
}
