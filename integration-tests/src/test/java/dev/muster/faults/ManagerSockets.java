package dev.muster.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Node;
import dev.muster.api.Reachability;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.IntStream;

/** The managers of a cluster that {@code deploy/cluster.sh} has started. */
final class ManagerSockets implements Managers, AutoCloseable {
    /** Above the time that an election takes, below the 15 s that a manager tries: so some outcomes stay open. */
    private static final Duration CALL = Duration.ofSeconds(6);

    private static final Duration LOOK = Duration.ofSeconds(1);

    private final ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());
    private final List<ManagerSocket> stores;
    private final List<ManagerSocket> hasty;

    /**
     * @param dir of the cluster
     * @param count of managers, which are its first hosts
     */
    ManagerSockets(Path dir, int count) {
        this.stores = sockets(dir, count, CALL);
        this.hasty = sockets(dir, count, LOOK);
    }

    private List<ManagerSocket> sockets(Path dir, int count, Duration bound) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i ->
                        new ManagerSocket(new ControlHttp(dir.resolve("node-" + i + "/muster.sock"), bound, watchdog)))
                .toList();
    }

    @Override
    public List<ManagerSocket> stores() {
        return stores;
    }

    @Override
    public OptionalInt leader() {
        for (var manager : hasty) {
            try {
                return manager.nodes().stream()
                        .filter(node -> node.getManagerStatus().getLeader())
                        .mapToInt(ManagerSockets::host)
                        .findFirst();
            } catch (IOException e) {
                // It is the one that is down; another one will say.
            }
        }
        return OptionalInt.empty();
    }

    private static int host(Node node) {
        return Integer.parseInt(node.getDescription().getHostname().substring("node-".length()));
    }

    @Override
    public void assertWhole() throws IOException {
        for (int i = 0; i < stores.size(); i++) {
            var managers = stores.get(i).nodes().stream()
                    .filter(Node::hasManagerStatus)
                    .toList();
            assertThat(managers)
                    .as("managers, as manager %d sees them", i + 1)
                    .hasSize(stores.size())
                    .allSatisfy(node -> assertThat(node.getManagerStatus().getReachability())
                            .as("%s", node.getDescription().getHostname())
                            .isEqualTo(Reachability.REACHABILITY_REACHABLE));
        }
    }

    @Override
    public void close() {
        watchdog.shutdownNow();
    }
}
