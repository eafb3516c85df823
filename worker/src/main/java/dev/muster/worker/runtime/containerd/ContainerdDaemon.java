package dev.muster.worker.runtime.containerd;

import dev.muster.worker.runtime.RuntimeFailure;
import dev.muster.worker.runtime.RuntimeFailure.Kind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * The containerd of this node. A private one is started in a session of its own, so that neither a terminal nor the end
 * of this process ends it; a running one is found again by its socket and kept. While this object is open, a private
 * containerd that dies is started again: containers do not notice.
 *
 * <p>Thread safe. {@link #close()} leaves containerd running; {@link #destroy()} does not.
 */
public final class ContainerdDaemon implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(ContainerdDaemon.class.getName());

    /** A cold start takes about a second on an idle machine; a busy one gets the rest. */
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private static final Duration STOP_LIMIT = Duration.ofSeconds(15);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final Duration PROBE = Duration.ofSeconds(2);

    /** How often a dead containerd is noticed; also the least time between two starts. */
    private static final Duration SUPERVISION = Duration.ofSeconds(2);

    private static final String PROGRAMS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final long OUTPUT_LIMIT_BYTES = 4L << 20;
    private static final int LAST_WORDS_BYTES = 2048;

    private final ContainerdConfig config;
    private final LongSupplier nanos;
    private volatile boolean closed;

    private ContainerdDaemon(ContainerdConfig config, LongSupplier nanos) {
        this.config = config;
        this.nanos = nanos;
    }

    /**
     * Finds or starts containerd and returns when it answers.
     *
     * @param nanos a monotonic clock
     * @throws RuntimeFailure UNAVAILABLE with containerd's last words if it does not come up
     */
    public static ContainerdDaemon start(ContainerdConfig config, LongSupplier nanos) {
        ContainerdDaemon daemon = new ContainerdDaemon(config, nanos);
        if (config.address().isPresent()) {
            daemon.requireForeign();
            return daemon;
        }
        daemon.adoptOrStart();
        Thread.ofVirtual().name("containerd-supervisor").start(daemon::supervise);
        return daemon;
    }

    public ContainerdConfig config() {
        return config;
    }

    /** A new connection, to be closed by the caller. */
    public ContainerdClient connect() {
        return ContainerdClient.connect(config.socket(), config.namespace());
    }

    private void requireForeign() {
        if (!answers()) {
            throw new RuntimeFailure(
                    Kind.UNAVAILABLE,
                    "no containerd answers at " + config.socket()
                            + ": start it, or leave out --containerd to have a private one started");
        }
    }

    private synchronized void adoptOrStart() {
        try {
            Files.createDirectories(config.dataDir());
            Files.createDirectories(config.runDir());
            if (answers() || (runningPid().isPresent() && awaitAnswer(START_LIMIT))) {
                return;
            }
            stopProcess();
            boundOutput();
            Files.writeString(config.configFile(), ContainerdConfigFile.text(config));
            Files.setPosixFilePermissions(config.configFile(), PosixFilePermissions.fromString("rw-------"));
            Process process = launch();
            recordPid(process.pid());
            if (!awaitAnswer(START_LIMIT)) {
                stopProcess();
                throw new RuntimeFailure(
                        Kind.UNAVAILABLE,
                        "containerd did not come up within " + START_LIMIT.toSeconds() + " s. " + lastWords());
            }
        } catch (IOException e) {
            throw new RuntimeFailure(
                    Kind.UNAVAILABLE, "cannot start containerd: " + e.getMessage() + ". " + lastWords(), e);
        }
    }

    /**
     * In its own session and cgroup; the shell between moves itself and then becomes containerd, so the process id
     * stays.
     */
    private Process launch() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "setsid",
                "sh",
                "-c",
                "while [ \"$1\" != -- ]; do echo $$ >\"$1/cgroup.procs\" || exit 1; shift; done; shift; exec \"$@\"",
                "sh"));
        for (Path directory : daemonCgroups()) {
            command.add(directory.toString());
        }
        command.addAll(
                List.of("--", "containerd", "--config", config.configFile().toString()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(config.outputFile().toFile()))
                .redirectErrorStream(true);
        // runc and the shims are looked up there; a shell's path may lack the administrator's directories.
        builder.environment().merge("PATH", PROGRAMS, (own, added) -> own + ":" + added);
        return builder.start();
    }

    private List<Path> daemonCgroups() throws IOException {
        Optional<String> cgroup = config.daemonCgroup();
        if (cgroup.isEmpty()) {
            return List.of();
        }
        List<Path> directories = CgroupFiles.directories(cgroup.get());
        for (Path directory : directories) {
            Files.createDirectories(directory);
            inheritCpuset(directory);
        }
        return directories;
    }

    /** A new cpuset of cgroup version 1 is empty and takes no process until it has processors and memory nodes. */
    private static void inheritCpuset(Path directory) throws IOException {
        if (!Files.exists(directory.resolve("cpuset.cpus")) || !Files.exists(directory.resolve("cpuset.mems"))) {
            return;
        }
        Path parent = directory.getParent();
        if (Files.readString(directory.resolve("cpuset.cpus")).isBlank()
                && Files.exists(parent.resolve("cpuset.cpus"))) {
            inheritCpuset(parent);
            for (String file : List.of("cpuset.cpus", "cpuset.mems")) {
                Files.writeString(directory.resolve(file), Files.readString(parent.resolve(file)));
            }
        }
    }

    private boolean answers() {
        if (!Files.exists(config.socket())) {
            return false;
        }
        try (ContainerdClient client = connect()) {
            client.version(PROBE);
            return true;
        } catch (RuntimeFailure e) {
            return false;
        }
    }

    private boolean awaitAnswer(Duration atMost) {
        long end = nanos.getAsLong() + atMost.toNanos();
        while (!answers()) {
            if (runningPid().isEmpty()
                    || nanos.getAsLong() - end > 0
                    || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
        return true;
    }

    private void supervise() {
        while (!closed) {
            LockSupport.parkNanos(SUPERVISION.toNanos());
            try {
                boundOutput();
                if (!closed && runningPid().isEmpty() && !answers()) {
                    LOG.log(System.Logger.Level.WARNING, "containerd is gone, starting it again. " + lastWords());
                    adoptOrStart();
                }
            } catch (RuntimeFailure | IOException e) {
                LOG.log(System.Logger.Level.ERROR, "containerd cannot be kept running: " + e.getMessage());
            }
        }
    }

    /** The file holds the process id and when that process began, since ids are used again. */
    private void recordPid(long pid) throws IOException {
        Files.writeString(config.pidFile(), pid + " " + startTicks(pid).orElse("gone") + "\n");
    }

    private Optional<Long> runningPid() {
        try {
            String[] recorded = Files.readString(config.pidFile()).strip().split(" ", -1);
            long pid = Long.parseLong(recorded[0]);
            boolean same = recorded.length == 2
                    && startTicks(pid).filter(recorded[1]::equals).isPresent();
            return same ? Optional.of(pid) : Optional.empty();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /**
     * Field 22 of /proc/PID/stat; empty for a process that is gone or a zombie. The name in field 2 may hold spaces.
     */
    private static Optional<String> startTicks(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return fields[0].equals("Z") ? Optional.empty() : Optional.of(fields[19]);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private void stopProcess() {
        Optional<ProcessHandle> handle = runningPid().flatMap(ProcessHandle::of);
        if (handle.isEmpty()) {
            return;
        }
        handle.get().destroy();
        if (!awaitEnd(STOP_LIMIT)) {
            handle.get().destroyForcibly();
            awaitEnd(STOP_LIMIT);
        }
    }

    private boolean awaitEnd(Duration atMost) {
        long end = nanos.getAsLong() + atMost.toNanos();
        while (runningPid().isPresent()) {
            if (nanos.getAsLong() - end > 0) {
                return false;
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
        return true;
    }

    /** containerd appends; what is beyond the limit goes, all but the end. */
    private void boundOutput() throws IOException {
        Path file = config.outputFile();
        if (!Files.exists(file) || Files.size(file) <= OUTPUT_LIMIT_BYTES) {
            return;
        }
        byte[] end = tail(file, LAST_WORDS_BYTES * 16);
        Files.write(file, end, StandardOpenOption.TRUNCATE_EXISTING);
    }

    private String lastWords() {
        Path file = config.outputFile();
        try {
            String words = Files.exists(file) ? new String(tail(file, LAST_WORDS_BYTES), StandardCharsets.UTF_8) : "";
            return words.isBlank()
                    ? "It wrote nothing to " + file + "; are containerd, runc and setsid installed?"
                    : "The end of " + file + ":\n" + words.strip();
        } catch (IOException e) {
            return "Its output in " + file + " cannot be read: " + e.getMessage();
        }
    }

    private static byte[] tail(Path file, int bytes) throws IOException {
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            in.seek(Math.max(0, in.length() - bytes));
            byte[] result = new byte[(int) Math.min(bytes, in.length())];
            in.readFully(result);
            return result;
        }
    }

    /** Stops looking after containerd, which goes on running. */
    @Override
    public void close() {
        closed = true;
    }

    /**
     * Ends a private containerd and removes all its files: images, file systems, sockets, cgroups. Containers are to be
     * deleted before; a foreign containerd is left alone.
     */
    public synchronized void destroy() {
        closed = true;
        if (config.address().isPresent()) {
            return;
        }
        stopProcess();
        Leftovers.end(config);
        try {
            for (Path gone : List.of(
                    config.pidFile(),
                    config.configFile(),
                    config.outputFile(),
                    config.socket(),
                    Path.of(config.socket() + ".ttrpc"))) {
                Files.deleteIfExists(gone);
            }
            removeTree(config.state());
            removeTree(config.runDir().resolve("runc"));
            removeTree(config.runDir().resolve("exec"));
            removeTree(config.root());
            removeCgroups();
        } catch (IOException e) {
            throw new RuntimeFailure(Kind.INTERNAL, "cannot remove all of containerd's files: " + e.getMessage(), e);
        }
    }

    /** By rm, bounded to one file system: a mount that is left must not lose what is mounted. */
    private void removeTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        Process rm = new ProcessBuilder("rm", "-rf", "--one-file-system", directory.toString())
                .redirectErrorStream(true)
                .start();
        try {
            String words = new String(rm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!rm.waitFor(2, TimeUnit.MINUTES) || rm.exitValue() != 0) {
                throw new IOException("rm " + directory + ": " + words.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while removing " + directory, e);
        }
    }

    private void removeCgroups() {
        List<String> cgroups = new ArrayList<>(List.of(config.containersCgroup()));
        config.daemonCgroup().ifPresent(cgroups::add);
        for (String cgroup : cgroups) {
            for (Path directory : CgroupFiles.directories(cgroup)) {
                // A cgroup directory goes by rmdir alone, and only when it is empty; what others use stays.
                if (!directory.toFile().delete()) {
                    LOG.log(System.Logger.Level.DEBUG, "cgroup {0} is absent or in use", directory);
                }
            }
        }
    }
}
