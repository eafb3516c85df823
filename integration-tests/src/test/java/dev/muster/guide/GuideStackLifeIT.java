package dev.muster.guide;

import static dev.muster.guide.Guide.CONVERGED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.cluster.Eventually;
import dev.muster.cluster.TaskView;
import dev.muster.cluster.TestCluster;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The guide's stack on the days after: updates, a daemon that is killed under load, a database that dies, and its removal.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@ExtendWith(Guide.Shared.class)
@Order(Order.DEFAULT + 3)
class GuideStackLifeIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final Guide guide;
    private final TestCluster cluster;
    private final GuideStack stack;

    GuideStackLifeIT(Guide guide) {
        this.guide = guide;
        this.cluster = guide.cluster();
        this.stack = new GuideStack(guide);
    }

    @BeforeAll
    void theStackIsThere() {
        stack.ensure();
    }

    @Test
    @Order(1)
    void updatesReplaceAsManyTasksAtATimeAsTheStackSays() {
        List<Integer> web;
        List<Integer> api;
        try (Census nginx = Census.of(cluster, "nginx: master process");
                Census python = Census.of(cluster, "python3 /srv/api.py")) {
            Eventually.within(SOON, () -> assertThat(nginx.totals()).contains(3));
            Eventually.within(SOON, () -> assertThat(python.totals()).contains(5));
            guide.type("muster service update --detach --image nginx:latest myapp_web")
                    .ok();
            guide.type("muster service update --detach --with-registry-auth"
                            + " --image myregistry.com/api:v2.1 myapp_api")
                    .ok();
            Eventually.within(CONVERGED, () -> {
                assertThat(updateState("myapp_web")).isEqualTo("completed");
                assertThat(updateState("myapp_api")).isEqualTo("completed");
            });
            web = nginx.totals();
            api = python.totals();
        }
        // No more are away at once than the stack allows, nor is there ever a surplus; and some were seen away.
        assertThat(web).as("containers of web").containsOnly(2, 3).contains(2, 3);
        assertThat(api)
                .as("containers of api")
                .containsOnly(3, 4, 5)
                .containsAnyOf(3, 4)
                .contains(5);
        inOrder(Replacement.by(cluster, "myapp_web", "nginx:latest@sha256:"), 3, 1);
        inOrder(Replacement.by(cluster, "myapp_api", "myregistry.com/api:v2.1@sha256:"), 5, 2);
        for (TaskView task : guide.converged("myapp_web", 3)) {
            assertThat(task.in("cat", "/usr/share/nginx/html/index.html").ok()).contains("Image: latest");
        }
        assertThat(guide.get("http://" + guide.address(1) + "/api/")).endsWith(" v2.1");
    }

    private String updateState(String service) {
        return guide.service(service).at("/UpdateStatus/State").asText();
    }

    /** Each slot once, the old task ended before the new one ran, and the delay between one batch and the next. */
    private static void inOrder(List<Replacement> replacements, int slots, int parallelism) {
        assertThat(replacements)
                .extracting(Replacement::slot)
                .doesNotHaveDuplicates()
                .hasSize(slots);
        assertThat(replacements).allSatisfy(each -> assertThat(each.ended()).isBeforeOrEqualTo(each.started()));
        List<Instant> started =
                replacements.stream().map(Replacement::started).sorted().toList();
        for (int i = parallelism; i < slots; i++) {
            assertThat(replacements.get(i).created())
                    .as("when the next was begun, in %s", replacements)
                    .isAfterOrEqualTo(started.get(i - parallelism).plusSeconds(10));
        }
    }

    @Test
    @Order(2)
    void containersDoNotNoticeThatTheirDaemonIsKilled() {
        List<TaskView> before = stack.tasks();
        TaskView beside = before.stream()
                .filter(task -> task.host() == 2 && task.service().equals("myapp_web"))
                .findFirst()
                .orElseThrow();
        String server = beside.hostname();
        String processes = processes(before);
        String daemon = daemon();
        List<Load.Answer> answers;
        try (Load load = Load.on(cluster, guide.address(2))) {
            Eventually.within(SOON, () -> assertThat(load.answeredBy(server)).isPositive());
            cluster.host("kill", 2);
            long then = load.answeredBy(server);
            long lines = 2 * 65_536 / Load.LINE_BYTES;
            Eventually.within(SOON, () -> assertThat(load.answeredBy(server)).isGreaterThan(then + lines));
            assertThat(answers(2)).isFalse();
            cluster.host("start", 2);
            long back = load.answeredBy(server);
            Eventually.within(SOON, () -> assertThat(load.answeredBy(server)).isGreaterThan(back));
            answers = load.end();
        }
        assertThat(answers).allSatisfy(answer -> assertThat(answer.status()).isEqualTo(200));
        assertThat(daemon()).isNotEqualTo(daemon);
        assertThat(processes(before)).isEqualTo(processes);
        Eventually.within(
                SOON,
                () -> assertThat(guide.type("muster node ls --format '{{.Status}}'")
                                .lines())
                        .containsOnly("Ready"));
        assertThat(stack.tasks()).isEqualTo(before);
        everyAnswerIsInTheLogOnce(answers);
    }

    /** The shims, the first process of each container with the second in which it was started, and the containers on node 2. */
    private String processes(List<TaskView> tasks) {
        String pids = tasks.stream()
                .filter(task -> task.host() == 2)
                .map(task -> "" + task.pid())
                .collect(Collectors.joining(","));
        return cluster.type(
                        2,
                        "pgrep -f '[c]ontainerd-shim-runc' && ps -o pid=,lstart=,args= -p " + pids
                                + " && ctr -a /run/muster/containerd.sock -n muster containers ls -q")
                .ok();
    }

    /** Whether the daemon of a host answers. */
    private boolean answers(int host) {
        String socket = cluster.variable("MUSTER_NODE_" + host + "_DOCKER_SOCKET");
        return cluster.on(host, "curl", "-sf", "-m", "2", "--unix-socket", socket, "http://localhost/_ping")
                        .exit()
                == 0;
    }

    private String daemon() {
        return cluster.on(
                        2,
                        "cat",
                        cluster.dir().resolve("hosts/node-2/musterd.pid").toString())
                .ok();
    }

    private void everyAnswerIsInTheLogOnce(List<Load.Answer> answers) {
        List<String> asked = answers.stream().map(Load.Answer::path).toList();
        Eventually.within(SOON, () -> {
            List<String> logged =
                    guide.type("muster service logs myapp_web | grep -o 'GET /load-[0-9-]*'").lines().stream()
                            .map(line -> line.substring("GET ".length()))
                            .toList();
            List<String> lost = new ArrayList<>(asked);
            lost.removeAll(Set.copyOf(logged));
            assertThat(lost).as("requests without a line").isEmpty();
            assertThat(logged).as("lines of the access log").hasSameSizeAs(asked);
        });
    }

    @Test
    @Order(3)
    void aRowSurvivesTheDeathOfTheDatabase() {
        String rows = "http://" + guide.address(3) + "/api/rows";
        Eventually.within(SOON, () -> guide.get(rows, "-X", "POST", "-d", "kept-8841"));
        TaskView before = guide.running("myapp_database").getFirst();
        String volume = volume(before);
        // Its daemon is the one that was killed: that it sees this end is part of having taken its containers up again.
        cluster.on(before.host(), "kill", "-9", "" + before.pid()).ok();
        Eventually.within(CONVERGED, () -> {
            List<TaskView> now = guide.running("myapp_database");
            assertThat(now).hasSize(1);
            assertThat(now.getFirst().id()).isNotEqualTo(before.id());
            assertThat(now.getFirst().host()).isEqualTo(before.host());
        });
        assertThat(volume(guide.running("myapp_database").getFirst())).isEqualTo(volume);
        Eventually.within(SOON, () -> assertThat(guide.get(rows)).contains("kept-8841"));
    }

    /** Device and directory of the database's volume. */
    private static String volume(TaskView database) {
        String line = database.in("grep", " /var/lib/postgresql/data ", "/proc/self/mountinfo")
                .ok();
        List<String> words = List.of(line.split(" "));
        assertThat(words.get(3)).contains("myapp_db_data");
        return words.get(2) + " " + words.get(3);
    }

    @Test
    @Order(4)
    void removingTheStackLeavesNothing() {
        guide.somethingOfEachKindIsThere();
        assertThat(guide.type("muster stack rm myapp").lines())
                .contains("Removing service myapp_api", "Removing network myapp_frontend");
        guide.nothingIsLeft();
        assertThat(stack.networks()).isEmpty();
        for (String kind : List.of("service", "config")) {
            assertThat(guide.type("muster " + kind + " ls -q").ok()).isEmpty();
        }
        assertThat(guide.type("muster secret rm db_password jwt_secret ssl_cert ssl_key")
                        .lines())
                .hasSize(4);
    }
}
