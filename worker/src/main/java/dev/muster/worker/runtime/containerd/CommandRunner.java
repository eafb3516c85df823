package dev.muster.worker.runtime.containerd;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.muster.containerd.tasks.DeleteProcessRequest;
import dev.muster.containerd.tasks.ExecProcessRequest;
import dev.muster.containerd.tasks.GetRequest;
import dev.muster.containerd.tasks.KillRequest;
import dev.muster.containerd.tasks.Process;
import dev.muster.containerd.tasks.StartRequest;
import dev.muster.containerd.tasks.Status;
import dev.muster.worker.runtime.ExecPlan;
import dev.muster.worker.runtime.ExecResult;
import dev.muster.worker.runtime.RuntimeFailure;
import dev.muster.worker.runtime.RuntimeFailure.Kind;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Runs commands inside containers, a few at a time. Both streams go to one named pipe, so that their order is kept; a
 * pipe for one of them only would crash the shim of containerd 1.6, and the container with it.
 */
final class CommandRunner {

    private static final String PROCESS_TYPE = "types.containerd.io/opencontainers/runtime-spec/1/Process";
    private static final int PARALLEL = 8;
    private static final int SIGKILL = 9;
    private static final Duration RECHECK = Duration.ofSeconds(2);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

    /** A command may leave children that keep the pipe open; the shim closes it soon after the command's end. */
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(3);

    private final ContainerdClient client;
    private final ExitWatch exits;
    private final Path pipes;
    private final LongSupplier nanos;
    private final RandomGenerator random;
    private final Semaphore running = new Semaphore(PARALLEL, true);

    CommandRunner(ContainerdClient client, ExitWatch exits, Path pipes, LongSupplier nanos, RandomGenerator random) {
        this.client = client;
        this.exits = exits;
        this.pipes = pipes;
        this.nanos = nanos;
        this.random = random;
        clearPipes();
    }

    /** Pipes of an earlier process that was killed. */
    private void clearPipes() {
        try {
            Files.createDirectories(pipes);
            Files.setPosixFilePermissions(pipes, PosixFilePermissions.fromString("rwx------"));
            try (DirectoryStream<Path> old = Files.newDirectoryStream(pipes)) {
                for (Path each : old) {
                    Files.deleteIfExists(each);
                }
            }
        } catch (IOException e) {
            throw new RuntimeFailure(Kind.INTERNAL, "cannot use the directory " + pipes + ": " + e.getMessage(), e);
        }
    }

    ExecResult run(String containerId, byte[] process, ExecPlan plan) throws InterruptedException {
        String execId = "exec-" + HexFormat.of().toHexDigits(random.nextLong());
        running.acquire();
        try (NamedPipe pipe = NamedPipe.open(pipes.resolve(execId), plan.outputLimitBytes());
                ExitWatch.Waiter waiter = exits.register(containerId, execId)) {
            prepare(containerId, execId, process, pipe);
            try {
                return follow(containerId, execId, plan, pipe, waiter);
            } finally {
                remove(containerId, execId);
            }
        } finally {
            running.release();
        }
    }

    private void prepare(String containerId, String execId, byte[] process, NamedPipe pipe) {
        client.call(
                "run a command in container " + containerId,
                () -> client.tasks()
                        .exec(ExecProcessRequest.newBuilder()
                                .setContainerId(containerId)
                                .setExecId(execId)
                                .setStdout(pipe.path().toString())
                                .setStderr(pipe.path().toString())
                                .setSpec(Any.newBuilder()
                                        .setTypeUrl(PROCESS_TYPE)
                                        .setValue(ByteString.copyFrom(process)))
                                .build()));
    }

    private ExecResult follow(String containerId, String execId, ExecPlan plan, NamedPipe pipe, ExitWatch.Waiter waiter)
            throws InterruptedException {
        try {
            client.tasks()
                    .start(StartRequest.newBuilder()
                            .setContainerId(containerId)
                            .setExecId(execId)
                            .build());
        } catch (StatusRuntimeException e) {
            RuntimeFailure failure =
                    client.failure("run " + plan.args().getFirst() + " in container " + containerId, e);
            if (failure.getMessage().contains("OCI runtime exec failed")) {
                return new ExecResult.NotStarted(failure.getMessage());
            }
            throw failure;
        }
        Optional<Process> end = awaitEnd(containerId, execId, plan.timeout(), waiter);
        if (end.isEmpty()) {
            kill(containerId, execId);
            awaitEnd(containerId, execId, KILL_LIMIT, waiter);
            remove(containerId, execId);
            return new ExecResult.TimedOut(pipe.output(DRAIN_LIMIT));
        }
        // Removing the process lets the shim close the pipe, whoever else holds it inside.
        remove(containerId, execId);
        return new ExecResult.Ended(end.get().getExitStatus(), pipe.output(DRAIN_LIMIT));
    }

    /** Empty if the time is over. A container that ends takes its commands along. */
    private Optional<Process> awaitEnd(String containerId, String execId, Duration atMost, ExitWatch.Waiter waiter)
            throws InterruptedException {
        long end = nanos.getAsLong() + atMost.toNanos();
        while (true) {
            Process process = client.call(
                    "ask for a command in container " + containerId,
                    () -> client.tasks()
                            .get(GetRequest.newBuilder()
                                    .setContainerId(containerId)
                                    .setExecId(execId)
                                    .build())
                            .getProcess());
            if (process.getStatus() == Status.STATUS_STOPPED) {
                return Optional.of(process);
            }
            long left = end - nanos.getAsLong();
            if (left <= 0) {
                return Optional.empty();
            }
            waiter.await(Duration.ofNanos(Math.min(left, RECHECK.toNanos())));
        }
    }

    private void kill(String containerId, String execId) {
        client.callUnlessGone(
                "kill a command in container " + containerId,
                () -> client.tasks()
                        .kill(KillRequest.newBuilder()
                                .setContainerId(containerId)
                                .setExecId(execId)
                                .setSignal(SIGKILL)
                                .build()));
    }

    private void remove(String containerId, String execId) {
        DeleteProcessRequest request = DeleteProcessRequest.newBuilder()
                .setContainerId(containerId)
                .setExecId(execId)
                .build();
        try {
            client.tasks().deleteProcess(request);
        } catch (StatusRuntimeException e) {
            // Gone, or about to go with its container; a command that still runs was interrupted: it is killed first.
            if (e.getStatus().getCode() != io.grpc.Status.Code.NOT_FOUND) {
                kill(containerId, execId);
            }
        }
    }
}
