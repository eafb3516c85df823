package dev.muster.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.muster.cluster.Background;
import dev.muster.cluster.Eventually;
import dev.muster.cluster.Run;
import dev.muster.cluster.TestCluster;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Three managers and a worker. Two managers die for good; the third goes on alone, and later the whole cluster is restored
 * from a backup on an empty host. A service on an overlay network answers on the worker all the time.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RecoveryIT {
    private static final Duration SOON = Duration.ofSeconds(40);
    private static final int SURVIVOR = 3;
    private static final int WORKER = 4;

    private TestCluster cluster;
    private Background load;
    private Set<String> processes = Set.of();
    private boolean complete = true;

    @BeforeAll
    void up() {
        cluster = TestCluster.up(3, 1);
    }

    /** Each test begins with the cluster that the one before it left: after a failure the rest would tell nothing. */
    @BeforeEach
    void goOnOnlyIfAllWentWell() {
        assumeTrue(complete, "a test before this one failed: the cluster is not as this one expects it");
        complete = false;
    }

    @AfterAll
    void down() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private Run type(int host, String line) {
        return cluster.type(host, line);
    }

    /** HOSTNAME STATUS MANAGER-STATUS of every node, as a manager sees them. */
    private List<String> nodes(int host) {
        return type(host, "muster node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'").lines().stream()
                .map(String::strip)
                .toList();
    }

    private Set<String> configs(int host) {
        return new TreeSet<>(type(host, "muster config ls --format '{{.Name}}'").lines());
    }

    /** The web servers' processes on the worker: which ones, and since when. */
    private Set<String> webProcesses() {
        return new TreeSet<>(
                type(WORKER, "for p in $(pgrep -f '[n]ginx: master'); do echo $p $(cut -d' ' -f22 /proc/$p/stat); done")
                        .lines());
    }

    /** How many requests from outside went through the worker's published port, and how many did not. */
    private String answers() {
        return cluster.outside("sh", "-c", "cat " + cluster.dir() + "/answers").out();
    }

    @Test
    @Order(1)
    void aServiceRunsOnTheWorker() {
        type(1, "muster network create --driver overlay mesh").ok();
        type(
                        1,
                        "muster service create -d --name web --network mesh --publish 8080:80 --replicas 2"
                                + " --constraint node.hostname==node-4 nginx:alpine")
                .ok();
        type(2, "echo x | muster config create before -").ok();
        Eventually.within(SOON, () -> assertThat(webProcesses()).hasSize(2));
        Eventually.within(
                SOON,
                () -> cluster.outside("curl", "-sf", "-m", "2", "http://" + address(WORKER) + ":8080/")
                        .ok());
        processes = webProcesses();
        load = cluster.outsideInBackground("while true; do if curl -sf -m 2 -o /dev/null http://" + address(WORKER)
                + ":8080/; then echo y; else echo n; fi >>" + cluster.dir() + "/answers; sleep 0.2; done");
        complete = true;
    }

    private String address(int host) {
        return cluster.variable("MUSTER_NODE_" + host + "_ADDRESS");
    }

    @Test
    @Order(2)
    void theLastManagerGoesOnAloneWithAllThatItKnows() {
        cluster.host("poweroff", 1);
        cluster.host("poweroff", 2);
        assertThat(type(SURVIVOR, "echo x | muster config create nobody -").exit())
                .as("without a majority nothing is taken")
                .isNotZero();
        assertThat(type(WORKER, "muster swarm init --force-new-cluster").err())
                .contains("no manager's state to begin a cluster from");
        assertThat(type(SURVIVOR, "muster swarm init --force-new-cluster").ok()).contains("is now a manager");
        assertThat(configs(SURVIVOR)).contains("before");
        Eventually.within(
                SOON,
                () -> assertThat(nodes(SURVIVOR))
                        .containsExactly("node-1 Down", "node-2 Down", "node-3 Ready Leader", "node-4 Ready"));
        assertThat(webProcesses()).isEqualTo(processes);
        complete = true;
    }

    @Test
    @Order(3)
    void newTasksFindTheOldOnesOnTheirNetwork() {
        type(SURVIVOR, "muster service scale -d web=3").ok();
        Eventually.within(SOON, () -> assertThat(webProcesses()).hasSize(3).containsAll(processes));
        processes = webProcesses();
        String addresses = type(
                        SURVIVOR,
                        "muster service inspect --format '{{(index .Endpoint.VirtualIPs 0).Addr}}"
                                + " {{(index .Endpoint.VirtualIPs 1).Addr}}' web")
                .ok();
        // One is of the mesh, the other of the ingress network: only the first is the probe's to reach.
        String ask = "for v in " + addresses.replaceAll("/\\d+", "") + "; do echo GET / | nc -w 2 $v 80 | grep -q nginx"
                + " && echo reached; done; sleep 1";
        type(
                        SURVIVOR,
                        "muster service create -d --name probe --network mesh --constraint node.hostname==node-3"
                                + " busybox sh -c 'while true; do " + ask + "; done'")
                .ok();
        Eventually.within(
                SOON,
                () -> assertThat(type(SURVIVOR, "timeout 5 muster service logs --tail 5 probe")
                                .out())
                        .contains("reached"));
        complete = true;
    }

    @Test
    @Order(4)
    void theManagersOfBeforeComeBackAsWorkers() {
        // Together they are a majority of the group that was.
        cluster.host("start", 1);
        cluster.host("start", 2);
        Eventually.within(
                SOON,
                () -> assertThat(nodes(SURVIVOR))
                        .containsExactly("node-1 Ready", "node-2 Ready", "node-3 Ready Leader", "node-4 Ready"));
        for (int old : List.of(1, 2)) {
            Eventually.within(
                    SOON, () -> assertThat(type(old, "muster node ls").err()).contains("Worker nodes can't be used"));
        }
        assertThat(webProcesses()).isEqualTo(processes);
        type(SURVIVOR, "muster node promote node-1").ok();
        Eventually.within(SOON, () -> assertThat(nodes(SURVIVOR)).contains("node-1 Ready Reachable"));
        type(1, "echo x | muster config create through-the-new-one -").ok();
        assertThat(configs(SURVIVOR)).contains("through-the-new-one", "before");
        complete = true;
    }

    @Test
    @Order(5)
    void aBackupMakesTheClusterAnewOnAnEmptyHost() {
        String backup = cluster.dir() + "/backup";
        type(1, "muster swarm backup -q " + backup + " && muster swarm backup - >" + backup + ".2")
                .ok();
        assertThat(type(1, "stat -c %a " + backup).ok()).isEqualTo("600");
        type(1, "echo x | muster config create after-the-backup -").ok();
        cluster.host("poweroff", 1);
        cluster.host("poweroff", SURVIVOR);
        type(WORKER, "rm -r " + cluster.dir() + "/node-" + SURVIVOR + "/*").ok();
        cluster.host("start", SURVIVOR);
        type(SURVIVOR, "head -c 3000 " + backup + " >" + backup + ".short").ok();
        assertThat(type(SURVIVOR, "muster swarm restore " + backup + ".short").err())
                .contains("damaged", "it ends too early");
        assertThat(type(SURVIVOR, "muster info --format '{{.Swarm.LocalNodeState}}'")
                        .ok())
                .as("a backup that is damaged changes nothing")
                .isEqualTo("inactive");
        assertThat(type(SURVIVOR, "muster swarm restore " + backup).ok()).contains("is now its only manager");
        assertThat(type(SURVIVOR, "muster swarm restore " + backup + ".2").err())
                .contains("already part of a swarm");
        assertThat(configs(SURVIVOR)).contains("before", "through-the-new-one").doesNotContain("after-the-backup");
        Eventually.within(SOON, () -> assertThat(nodes(SURVIVOR)).contains("node-4 Ready", "node-3 Ready Leader"));
        type(SURVIVOR, "muster service scale -d web=4").ok();
        Eventually.within(SOON, () -> assertThat(webProcesses()).hasSize(4).containsAll(processes));
        processes = webProcesses();
        complete = true;
    }

    @Test
    @Order(9)
    void theServiceAnsweredAllTheTime() {
        load.close();
        assertThat(webProcesses()).isEqualTo(processes);
        assertThat(answers().lines().filter("n"::equals).count())
                .as("requests without an answer")
                .isZero();
        assertThat(answers().lines().count()).isGreaterThan(50);
        complete = true;
    }
}
