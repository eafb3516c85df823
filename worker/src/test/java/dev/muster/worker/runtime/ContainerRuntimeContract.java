package dev.muster.worker.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.ContainerSpec;
import dev.muster.api.Limits;
import dev.muster.api.ResourceRequirements;
import dev.muster.worker.runtime.ContainerSummary.Phase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every {@link ContainerRuntime} does; run against the fake and against containerd. */
public interface ContainerRuntimeContract {

    Duration PATIENCE = Duration.ofSeconds(20);
    AtomicInteger NUMBERS = new AtomicInteger();

    ContainerRuntime runtime();

    /** As after a restart of the daemon. */
    ContainerRuntime reopened();

    /** An image whose command is "sleep 1000000", with sh, echo, true and false. */
    ImageHandle image();

    default ContainerPlan plan(String... args) {
        return new ContainerPlan(
                "contract" + NUMBERS.incrementAndGet(),
                Map.of("task", "t1"),
                image(),
                ContainerSpec.newBuilder().addAllArgs(List.of(args)).build(),
                ResourceRequirements.newBuilder()
                        .setLimits(Limits.newBuilder().setMemoryBytes(64 << 20).setPids(50))
                        .build(),
                "host",
                new ContainerNetwork.Isolated(),
                List.of(),
                Optional.empty());
    }

    @AfterEach
    default void removeAll() {
        runtime().list().forEach(each -> runtime().delete(each.id()));
    }

    @Test
    default void createsThenStartsThenListsAContainer() {
        ContainerPlan plan = plan();
        runtime().create(plan);
        assertThat(runtime().find(plan.id()).map(ContainerSummary::phase)).contains(Phase.CREATED);
        int pid = runtime().start(plan.id());
        assertThat(pid).isPositive();
        assertThat(runtime().start(plan.id())).as("starting again").isEqualTo(pid);
        ContainerSummary summary = runtime().list().stream()
                .filter(each -> each.id().equals(plan.id()))
                .findFirst()
                .orElseThrow();
        assertThat(summary.phase()).isEqualTo(Phase.RUNNING);
        assertThat(summary.pid()).isEqualTo(pid);
        assertThat(summary.labels()).isEqualTo(Map.of("task", "t1"));
        assertThat(summary.imageName()).isEqualTo(image().name());
        assertThat(runtime().stats(plan.id()).orElseThrow().memoryLimitBytes()).isEqualTo(64 << 20);
    }

    @Test
    default void reportsTheExitCodeOfAContainerThatEndsByItself() throws InterruptedException {
        ContainerPlan plan = plan("sh", "-c", "exit 7");
        runtime().create(plan);
        runtime().start(plan.id());
        ContainerExit exit = runtime().await(plan.id(), PATIENCE).orElseThrow();
        assertThat(exit.exitCode()).isEqualTo(7);
        assertThat(exit.oomKilled()).isFalse();
        assertThat(runtime().await(plan.id(), Duration.ZERO)).as("asking again").contains(exit);
        assertThat(runtime().find(plan.id()).orElseThrow().exit()).contains(exit);
    }

    @Test
    default void killsWithTheSignalAndSaysWhenNothingIsLeftToKill() throws InterruptedException {
        ContainerPlan plan = plan();
        runtime().create(plan);
        runtime().start(plan.id());
        assertThat(runtime().kill(plan.id(), 9, false)).isTrue();
        assertThat(runtime().await(plan.id(), PATIENCE).orElseThrow().exitCode())
                .isEqualTo(137);
        assertThat(runtime().kill(plan.id(), 9, false)).isFalse();
        assertThat(runtime().kill("nobody", 9, false)).isFalse();
    }

    @Test
    default void waitsNoLongerThanAsked() throws InterruptedException {
        ContainerPlan plan = plan();
        runtime().create(plan);
        runtime().start(plan.id());
        assertThat(runtime().await(plan.id(), Duration.ofMillis(100))).isEmpty();
    }

    @Test
    default void knowsNoContainerThatWasNeverMade() {
        assertThat(runtime().find("nobody")).isEmpty();
        assertThatThrownBy(() -> runtime().await("nobody", Duration.ofMillis(10)))
                .isInstanceOfSatisfying(
                        RuntimeFailure.class, each -> assertThat(each.kind()).isEqualTo(RuntimeFailure.Kind.NOT_FOUND));
        assertThatThrownBy(() -> runtime().exec("nobody", ExecPlan.of(List.of("true"), PATIENCE)))
                .isInstanceOf(RuntimeFailure.class);
    }

    @Test
    default void deletesRunningAndEndedAndAbsentContainersAlike() {
        ContainerPlan plan = plan();
        runtime().create(plan);
        runtime().start(plan.id());
        runtime().delete(plan.id());
        assertThat(runtime().find(plan.id())).isEmpty();
        runtime().delete(plan.id());
        ContainerPlan created = plan();
        runtime().create(created);
        runtime().delete(created.id());
        assertThat(runtime().list()).isEmpty();
    }

    @Test
    default void replacesWhatAnInterruptedAttemptLeftButNotARunningContainer() {
        ContainerPlan plan = plan();
        runtime().create(plan);
        runtime().create(plan);
        runtime().start(plan.id());
        assertThatThrownBy(() -> runtime().create(plan))
                .isInstanceOfSatisfying(
                        RuntimeFailure.class,
                        each -> assertThat(each.kind()).isEqualTo(RuntimeFailure.Kind.ALREADY_EXISTS));
        assertThat(runtime().find(plan.id()).orElseThrow().phase()).isEqualTo(Phase.RUNNING);
    }

    @Test
    default void refusesACommandThatTheImageLacks() {
        ContainerPlan plan = plan("no-such-command");
        assertThatThrownBy(() -> runtime().create(plan))
                .isInstanceOfSatisfying(
                        RuntimeFailure.class, each -> assertThat(each.kind()).isEqualTo(RuntimeFailure.Kind.INVALID))
                .hasMessageContaining("not found in $PATH");
        assertThat(runtime().find(plan.id())).as("nothing is left").isEmpty();
    }

    @Test
    default void runsCommandsAndReturnsCodeAndOutput() throws InterruptedException {
        ContainerPlan plan = plan();
        runtime().create(plan);
        runtime().start(plan.id());
        assertThat(runtime().exec(plan.id(), ExecPlan.of(List.of("sh", "-c", "echo hello; exit 3"), PATIENCE)))
                .isEqualTo(new ExecResult.Ended(3, "hello\n"));
        assertThat(runtime().exec(plan.id(), ExecPlan.of(List.of("sleep", "1000"), Duration.ofMillis(500))))
                .isEqualTo(new ExecResult.TimedOut(""));
        assertThat(runtime().exec(plan.id(), ExecPlan.of(List.of("no-such-command"), PATIENCE)))
                .isInstanceOf(ExecResult.NotStarted.class);
        ExecPlan bounded =
                new ExecPlan(List.of("sh", "-c", "echo 0123456789; exit 0"), List.of(), Optional.empty(), PATIENCE, 4);
        assertThat(runtime().exec(plan.id(), bounded)).isEqualTo(new ExecResult.Ended(0, "0123"));
    }

    @Test
    default void pausesAndResumes() {
        ContainerPlan plan = plan();
        runtime().create(plan);
        runtime().start(plan.id());
        runtime().pause(plan.id());
        assertThat(runtime().find(plan.id()).orElseThrow().phase()).isEqualTo(Phase.PAUSED);
        runtime().resume(plan.id());
        assertThat(runtime().find(plan.id()).orElseThrow().phase()).isEqualTo(Phase.RUNNING);
    }

    @Test
    default void adoptsContainersOfAnEarlierProcess() throws InterruptedException {
        ContainerPlan running = plan();
        ContainerPlan ended = plan("sh", "-c", "exit 5");
        for (ContainerPlan each : List.of(running, ended)) {
            runtime().create(each);
            runtime().start(each.id());
        }
        int pid = runtime().find(running.id()).orElseThrow().pid();
        try (ContainerRuntime later = reopened()) {
            assertThat(later.find(running.id()).orElseThrow().pid()).isEqualTo(pid);
            assertThat(later.await(ended.id(), PATIENCE).orElseThrow().exitCode())
                    .isEqualTo(5);
            assertThat(later.kill(running.id(), 9, false)).isTrue();
            assertThat(later.await(running.id(), PATIENCE).orElseThrow().exitCode())
                    .isEqualTo(137);
        }
    }
}
