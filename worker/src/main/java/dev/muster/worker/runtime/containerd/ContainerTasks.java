package dev.muster.worker.runtime.containerd;

import dev.muster.containerd.tasks.CreateTaskRequest;
import dev.muster.containerd.tasks.DeleteTaskRequest;
import dev.muster.containerd.tasks.GetRequest;
import dev.muster.containerd.tasks.KillRequest;
import dev.muster.containerd.tasks.ListTasksRequest;
import dev.muster.containerd.tasks.PauseTaskRequest;
import dev.muster.containerd.tasks.Process;
import dev.muster.containerd.tasks.ResumeTaskRequest;
import dev.muster.containerd.tasks.StartRequest;
import dev.muster.containerd.tasks.Status;
import dev.muster.containerd.types.Mount;
import dev.muster.worker.runtime.ContainerPlan;
import dev.muster.worker.runtime.RuntimeFailure;
import dev.muster.worker.runtime.RuntimeFailure.Kind;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Optional;

/**
 * Containers as processes: containerd's task calls. What a failed call means is decided by asking for the state
 * afterwards, since the errors of containerd 1.6 and its shims have no reliable codes. Thread safe.
 */
final class ContainerTasks {

    private final ContainerdClient client;

    ContainerTasks(ContainerdClient client) {
        this.client = client;
    }

    void create(ContainerPlan plan, List<Mount> mounts) {
        CreateTaskRequest.Builder request = CreateTaskRequest.newBuilder()
                .setContainerId(plan.id())
                .addAllRootfs(mounts)
                .setTerminal(plan.spec().getTty());
        plan.logUri().ifPresent(uri -> {
            request.setStdout(uri);
            // With a terminal there is one stream only.
            if (!plan.spec().getTty()) {
                request.setStderr(uri);
            }
        });
        try {
            client.tasks().create(request.build());
        } catch (StatusRuntimeException e) {
            RuntimeFailure failure = client.failure("create container " + plan.id(), e);
            // What runc finds wrong is wrong with the plan: no such command, no such mount source.
            boolean refused = failure.getMessage().contains("OCI runtime create failed");
            throw refused ? new RuntimeFailure(Kind.INVALID, failure.getMessage(), e) : failure;
        }
    }

    int start(String containerId) {
        try {
            return client.tasks()
                    .start(StartRequest.newBuilder().setContainerId(containerId).build())
                    .getPid();
        } catch (StatusRuntimeException e) {
            return find(containerId)
                    .filter(each -> each.getStatus() == Status.STATUS_RUNNING)
                    .map(Process::getPid)
                    .orElseThrow(() -> client.failure("start container " + containerId, e));
        }
    }

    /** False if nothing is left to signal. */
    boolean kill(String containerId, int signal, boolean everyProcess) {
        try {
            client.tasks()
                    .kill(KillRequest.newBuilder()
                            .setContainerId(containerId)
                            .setSignal(signal)
                            .setAll(everyProcess)
                            .build());
            return true;
        } catch (StatusRuntimeException e) {
            Optional<Process> process = find(containerId);
            if (process.isEmpty() || process.get().getStatus() == Status.STATUS_STOPPED) {
                return false;
            }
            throw client.failure("send signal " + signal + " to container " + containerId, e);
        }
    }

    /** False if it runs; no task at all is success. */
    boolean delete(String containerId) {
        try {
            client.tasks()
                    .delete(DeleteTaskRequest.newBuilder()
                            .setContainerId(containerId)
                            .build());
            return true;
        } catch (StatusRuntimeException e) {
            Optional<Process> process = find(containerId);
            if (process.isEmpty()) {
                return true;
            }
            return switch (process.get().getStatus()) {
                case STATUS_RUNNING, STATUS_PAUSED, STATUS_PAUSING, STATUS_CREATED -> false;
                case STATUS_STOPPED, STATUS_UNKNOWN, UNRECOGNIZED ->
                    throw client.failure("delete container " + containerId, e);
            };
        }
    }

    Optional<Process> find(String containerId) {
        try {
            return Optional.of(client.tasks()
                    .get(GetRequest.newBuilder().setContainerId(containerId).build())
                    .getProcess());
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == io.grpc.Status.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw client.failure("ask for the state of container " + containerId, e);
        }
    }

    List<Process> list() {
        return client.call(
                "list running containers",
                () -> client.tasks().list(ListTasksRequest.getDefaultInstance()).getTasksList());
    }

    void pause(String containerId) {
        client.call(
                "pause container " + containerId,
                () -> client.tasks()
                        .pause(PauseTaskRequest.newBuilder()
                                .setContainerId(containerId)
                                .build()));
    }

    void resume(String containerId) {
        client.call(
                "resume container " + containerId,
                () -> client.tasks()
                        .resume(ResumeTaskRequest.newBuilder()
                                .setContainerId(containerId)
                                .build()));
    }
}
