package dev.muster.managers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.muster.cluster.Eventually;
import dev.muster.cluster.Run;
import dev.muster.cluster.TestCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Three managers and a worker, in the order of a cluster's life. One service runs all the time: whatever happens to managers,
 * the processes of its containers stay the same.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ManagersIT {
    private static final Duration SOON = Duration.ofSeconds(40);
    private static final int HOSTS = 4;

    /** Unlike any other process. */
    private static final String COMMAND = "sleep 98765";

    private TestCluster cluster;
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

    /** Types a line into a shell on a host. */
    private Run type(int host, String line) {
        return cluster.on(host, "sh", "-c", line);
    }

    /** HOSTNAME STATUS MANAGER-STATUS of every node, as a manager sees them. */
    private List<String> nodes(int host) {
        return type(host, "muster node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'")
                .lines();
    }

    private int leader(int host) {
        return nodes(host).stream()
                .filter(line -> line.endsWith(" Leader"))
                .map(line -> Integer.parseInt(line.substring("node-".length(), line.indexOf(' '))))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no leader in " + nodes(host)));
    }

    private static int otherThan(int... hosts) {
        return IntStream.rangeClosed(1, 3)
                .filter(host -> IntStream.of(hosts).noneMatch(other -> other == host))
                .findFirst()
                .orElseThrow();
    }

    private String nodeId(int asked, String name) {
        return type(asked, "muster node inspect --format '{{.ID}}' " + name).ok();
    }

    private Set<String> configs(int host) {
        return new TreeSet<>(type(host, "muster config ls --format '{{.Name}}'").lines());
    }

    /** The service's processes on all hosts: which ones, and since when. */
    private Set<String> serviceProcesses() {
        Set<String> found = new TreeSet<>();
        for (int host = 1; host <= HOSTS; host++) {
            int here = host;
            type(host, "for p in $(pgrep -fx '" + COMMAND + "'); do echo $p $(cut -d' ' -f22 /proc/$p/stat); done")
                    .lines()
                    .stream()
                    .filter(line -> !line.isBlank())
                    .forEach(line -> found.add("node-" + here + " " + line));
        }
        return found;
    }

    private void everythingStillRuns() {
        assertThat(serviceProcesses()).isEqualTo(processes);
    }

    /**
     * A host whose daemon is away for longer than the grace, as on a busy machine, has its tasks replaced; the others' go on
     * in any case.
     */
    private void everythingStillRunsBut(int host) {
        Set<String> elsewhere = new TreeSet<>(processes);
        elsewhere.removeIf(process -> process.startsWith("node-" + host + " "));
        Eventually.within(
                SOON,
                () -> assertThat(serviceProcesses()).containsAll(elsewhere).hasSize(4));
        processes = serviceProcesses();
    }

    @Test
    @Order(1)
    void everyManagerShowsTheSameCluster() {
        List<String> expected =
                List.of("node-1 Ready Leader", "node-2 Ready Reachable", "node-3 Ready Reachable", "node-4 Ready");
        for (int host = 1; host <= 3; host++) {
            assertThat(nodes(host)).containsExactlyElementsOf(expected);
        }
        assertThat(type(2, "muster info --format '{{.Swarm.ControlAvailable}} {{.Swarm.Managers}} {{.Swarm.Nodes}}'")
                        .ok())
                .isEqualTo("true 3 4");
        assertThat(type(3, "muster swarm join-token manager").ok())
                .contains("muster swarm join --token SWMTKN-1-")
                .contains(cluster.variable("MUSTER_NODE_3_ADDRESS") + ":2377");
        assertThat(type(4, "muster node ls").err()).contains("Worker nodes can't be used to view or modify cluster");
        complete = true;
    }

    @Test
    @Order(2)
    void whatIsWrittenThroughOneManagerIsReadThroughTheOthersAtOnce() {
        for (int writer = 1; writer <= 3; writer++) {
            type(writer, "echo x | muster config create through-" + writer + " -")
                    .ok();
            for (int reader = 1; reader <= 3; reader++) {
                assertThat(configs(reader)).contains("through-" + writer);
            }
        }
        assertThat(type(2, "echo x | muster config create through-1 -").err()).contains("already exists");
        type(3, "muster service create -d --name still --replicas 4 --restart-delay 1s busybox " + COMMAND)
                .ok();
        Eventually.within(SOON, () -> assertThat(serviceProcesses()).hasSize(4));
        processes = serviceProcesses();
        assertThat(type(2, "muster service logs still").exit())
                .as("logs, read through a manager that does not have them")
                .isZero();
        complete = true;
    }

    @Test
    @Order(3)
    void aKilledLeaderIsReplacedAndNothingAcknowledgedIsLost() throws Exception {
        int leader = leader(2);
        List<Integer> survivors = List.of(otherThan(leader), otherThan(leader, otherThan(leader)));
        List<String> acknowledged = new ArrayList<>();
        try (var writers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<String>>> written = survivors.stream()
                    .map(host -> writers.submit(() -> writeConfigs(host, 10)))
                    .toList();
            Eventually.within(SOON, () -> assertThat(configs(leader)).anyMatch(name -> name.startsWith("load-")));
            cluster.host("kill", leader);
            Eventually.within(
                    SOON,
                    () -> assertThat(nodes(survivors.getFirst()))
                            .anyMatch(
                                    line -> line.startsWith("node-" + leader + " ") && line.endsWith(" Unreachable")));
            assertThat(leader(survivors.getLast())).isNotEqualTo(leader);
            // Soon enough for its tasks not to be written off.
            cluster.host("start", leader);
            for (Future<List<String>> one : written) {
                acknowledged.addAll(result(one));
            }
        }
        assertThat(acknowledged)
                .as("every write went through, before the kill or after it")
                .hasSize(20);
        Eventually.within(
                SOON, () -> assertThat(nodes(survivors.getFirst())).contains("node-" + leader + " Ready Reachable"));
        for (int host = 1; host <= 3; host++) {
            assertThat(configs(host)).as("read through node-" + host).containsAll(acknowledged);
        }
        everythingStillRunsBut(leader);
        complete = true;
    }

    /** The names of those that were acknowledged. */
    private List<String> writeConfigs(int host, int count) {
        return type(
                        host,
                        "for i in $(seq " + count + "); do echo x | muster config create load-" + host
                                + "-$i - >/dev/null && echo load-" + host + "-$i; done")
                .lines();
    }

    private static <T> T result(Future<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    @Test
    @Order(4)
    void aLeaderThatIsStoppedHandsOverFirst() {
        int leader = leader(1);
        int other = otherThan(leader);
        cluster.host("stop", leader);
        String successor = nodeId(other, "node-" + leader(other));
        assertThat(logged(leader, "stopping: " + successor + " leads from now on"))
                .as("the leader's last word names the one that leads now")
                .isTrue();
        type(other, "echo x | muster config create after-stop -").ok();
        assertThat(leader(other)).isNotEqualTo(leader);
        cluster.host("start", leader);
        Eventually.within(SOON, () -> assertThat(nodes(other)).contains("node-" + leader + " Ready Reachable"));
        assertThat(configs(leader)).contains("after-stop");
        everythingStillRunsBut(leader);
        complete = true;
    }

    /** Whether a daemon has logged a line with the text. */
    private boolean logged(int host, String text) {
        String log = cluster.dir() + "/node-" + host + "/log";
        return type(otherThan(host), "if grep -qF '" + text + "' " + log + "; then echo yes; fi")
                .lines()
                .contains("yes");
    }

    @Test
    @Order(5)
    void promotionAndDemotionRestartNoContainer() {
        assertThat(type(2, "muster node promote node-4").ok())
                .isEqualTo("Node node-4 promoted to a manager in the swarm.");
        assertThat(type(2, "muster node promote node-4").ok())
                .isEqualTo("Node " + nodeId(2, "node-4") + " is already a manager.");
        Eventually.within(SOON, () -> assertThat(nodes(2)).contains("node-4 Ready Reachable"));
        type(4, "echo x | muster config create through-4 -").ok();
        assertThat(configs(4)).contains("through-4", "through-1");

        int leader = leader(4);
        int other = otherThan(leader);
        assertThat(type(4, "muster node demote node-" + leader).ok())
                .isEqualTo("Manager node-" + leader + " demoted in the swarm.");
        Eventually.within(SOON, () -> assertThat(nodes(other)).contains("node-" + leader + " Ready"));
        assertThat(leader(other)).isNotEqualTo(leader);
        Eventually.within(
                SOON,
                () -> assertThat(type(leader, "muster node ls").err())
                        .contains("Worker nodes can't be used to view or modify cluster state"));
        Eventually.within(
                SOON,
                () -> assertThat(cluster.on(leader, "ls", cluster.dir() + "/node-" + leader)
                                .lines())
                        .as("the log and its keys go with the role")
                        .doesNotContain("manager"));
        everythingStillRuns();

        type(4, "muster node promote node-" + leader).ok();
        Eventually.within(SOON, () -> assertThat(nodes(4)).contains("node-" + leader + " Ready Reachable"));
        type(other, "muster node demote node-4").ok();
        Eventually.within(SOON, () -> assertThat(nodes(other)).contains("node-4 Ready"));
        assertThat(configs(leader)).contains("through-4");
        everythingStillRuns();
        complete = true;
    }

    @Test
    @Order(6)
    void aManagerThatLostItsLogComesBackAsANewMember() {
        int leader = leader(1);
        int lost = otherThan(leader);
        int other = otherThan(leader, lost);
        String member = raftMember(other, lost);
        cluster.host("stop", lost);
        type(lost, "rm -r " + cluster.dir() + "/node-" + lost + "/manager").ok();
        cluster.host("start", lost);
        Eventually.within(SOON, () -> {
            assertThat(nodes(other)).contains("node-" + lost + " Ready Reachable");
            assertThat(raftMember(other, lost)).isNotEqualTo(member);
        });
        assertThat(configs(lost)).contains("through-1", "through-4", "after-stop");
        everythingStillRunsBut(lost);
        complete = true;
    }

    /** The file that says which member of the Raft group a manager is. */
    private String raftMember(int asked, int manager) {
        return type(asked, "cat " + cluster.dir() + "/node-" + manager + "/manager/member")
                .out();
    }

    @Test
    @Order(7)
    void whatWouldLoseTheMajorityIsRefused() {
        int leader = leader(1);
        int dead = otherThan(leader);
        int healthy = otherThan(leader, dead);
        assertThat(type(healthy, "muster swarm leave").err())
                .contains("You are attempting to leave the swarm on a node that is participating as a manager.")
                .contains("Use `--force` to suppress this message.");
        assertThat(type(leader, "muster node rm --force node-" + healthy).err())
                .contains(
                        "is a cluster manager and is a member of the raft cluster. It must be demoted to worker before"
                                + " removal");

        cluster.host("kill", dead);
        Eventually.within(
                SOON,
                () -> assertThat(nodes(leader))
                        .anyMatch(line -> line.startsWith("node-" + dead + " ") && line.endsWith(" Unreachable")));
        assertThat(type(healthy, "muster node demote node-" + healthy).err())
                .contains("can't remove member from the raft: this would result in a loss of quorum");
        assertThat(type(healthy, "muster swarm leave").err())
                .contains("Removing this node leaves 1 managers out of 3. Without a Raft quorum your swarm will be"
                        + " inaccessible.");

        // The dead one can go: two are left, and both are there.
        type(healthy, "muster node demote node-" + dead).ok();
        Eventually.within(
                SOON,
                () -> assertThat(nodes(healthy))
                        .anyMatch(line -> line.startsWith("node-" + dead + " ")
                                && !line.endsWith("able")
                                && !line.endsWith(" Unknown")));
        cluster.host("start", dead);
        Eventually.within(SOON, () -> assertThat(nodes(healthy)).contains("node-" + dead + " Ready"));
        Eventually.within(
                SOON, () -> assertThat(type(dead, "muster node ls").err()).contains("Worker nodes can't be used"));
        everythingStillRunsBut(dead);
        complete = true;
    }

    @Test
    @Order(8)
    void aManagerThatLeavesByForceIsMissedByNobody() {
        int leader = leader(otherThanWorker());
        int staying = managers(leader).stream()
                .filter(host -> host != leader)
                .findFirst()
                .orElseThrow();
        String id = nodeId(staying, "node-" + leader);
        assertThat(type(leader, "muster swarm leave --force").ok()).isEqualTo("Node left the swarm.");
        assertThat(nodes(staying)).contains("node-" + staying + " Ready Leader");
        type(staying, "echo x | muster config create alone -").ok();
        Eventually.within(SOON, () -> assertThat(nodes(staying)).contains("node-" + leader + " Down"));
        assertThat(type(staying, "muster node rm node-" + leader).ok()).isEqualTo("node-" + leader);
        assertThat(type(staying, "muster node demote node-" + staying).err())
                .contains("attempting to demote the last manager of the swarm");
        assertThat(type(staying, "muster swarm leave").err())
                .contains("Removing the last manager erases all current state of the swarm.");

        String token = type(staying, "muster swarm join-token -q manager").ok();
        assertThat(type(
                                leader,
                                "muster swarm join --token " + token + " "
                                        + cluster.variable("MUSTER_NODE_" + staying + "_ADDRESS") + ":2377")
                        .ok())
                .isEqualTo("This node joined a swarm as a manager.");
        assertThat(configs(leader)).contains("alone");
        assertThat(nodeId(leader, "self")).isNotEqualTo(id);
        complete = true;
    }

    private int otherThanWorker() {
        return IntStream.rangeClosed(1, 3)
                .filter(host -> type(host, "muster node ls").exit() == 0)
                .findFirst()
                .orElseThrow();
    }

    private List<Integer> managers(int asked) {
        return nodes(asked).stream()
                .filter(line -> line.endsWith("Leader") || line.endsWith("Reachable"))
                .map(line -> Integer.parseInt(line.substring("node-".length(), line.indexOf(' '))))
                .toList();
    }
}
