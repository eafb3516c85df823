package dev.muster.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import dev.muster.api.GlobalMode;
import dev.muster.api.JobStatus;
import dev.muster.api.ReplicatedJobMode;
import dev.muster.api.ReplicatedMode;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.api.UpdateConfig;
import dev.muster.api.UpdateStatus;
import dev.muster.cli.progress.View.End;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConvergenceTest {

    private static final long SECOND = 1_000_000_000L;
    private static final Set<String> NODES = Set.of("n1", "n2");

    private final Convergence convergence = new Convergence();

    private static Service service(long replicas) {
        return Service.newBuilder()
                .setId("svc")
                .setSpec(ServiceSpec.newBuilder()
                        .setReplicated(ReplicatedMode.newBuilder().setReplicas(replicas)))
                .build();
    }

    private static Service with(Service service, UpdateStatus.State state, String message) {
        var status = UpdateStatus.newBuilder().setState(state).setMessage(message);
        return service.toBuilder().setUpdateStatus(status).build();
    }

    private static Task task(long slot, TaskState state) {
        return Task.newBuilder()
                .setId("t" + slot)
                .setSlot(slot)
                .setNodeId("n1")
                .setDesiredState(TaskState.TASK_RUNNING)
                .setStatus(TaskStatus.newBuilder().setState(state))
                .build();
    }

    private View look(Service service, long seconds, Task... tasks) {
        return convergence.look(new Snapshot(service, List.of(tasks), NODES), seconds * SECOND);
    }

    private static String text(View view) {
        return view.lines().stream()
                .map(line -> line.title() + ": " + line.text())
                .collect(Collectors.joining("\n"));
    }

    @Test
    void convergesWhenAllTasksHaveRunForTheMonitorPeriod() {
        View starting = look(service(2), 0, task(1, TaskState.TASK_RUNNING), task(2, TaskState.TASK_PREPARING));
        assertThat(text(starting)).isEqualTo("""
            overall progress: 1 out of 2 tasks
            1/2: running   [==================================================>]
            2/2: preparing [===============================>                   ]\
            """);
        assertThat(starting.converged()).isFalse();
        View running = look(service(2), 1, task(1, TaskState.TASK_RUNNING), task(2, TaskState.TASK_RUNNING));
        assertThat(text(running)).endsWith("verify: Waiting 5 seconds to verify that tasks are stable...");
        assertThat(running.converged()).isTrue();
        assertThat(running.end()).isEmpty();
        View later = look(service(2), 4, task(1, TaskState.TASK_RUNNING), task(2, TaskState.TASK_RUNNING));
        assertThat(text(later)).endsWith("verify: Waiting 2 seconds to verify that tasks are stable...");
        View done = look(service(2), 6, task(1, TaskState.TASK_RUNNING), task(2, TaskState.TASK_RUNNING));
        assertThat(text(done)).endsWith("verify: Service svc converged");
        assertThat(done.end()).isEqualTo(Optional.of(new End.Done("")));
    }

    @Test
    void aFailureWhileVerifyingStartsTheCountAgain() {
        look(service(1), 0, task(1, TaskState.TASK_RUNNING));
        View broken = look(service(1), 3, task(1, TaskState.TASK_STARTING));
        assertThat(text(broken)).endsWith("verify: Detected task failure");
        View again = look(service(1), 6, task(1, TaskState.TASK_RUNNING));
        assertThat(text(again)).endsWith("verify: Waiting 5 seconds to verify that tasks are stable...");
        assertThat(look(service(1), 10, task(1, TaskState.TASK_RUNNING)).end()).isEmpty();
        assertThat(look(service(1), 11, task(1, TaskState.TASK_RUNNING)).end()).isPresent();
    }

    @Test
    void waitsAsLongAsTheUpdateConfigSays() {
        Service service = service(1).toBuilder()
                .setSpec(service(1).getSpec().toBuilder()
                        .setUpdate(UpdateConfig.newBuilder()
                                .setMonitor(Duration.newBuilder().setSeconds(1))))
                .build();
        look(service, 0, task(1, TaskState.TASK_RUNNING));
        assertThat(look(service, 1, task(1, TaskState.TASK_RUNNING)).end()).isPresent();
    }

    @Test
    void nothingToRunIsConverged() {
        assertThat(look(service(0), 0).converged()).isTrue();
        assertThat(text(look(service(0), 1))).startsWith("overall progress: 0 out of 0 tasks");
    }

    @Test
    void showsWhyATaskDoesNotRun() {
        Task failed = task(1, TaskState.TASK_FAILED).toBuilder()
                .setStatus(TaskStatus.newBuilder()
                        .setState(TaskState.TASK_FAILED)
                        .setErr("exec:\nno such file " + "x".repeat(100)))
                .build();
        assertThat(text(look(service(1), 0, failed)))
                .isEqualTo("overall progress: 0 out of 1 tasks\n1/1: exec: no such file " + "x".repeat(55) + "…");
        Task unplaced = Task.newBuilder()
                .setSlot(1)
                .setDesiredState(TaskState.TASK_RUNNING)
                .setStatus(
                        TaskStatus.newBuilder().setState(TaskState.TASK_PENDING).setErr("no suitable node"))
                .build();
        assertThat(text(look(service(1), 0, unplaced))).endsWith("1/1: no suitable node");
    }

    @Test
    void ofSeveralTasksInASlotTheOneThatShouldRunCounts() {
        Task old = task(1, TaskState.TASK_RUNNING).toBuilder()
                .setDesiredState(TaskState.TASK_SHUTDOWN)
                .build();
        View view = look(service(1), 0, old, task(1, TaskState.TASK_ASSIGNED));
        assertThat(text(view)).contains("0 out of 1").contains("1/1: assigned");
        assertThat(view.converged()).isFalse();
    }

    @Test
    void tasksOnNodesThatAreDownDoNotCount() {
        Task lost =
                task(1, TaskState.TASK_RUNNING).toBuilder().setNodeId("gone").build();
        assertThat(look(service(1), 0, lost).converged()).isFalse();
    }

    @Test
    void moreThanTwentyTasksShowTheirSumOnly() {
        Task[] tasks = LongStream.rangeClosed(1, 25)
                .mapToObj(slot -> task(slot, TaskState.TASK_NEW))
                .toArray(Task[]::new);
        assertThat(text(look(service(25), 0, tasks))).isEqualTo("overall progress: 0 out of 25 tasks");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        PAUSED          | service update paused: m
        ROLLBACK_PAUSED | service rollback paused: m
        """)
    void aPausedUpdateIsAFailure(UpdateStatus.State state, String message) {
        View view = look(with(service(1), state, "m"), 0, task(1, TaskState.TASK_RUNNING));
        assertThat(view.end()).isEqualTo(Optional.of(new End.Failed(message)));
    }

    @Test
    void aRollbackIsShownAndSaidAtTheEnd() {
        View view =
                look(with(service(1), UpdateStatus.State.ROLLBACK_STARTED, "why"), 0, task(1, TaskState.TASK_STARTING));
        assertThat(text(view))
                .startsWith("overall progress: rolling back update: 0 out of 1 tasks")
                .contains("rollback: why");
        Service completed = with(service(1), UpdateStatus.State.ROLLBACK_COMPLETED, "rollback completed");
        look(completed, 1, task(1, TaskState.TASK_RUNNING));
        assertThat(look(completed, 6, task(1, TaskState.TASK_RUNNING)).end())
                .isEqualTo(Optional.of(new End.Done("rollback: rollback completed")));
    }

    @Test
    void anUpdateThatHasEndedIsNotWaitedForEvenIfTasksAreMissing() {
        View view = look(
                with(service(2), UpdateStatus.State.COMPLETED, "update completed"), 0, task(1, TaskState.TASK_RUNNING));
        assertThat(view.end()).isEqualTo(Optional.of(new End.Done("")));
    }

    @Test
    void globalServicesHaveATaskPerNode() {
        Service global = Service.newBuilder()
                .setId("svc")
                .setSpec(ServiceSpec.newBuilder().setGlobal(GlobalMode.getDefaultInstance()))
                .build();
        assertThat(text(look(global, 0))).isEqualTo("overall progress: waiting for new tasks");
        Task one = task(0, TaskState.TASK_RUNNING);
        Task two = one.toBuilder()
                .setNodeId("n2")
                .setStatus(TaskStatus.newBuilder().setState(TaskState.TASK_READY))
                .build();
        assertThat(text(look(global, 1, one, two))).isEqualTo("""
            overall progress: 1 out of 2 tasks
            n1: running   [==================================================>]
            n2: ready     [=====================================>             ]\
            """);
    }

    @Test
    void jobsConvergeWhenAllIsComplete() {
        Service job = Service.newBuilder()
                .setSpec(ServiceSpec.newBuilder()
                        .setReplicatedJob(ReplicatedJobMode.newBuilder()
                                .setMaxConcurrent(2)
                                .setTotalCompletions(3)))
                .setJobStatus(JobStatus.newBuilder().setIteration(7))
                .build();
        List<Task> tasks = new ArrayList<>();
        tasks.add(ofJob(0, TaskState.TASK_COMPLETE));
        tasks.add(ofJob(1, TaskState.TASK_RUNNING));
        View view = look(job, 0, tasks.toArray(Task[]::new));
        assertThat(text(view)).isEqualTo("""
            job progress: 1 out of 3 complete [================>                                  ]
            active tasks: 1 out of 2 tasks
            1/3: complete  [==================================================>]
            2/3: running   [==================================================>]\
            """);
        View done = look(
                job,
                1,
                ofJob(0, TaskState.TASK_COMPLETE),
                ofJob(1, TaskState.TASK_COMPLETE),
                ofJob(2, TaskState.TASK_COMPLETE));
        assertThat(done.end()).isEqualTo(Optional.of(new End.Done("job complete")));
    }

    private static Task ofJob(long slot, TaskState state) {
        return task(slot, state).toBuilder()
                .setJobIteration(7)
                .setDesiredState(TaskState.TASK_COMPLETE)
                .build();
    }
}
