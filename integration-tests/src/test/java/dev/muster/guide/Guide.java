package dev.muster.guide;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.muster.cluster.Eventually;
import dev.muster.cluster.HostContents;
import dev.muster.cluster.Run;
import dev.muster.cluster.TaskView;
import dev.muster.cluster.TestCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * The guide's three hosts, in a swarm and with the labels that it gives them, and what its readers type there. Node 1 is the
 * manager. The guide's test classes share one such cluster, which goes when the last of them has run: each leaves it as it was.
 */
final class Guide implements AutoCloseable {
    static final Duration CONVERGED = Duration.ofMinutes(2);

    /** What no disk may hold. */
    static final String PASSWORD = "mysecretpassword-3f9c17";

    private final TestCluster cluster;
    private final Run init;
    private final List<Run> joins = new ArrayList<>();
    private final Map<Integer, HostContents> bare;

    private Guide(TestCluster cluster) {
        this.cluster = cluster;
        // By default a node is taken for dead, and its tasks are replaced, after 15 s of silence: on a busy machine the
        // start of
        // a daemon that was killed may take longer. Three times the default heartbeat gives it 45 s.
        init = cluster.type(1, "muster swarm init --advertise-addr " + address(1) + " --dispatcher-heartbeat 15s");
        for (int host : List.of(2, 3)) {
            joins.add(cluster.type(host, joinCommand()));
        }
        Eventually.within(
                CONVERGED,
                () -> assertThat(type("muster node ls --format '{{.Status}}'").lines())
                        .containsExactly("Ready", "Ready", "Ready"));
        label("environment=production", "node-1");
        label("type=database", "node-2");
        label("environment=production", "node-2");
        label("environment=production", "node-3");
        bare = contents();
    }

    private static Guide start() {
        TestCluster cluster = TestCluster.daemons(3);
        try {
            return new Guide(cluster);
        } catch (AssertionError e) {
            String logs = cluster.logs();
            cluster.close();
            throw new AssertionError(e.getMessage() + logs, e);
        }
    }

    /** The line that {@code swarm init} tells its reader to type on the other hosts. */
    String joinCommand() {
        return init.lines().stream()
                .filter(line -> line.startsWith("    "))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no command to join in " + init))
                .strip();
    }

    private void label(String label, String node) {
        assertThat(type("muster node update --label-add " + label + " " + node).ok())
                .isEqualTo(node);
    }

    TestCluster cluster() {
        return cluster;
    }

    /** What {@code swarm init} said. */
    Run init() {
        return init;
    }

    /** What {@code swarm join} said on the other hosts. */
    List<Run> joins() {
        return joins;
    }

    /** Types a line into a shell on the manager. */
    Run type(String line) {
        return cluster.type(1, line);
    }

    String address(int host) {
        return cluster.variable("MUSTER_NODE_" + host + "_ADDRESS");
    }

    static Set<Integer> hosts() {
        return new TreeSet<>(Set.of(1, 2, 3));
    }

    /** What is on each host now. */
    Map<Integer, HostContents> contents() {
        Map<Integer, HostContents> all = new TreeMap<>();
        hosts().forEach(host -> all.put(host, HostContents.of(cluster, host)));
        return all;
    }

    /** While services run, the look at the hosts sees something of each kind: else it would prove nothing later. */
    void somethingOfEachKindIsThere() {
        Set<String> seen = new TreeSet<>();
        contents().forEach((host, now) -> seen.addAll(now.moreThan(bare.get(host))));
        assertThat(seen).isEqualTo(bare.get(1).counts().keySet());
    }

    void nothingIsLeft() {
        Eventually.within(CONVERGED, () -> assertThat(contents()).isEqualTo(bare));
    }

    List<TaskView> running(String service) {
        return TaskView.running(cluster, service);
    }

    /** Waits until a service has that many running tasks, and returns them. */
    List<TaskView> converged(String service, int replicas) {
        List<TaskView> tasks = new ArrayList<>();
        Eventually.within(CONVERGED, () -> {
            tasks.clear();
            tasks.addAll(running(service));
            assertThat(tasks)
                    .as("running tasks of %s; %s", service, type("muster service ps --no-trunc " + service))
                    .hasSize(replicas);
        });
        return tasks;
    }

    /** A service as the Docker-compatible API shows it. */
    JsonNode service(String name) {
        return TaskView.api(cluster, "/services/" + name);
    }

    /** Fetches a page from outside the cluster; fails unless the answer is a success. */
    String get(String url, String... options) {
        List<String> words = new ArrayList<>(List.of("curl", "-sSf", "-m", "5"));
        words.addAll(List.of(options));
        words.add(url);
        return cluster.outside(words.toArray(String[]::new)).ok();
    }

    @Override
    public void close() {
        cluster.close();
    }

    /** Gives test classes the cluster that they share. */
    static final class Shared implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Guide.class;
        }

        @Override
        public Guide resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(Guide.class))
                    .computeIfAbsent(Guide.class, key -> start(), Guide.class);
        }
    }
}
