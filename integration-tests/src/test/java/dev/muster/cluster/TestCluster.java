package dev.muster.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A cluster that {@code deploy/cluster.sh} has started: real daemons on hosts in namespaces. Hosts are numbered from 1, managers
 * first. Closing it removes everything, unless {@code MUSTER_KEEP_CLUSTER} is set, for a look at what went wrong.
 */
public final class TestCluster implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(8);
    private static final Duration COMMAND = Duration.ofMinutes(3);

    private final Path dir;
    private final Map<String, String> environment = new HashMap<>();

    private TestCluster(Path dir) {
        this.dir = dir;
    }

    /** Starts a cluster and returns when every node is ready. */
    public static TestCluster up(int managers, int workers) {
        return start("--managers", "" + managers, "--workers", "" + workers);
    }

    /** Starts managers for a test that runs no containers: there are no images. */
    public static TestCluster managers(int managers) {
        return start("--managers", "" + managers, "--workers", "0", "--no-images");
    }

    /** Starts hosts with a daemon on each, which form no swarm yet. */
    public static TestCluster daemons(int hosts) {
        return start("--no-swarm", "--managers", "1", "--workers", "" + (hosts - 1));
    }

    private static TestCluster start(String... options) {
        try {
            TestCluster cluster = new TestCluster(Files.createTempDirectory(Path.of("/tmp"), "mu"));
            Run up = cluster.script(START, "up", options);
            if (up.exit() != 0) {
                String logs = cluster.logs();
                cluster.close();
                throw new AssertionError(up + logs);
            }
            cluster.script(COMMAND, "env").lines().forEach(line -> {
                String[] pair = line.replaceFirst("^export ", "").split("=", 2);
                cluster.environment.put(pair[0], pair[1].replaceAll("^['\"]|['\"]$", ""));
            });
            return cluster;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Path repository() {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.exists(here.resolve("deploy/cluster.sh"))) {
            here = here.getParent();
            if (here == null) {
                throw new IllegalStateException("run inside the repository");
            }
        }
        return here;
    }

    /** The last lines of each daemon's log. */
    public String logs() {
        StringBuilder all = new StringBuilder();
        for (int i = 1; Files.exists(dir.resolve("node-" + i)); i++) {
            Path log = dir.resolve("node-" + i).resolve("log");
            try {
                List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of("(no log)");
                all.append("\n--- node-").append(i).append("\n");
                lines.stream()
                        .skip(Math.max(0, lines.size() - 60))
                        .forEach(l -> all.append(l).append('\n'));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return all.toString();
    }

    public Path dir() {
        return dir;
    }

    /** A variable of {@code cluster.sh env}. */
    public String variable(String name) {
        String value = environment.get(name);
        if (value == null) {
            throw new IllegalArgumentException("cluster.sh env has no " + name + ", only " + environment.keySet());
        }
        return value;
    }

    private Run script(Duration bound, String verb, String... args) {
        List<String> command = new ArrayList<>();
        command.add(repository().resolve("deploy/cluster.sh").toString());
        command.add(verb);
        command.add("--dir");
        command.add(dir.toString());
        command.addAll(List.of(args));
        return Run.command(bound, command);
    }

    /** {@code kill}, {@code poweroff}, {@code start} and the like. */
    public void host(String verb, int host) {
        script(COMMAND, verb, "" + host).ok();
    }

    /** Runs a command on a host, in all its namespaces. */
    public Run on(int host, String... command) {
        return exec("" + host, command);
    }

    /** Runs a command outside the cluster, where its users are. */
    public Run outside(String... command) {
        return exec("outside", command);
    }

    private Run exec(String where, String... command) {
        return Run.command(COMMAND, words(where, command));
    }

    private List<String> words(String where, String... command) {
        List<String> words = new ArrayList<>(
                List.of(repository().resolve("deploy/cluster.sh").toString(), "exec", "--dir", dir.toString(), where));
        words.addAll(List.of(command));
        return words;
    }

    /** What somebody types into a shell on a host, where {@code muster} and {@code docker} talk to the host's own daemon. */
    public Run type(int host, String line) {
        return on(host, "sh", "-c", line);
    }

    /** The same, while the test goes on. */
    public Background typeInBackground(int host, String line) {
        return Background.start(words("" + host, "sh", "-c", line));
    }

    /** Runs a shell line outside the cluster, while the test goes on. */
    public Background outsideInBackground(String line) {
        return Background.start(words("outside", "sh", "-c", line));
    }

    @Override
    public void close() {
        if (System.getenv("MUSTER_KEEP_CLUSTER") == null) {
            Run down = script(COMMAND, "down");
            if (down.exit() != 0) {
                throw new AssertionError(down + "");
            }
            deleteWhatTestsPutThere();
        }
    }

    private void deleteWhatTestsPutThere() {
        if (!Files.exists(dir)) {
            return;
        }
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
