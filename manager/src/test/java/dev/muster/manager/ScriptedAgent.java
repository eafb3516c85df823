package dev.muster.manager;

import dev.muster.api.AssignmentsMessage;
import dev.muster.api.AssignmentsRequest;
import dev.muster.api.DispatcherGrpc;
import dev.muster.api.SessionMessage;
import dev.muster.api.SessionRequest;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.api.UpdateTaskStatusRequest;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An agent without containers: registers, keeps what it is assigned, acknowledges at once, reports what a test says. */
final class ScriptedAgent implements AutoCloseable {
    private static final int CPUS = 8;
    private static final long TIMEOUT_SECONDS = 10;

    private final DispatcherGrpc.DispatcherBlockingStub calls;
    private final String sessionId;
    private final StreamObserver<AssignmentsRequest> acknowledgements;
    private final Map<String, Task> tasks = new TreeMap<>();

    ScriptedAgent(ManagedChannel channel, String hostname) {
        this.calls = DispatcherGrpc.newBlockingStub(channel);
        var async = DispatcherGrpc.newStub(channel);
        var request = SessionRequest.newBuilder();
        request.getDescriptionBuilder()
                .setHostname(hostname)
                .getResourcesBuilder()
                .setNanoCpus(CPUS * 1_000_000_000L)
                .setMemoryBytes(8L << 30);
        request.getDescriptionBuilder()
                .getPlatformBuilder()
                .setArchitecture("x86_64")
                .setOs("linux");
        var first = new ArrayBlockingQueue<Optional<SessionMessage>>(64);
        async.session(request.build(), new StreamObserver<>() {
            @Override
            public void onNext(SessionMessage message) {
                var _ = first.offer(Optional.of(message));
            }

            @Override
            public void onError(Throwable failure) {
                var _ = first.offer(Optional.empty());
            }

            @Override
            public void onCompleted() {
                var _ = first.offer(Optional.empty());
            }
        });
        this.sessionId = taken(first).getSessionId();
        this.acknowledgements = async.assignments(new StreamObserver<>() {
            @Override
            public void onNext(AssignmentsMessage message) {
                apply(message);
            }

            @Override
            public void onError(Throwable failure) {}

            @Override
            public void onCompleted() {}
        });
        acknowledgements.onNext(
                AssignmentsRequest.newBuilder().setSessionId(sessionId).build());
    }

    private static SessionMessage taken(ArrayBlockingQueue<Optional<SessionMessage>> messages) {
        try {
            var message = messages.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (message == null || message.isEmpty()) {
                throw new AssertionError("the agent could not register");
            }
            return message.get();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void apply(AssignmentsMessage message) {
        synchronized (tasks) {
            if (message.getType() == AssignmentsMessage.Type.COMPLETE) {
                tasks.clear();
            }
            for (var change : message.getChangesList()) {
                if (change.hasSet() && change.getSet().hasTask()) {
                    tasks.put(change.getSet().getTask().getId(), change.getSet().getTask());
                } else if (change.hasRemove()) {
                    tasks.remove(change.getRemove().getId());
                }
            }
        }
        acknowledgements.onNext(AssignmentsRequest.newBuilder()
                .setSessionId(sessionId)
                .setApplied(message.getGeneration())
                .build());
    }

    /** The tasks that it is assigned now. */
    List<Task> tasks() {
        synchronized (tasks) {
            return new ArrayList<>(tasks.values());
        }
    }

    void report(String taskId, TaskState state) {
        var request = UpdateTaskStatusRequest.newBuilder().setSessionId(sessionId);
        request.addUpdatesBuilder()
                .setTaskId(taskId)
                .setStatus(TaskStatus.newBuilder().setState(state));
        var _ = calls.withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS).updateTaskStatus(request.build());
    }

    @Override
    public void close() {
        acknowledgements.onCompleted();
    }
}
