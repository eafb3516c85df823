package dev.muster.worker.log;

import dev.muster.api.Driver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * All container logs of this node. One thread follows the spools of all containers: the kernel says which have grown,
 * each gets a bounded turn, and a short rest after each round gathers what comes meanwhile, so that a busy container
 * costs little more than a quiet one.
 *
 * <p>Bounds, per container: the log by max-size and max-file; the spool by 64 MiB and one segment (16 MiB at most) per
 * stream, reached only while this process is away or far behind. Thread safe.
 */
public final class LogSpool implements ContainerLogs {

    private static final System.Logger LOG = System.getLogger(LogSpool.class.getName());
    private static final String SCRIPT = "spool.sh";
    private static final String OPTIONS = "options";

    /** How much of one stream is taken per turn. */
    private static final int TURN_BYTES = 1 << 20;

    /** Lines reach followers this much late at most; halving it doubles the wakeups of a busy log. */
    private static final Duration REST = Duration.ofMillis(20);

    /** The kernel may drop notices when there are too many: look at all spools this often. */
    private static final Duration SWEEP = Duration.ofSeconds(5);

    private final Path directory;
    private final InstantSource clock;
    private final WatchService watch;
    private final Map<String, SpooledLog> logs = new ConcurrentHashMap<>();
    private final Thread follower;
    private volatile boolean closed;

    private LogSpool(Path directory, InstantSource clock) throws IOException {
        this.directory = directory;
        this.clock = clock;
        this.watch = directory.getFileSystem().newWatchService();
        this.follower = Thread.ofPlatform().daemon().name("log-spool").unstarted(this::follow);
    }

    /**
     * Takes up the logs that are in the directory, and begins to follow.
     *
     * @param directory on a disk; its path must hold nothing that an URI cannot
     */
    public static LogSpool open(Path directory, InstantSource clock) {
        try {
            Path absolute = directory.toAbsolutePath().normalize();
            Files.createDirectories(absolute);
            Files.setPosixFilePermissions(absolute, PosixFilePermissions.fromString("rwx------"));
            writeScript(absolute);
            LogSpool spool = new LogSpool(absolute, clock);
            spool.adopt();
            spool.follower.start();
            return spool;
        } catch (IOException e) {
            throw failure("cannot use the log directory " + directory, e);
        }
    }

    /** Replaced as a whole: shells of running containers go on reading the old one. */
    private static void writeScript(Path directory) throws IOException {
        Path temporary = directory.resolve(SCRIPT + ".new");
        try (InputStream in = LogSpool.class.getResourceAsStream(SCRIPT)) {
            if (in == null) {
                throw new IOException("this program lacks " + SCRIPT);
            }
            Files.copy(in, temporary, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwx------"));
        Files.move(temporary, directory.resolve(SCRIPT), StandardCopyOption.ATOMIC_MOVE);
    }

    private void adopt() throws IOException {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory, Files::isDirectory)) {
            for (Path child : children) {
                Optional<JsonFileOptions> options = loadOptions(child);
                if (options.isPresent()) {
                    follow(child.getFileName().toString(), options.get());
                }
            }
        }
    }

    @Override
    public Optional<String> prepare(String containerId, Driver driver) {
        String name = driver.getName().isEmpty() ? "json-file" : driver.getName();
        try {
            return switch (name) {
                case "none" -> {
                    fresh(containerId);
                    saveOptions(containerId, Optional.empty());
                    yield Optional.empty();
                }
                case "json-file" -> {
                    JsonFileOptions options = JsonFileOptions.of(driver);
                    Path own = fresh(containerId);
                    Files.createDirectories(SpooledLog.spoolOf(own));
                    saveOptions(containerId, Optional.of(options));
                    follow(containerId, options);
                    yield Optional.of(
                            directory.resolve(SCRIPT).toUri().toString().replaceFirst("^file:", "binary:"));
                }
                default ->
                    throw new LogFailure(
                            LogFailure.Kind.UNSUPPORTED,
                            "log driver '" + name + "' is not supported yet: use json-file or none");
            };
        } catch (IOException e) {
            throw failure("cannot prepare the log of container " + containerId, e);
        }
    }

    private Path fresh(String containerId) throws IOException {
        remove(containerId);
        return Files.createDirectories(directory.resolve(containerId));
    }

    private void saveOptions(String containerId, Optional<JsonFileOptions> options) throws IOException {
        Properties text = new Properties();
        text.setProperty("driver", options.isPresent() ? "json-file" : "none");
        options.ifPresent(each -> {
            text.setProperty("max-size-bytes", Long.toString(each.maxSizeBytes()));
            text.setProperty("max-files", Integer.toString(each.maxFiles()));
        });
        try (var out = Files.newBufferedWriter(directory.resolve(containerId).resolve(OPTIONS))) {
            text.store(out, null);
        }
    }

    private static Optional<JsonFileOptions> loadOptions(Path own) throws IOException {
        Properties text = new Properties();
        if (!Files.exists(own.resolve(OPTIONS)) || !Files.isDirectory(SpooledLog.spoolOf(own))) {
            return Optional.empty();
        }
        try (var in = Files.newBufferedReader(own.resolve(OPTIONS))) {
            text.load(in);
        }
        return Optional.of(new JsonFileOptions(
                Long.parseLong(
                        text.getProperty("max-size-bytes", Long.toString(JsonFileOptions.DEFAULT.maxSizeBytes()))),
                Integer.parseInt(text.getProperty("max-files", Integer.toString(JsonFileOptions.DEFAULT.maxFiles())))));
    }

    private void follow(String containerId, JsonFileOptions options) throws IOException {
        Path own = directory.resolve(containerId);
        SpooledLog.spoolOf(own)
                .register(watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
        logs.put(containerId, new SpooledLog(own, options, clock));
    }

    /** The follower thread. */
    private void follow() {
        Set<String> grown = new HashSet<>(logs.keySet());
        long sinceSweep = 0;
        while (!closed) {
            try {
                if (grown.isEmpty()) {
                    WatchKey key = watch.poll(SWEEP.toMillis(), TimeUnit.MILLISECONDS);
                    if (key != null) {
                        note(key, grown);
                    }
                }
                for (WatchKey key = watch.poll(); key != null; key = watch.poll()) {
                    note(key, grown);
                }
                if (grown.isEmpty() || ++sinceSweep * REST.toMillis() > SWEEP.toMillis()) {
                    grown.addAll(logs.keySet());
                    sinceSweep = 0;
                }
                grown.removeIf(each -> !turn(each));
                LockSupport.parkNanos(grown.isEmpty() ? REST.toNanos() : 0);
            } catch (InterruptedException | ClosedWatchServiceException e) {
                return;
            }
        }
    }

    private void note(WatchKey key, Set<String> grown) {
        if (key.watchable() instanceof Path spool) {
            grown.add(spool.getParent().getFileName().toString());
        }
        key.pollEvents();
        key.reset();
    }

    /** True if the container's spool may hold more. */
    private boolean turn(String containerId) {
        SpooledLog log = logs.get(containerId);
        if (log == null) {
            return false;
        }
        try {
            return log.pump(TURN_BYTES);
        } catch (IOException e) {
            // A full disk may get room again; the spool keeps what it can until then.
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cannot take the log of container " + containerId + ": " + e.getMessage());
            return false;
        }
    }

    @Override
    public void read(String containerId, LogQuery query, LogSink sink) throws InterruptedException {
        SpooledLog log = logs.get(containerId);
        if (log == null) {
            throw Files.exists(directory.resolve(containerId).resolve(OPTIONS))
                    ? new LogFailure(
                            LogFailure.Kind.UNSUPPORTED,
                            "configured logging driver does not support reading: it is none")
                    : new LogFailure(
                            LogFailure.Kind.NOT_FOUND, "no log of container " + containerId + " is kept on this node");
        }
        try {
            // What was written up to now counts as there, even if its turn has not come.
            while (turn(containerId) && !query.follow()) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            new JsonLogReading(log, query, sink).run();
        } catch (IOException e) {
            throw failure("cannot read the log of container " + containerId, e);
        }
    }

    @Override
    public void remove(String containerId) {
        SpooledLog log = logs.remove(containerId);
        Path own = directory.resolve(containerId);
        try {
            if (log != null) {
                log.close();
            }
            if (Files.exists(own)) {
                try (Stream<Path> all = Files.walk(own)) {
                    for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                        Files.deleteIfExists(each);
                    }
                }
            }
        } catch (IOException e) {
            throw failure("cannot remove the log of container " + containerId, e);
        }
    }

    /** The containers whose logs are here, to compare with those that should have one. */
    public List<String> containers() {
        try (Stream<Path> children = Files.list(directory)) {
            return children.filter(Files::isDirectory)
                    .map(each -> each.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw failure("cannot list the log directory " + directory, e);
        }
    }

    private static LogFailure failure(String what, IOException e) {
        return new LogFailure(LogFailure.Kind.IO, what + ": " + e.getMessage(), e);
    }

    /** Stops following; what containers write from then on stays in the spool. */
    @Override
    public void close() {
        closed = true;
        try {
            watch.close();
            follower.join(TimeUnit.SECONDS.toMillis(5));
            for (SpooledLog log : logs.values()) {
                log.close();
            }
        } catch (IOException e) {
            throw failure("cannot close the logs", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
