package dev.muster.worker.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.worker.health.HealthState.Phase;
import dev.muster.worker.task.TaskSituation.Container;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskPlanTest {
    private static final List<TaskState> OBSERVED =
            Arrays.stream(TaskState.values()).filter(TaskStates::observable).toList();
    private static final List<TaskState> DESIRED = Arrays.stream(TaskState.values())
            .filter(state -> state != TaskState.UNRECOGNIZED && TaskStates.desirable(state))
            .toList();

    /** Rows: observed, desired, container, health, what comes. With no stop ordered, everything here, nothing released. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        ASSIGNED  | READY    | ABSENT  | HEALTHY   | Advance ACCEPTED accepted
        ASSIGNED  | RUNNING  | RUNNING | HEALTHY   | Advance ACCEPTED accepted
        ACCEPTED  | RUNNING  | ABSENT  | HEALTHY   | Advance PREPARING preparing
        PREPARING | READY    | ABSENT  | HEALTHY   | Prepare
        PREPARING | RUNNING  | EMPTY   | HEALTHY   | Prepare
        PREPARING | RUNNING  | CREATED | HEALTHY   | Advance READY prepared
        PREPARING | RUNNING  | RUNNING | HEALTHY   | Advance READY prepared
        READY     | READY    | CREATED | HEALTHY   | Await
        READY     | RUNNING  | CREATED | HEALTHY   | Advance STARTING starting
        READY     | COMPLETE | CREATED | HEALTHY   | Advance STARTING starting
        READY     | RUNNING  | EMPTY   | HEALTHY   | Prepare
        READY     | READY    | RUNNING | HEALTHY   | Advance STARTING starting
        STARTING  | RUNNING  | CREATED | HEALTHY   | Start
        STARTING  | RUNNING  | RUNNING | HEALTHY   | Advance RUNNING started
        STARTING  | RUNNING  | RUNNING | STARTING  | Await
        STARTING  | RUNNING  | RUNNING | UNHEALTHY | Stop for health
        STARTING  | RUNNING  | ENDED   | HEALTHY   | Conclude
        STARTING  | RUNNING  | ABSENT  | HEALTHY   | Lose
        RUNNING   | RUNNING  | RUNNING | HEALTHY   | Await
        RUNNING   | COMPLETE | RUNNING | HEALTHY   | Await
        RUNNING   | RUNNING  | RUNNING | UNHEALTHY | Stop for health
        RUNNING   | RUNNING  | ENDED   | HEALTHY   | Conclude
        RUNNING   | RUNNING  | EMPTY   | HEALTHY   | Lose
        RUNNING   | RUNNING  | ABSENT  | HEALTHY   | Lose
        RUNNING   | SHUTDOWN | RUNNING | HEALTHY   | Stop
        RUNNING   | REMOVE   | RUNNING | UNHEALTHY | Stop
        RUNNING   | SHUTDOWN | ENDED   | HEALTHY   | Conclude
        STARTING  | SHUTDOWN | CREATED | HEALTHY   | Advance SHUTDOWN shutdown
        PREPARING | SHUTDOWN | ABSENT  | HEALTHY   | Advance SHUTDOWN shutdown
        ASSIGNED  | REMOVE   | ABSENT  | HEALTHY   | Advance SHUTDOWN shutdown
        READY     | SHUTDOWN | CREATED | HEALTHY   | Advance SHUTDOWN shutdown
        FAILED    | RUNNING  | ENDED   | HEALTHY   | Release
        COMPLETE  | SHUTDOWN | ABSENT  | HEALTHY   | Release
        REJECTED  | RUNNING  | RUNNING | HEALTHY   | Stop
        """)
    void decides(TaskStateName observed, TaskStateName desired, Container container, Phase health, String step) {
        var now = new TaskSituation(observed.state(), desired.state(), false, true, container, health, false, false);

        assertThat(text(TaskPlan.decide(now))).isEqualTo(step);
    }

    /** Short names for the table above. */
    enum TaskStateName {
        ASSIGNED,
        ACCEPTED,
        PREPARING,
        READY,
        STARTING,
        RUNNING,
        COMPLETE,
        SHUTDOWN,
        FAILED,
        REJECTED,
        REMOVE;

        TaskState state() {
            return TaskState.valueOf("TASK_" + name());
        }
    }

    private static String text(TaskStep step) {
        return switch (step) {
            case TaskStep.Advance(var state, var message) ->
                "Advance " + state.name().substring("TASK_".length()) + " " + message;
            case TaskStep.Stop(var forHealth) -> forHealth ? "Stop for health" : "Stop";
            default -> step.getClass().getSimpleName();
        };
    }

    private static List<TaskSituation> allSituations() {
        var all = new ArrayList<TaskSituation>();
        for (var observed : OBSERVED) {
            for (var desired : DESIRED) {
                for (var container : Container.values()) {
                    for (var health : Phase.values()) {
                        for (int flags = 0; flags < 16; flags++) {
                            all.add(new TaskSituation(
                                    observed,
                                    desired,
                                    (flags & 1) != 0,
                                    (flags & 2) != 0,
                                    container,
                                    health,
                                    (flags & 4) != 0,
                                    (flags & 8) != 0));
                        }
                    }
                }
            }
        }
        return all;
    }

    @Test
    void theObservedStateOnlyEverGrows() {
        for (var now : allSituations()) {
            if (TaskPlan.decide(now) instanceof TaskStep.Advance(var next, var message)) {
                assertThat(TaskStates.mayObserve(now.observed(), next) && next != now.observed())
                        .as("%s to %s", now, next)
                        .isTrue();
            }
        }
    }

    @Test
    void neverStartsWhatIsNotWantedToRun() {
        for (var now : allSituations()) {
            var step = TaskPlan.decide(now);
            if (step instanceof TaskStep.Start) {
                assertThat(now.container()).isEqualTo(Container.CREATED);
                assertThat(now.withdrawn()).isFalse();
                assertThat(TaskStates.before(now.desired(), TaskState.TASK_SHUTDOWN))
                        .isTrue();
            }
            if (step instanceof TaskStep.Prepare) {
                assertThat(now.container()).isIn(Container.ABSENT, Container.EMPTY);
                assertThat(now.complete()).isTrue();
            }
        }
    }

    @Test
    void neverRemovesARunningContainerWithoutStoppingIt() {
        for (var now : allSituations()) {
            var step = TaskPlan.decide(now);
            if (step instanceof TaskStep.Release || step instanceof TaskStep.Erase) {
                assertThat(now.container()).as("%s", now).isNotEqualTo(Container.RUNNING);
            }
        }
    }

    @Test
    void waitsOnlyForWhatCanCome() {
        for (var now : allSituations()) {
            if (TaskPlan.decide(now) instanceof TaskStep.Await) {
                boolean ended = TaskStates.terminal(now.observed()) && now.released();
                boolean runs = now.container() == Container.RUNNING;
                boolean waitsForStart = now.observed() == TaskState.TASK_READY
                        && now.container() == Container.CREATED
                        && now.desired() == TaskState.TASK_READY;
                boolean waitsForParts = !now.complete();
                assertThat(ended || runs || waitsForStart || waitsForParts)
                        .as("%s", now)
                        .isTrue();
                assertThat(now.withdrawn()).isFalse();
            }
        }
    }

    /** Steps that succeed lead on: from everywhere to a rest, in a bounded number of steps. */
    @Test
    void comesToRestFromEverywhere() {
        for (var start : allSituations()) {
            var now = start;
            Set<TaskSituation> seen = new HashSet<>();
            var step = TaskPlan.decide(now);
            while (!(step instanceof TaskStep.Await || step instanceof TaskStep.Erase)) {
                assertThat(seen.add(now))
                        .as("turns in circles at %s from %s", now, start)
                        .isTrue();
                now = after(now, step);
                step = TaskPlan.decide(now);
            }
        }
    }

    private static TaskSituation after(TaskSituation now, TaskStep step) {
        return switch (step) {
            case TaskStep.Advance(var state, var message) -> with(now, state, now.container(), now.released());
            case TaskStep.Prepare prepare -> with(now, now.observed(), Container.CREATED, false);
            case TaskStep.Start start -> with(now, now.observed(), Container.RUNNING, false);
            case TaskStep.Stop stop -> with(now, now.observed(), Container.ENDED, now.released());
            case TaskStep.Conclude conclude -> with(now, TaskState.TASK_FAILED, now.container(), false);
            case TaskStep.Lose lose -> with(now, TaskState.TASK_FAILED, now.container(), false);
            case TaskStep.Release release -> with(now, now.observed(), Container.ABSENT, true);
            case TaskStep.Erase erase -> now;
            case TaskStep.Await await -> now;
        };
    }

    private static TaskSituation with(TaskSituation now, TaskState observed, Container container, boolean released) {
        return new TaskSituation(
                observed,
                now.desired(),
                now.withdrawn(),
                now.complete(),
                container,
                now.health(),
                now.stopping(),
                released);
    }
}
