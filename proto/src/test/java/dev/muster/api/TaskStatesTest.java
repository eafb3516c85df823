package dev.muster.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TaskStatesTest {
    private static final List<TaskState> STATES = Arrays.stream(TaskState.values())
            .filter(state -> state != TaskState.UNRECOGNIZED)
            .toList();

    @Test
    void observedStateMovesForwardOnlyAndEndsInATerminalState() {
        for (var from : STATES) {
            for (var to : STATES) {
                boolean expected;
                if (to == TaskState.TASK_REMOVE) {
                    expected = false;
                } else if (from == to) {
                    expected = true;
                } else if (from.getNumber() >= TaskState.TASK_COMPLETE.getNumber()) {
                    expected = to == TaskState.TASK_ORPHANED;
                } else {
                    expected = from.getNumber() < to.getNumber();
                }
                assertThat(TaskStates.mayObserve(from, to))
                        .as("%s to %s", from, to)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void desiredStateMovesUpOnlyAmongTheStatesThatCanBeDesired() {
        var desirable = EnumSet.of(
                TaskState.TASK_READY,
                TaskState.TASK_RUNNING,
                TaskState.TASK_COMPLETE,
                TaskState.TASK_SHUTDOWN,
                TaskState.TASK_REMOVE);
        for (var from : desirable) {
            for (var to : STATES) {
                assertThat(TaskStates.mayDesire(from, to))
                        .as("%s to %s", from, to)
                        .isEqualTo(desirable.contains(to) && from.getNumber() <= to.getNumber());
            }
        }
    }

    @Test
    void terminalStatesAreThoseFromCompleteOn() {
        assertThat(STATES.stream().filter(TaskStates::terminal))
                .containsExactlyInAnyOrder(
                        TaskState.TASK_COMPLETE,
                        TaskState.TASK_SHUTDOWN,
                        TaskState.TASK_FAILED,
                        TaskState.TASK_REJECTED,
                        TaskState.TASK_REMOVE,
                        TaskState.TASK_ORPHANED);
    }

    @Test
    void aTaskIsActiveUntilItHasEndedOrIsToldToStop() {
        assertThat(Stream.of(
                                task(TaskState.TASK_RUNNING, TaskState.TASK_NEW),
                                task(TaskState.TASK_READY, TaskState.TASK_READY),
                                task(TaskState.TASK_COMPLETE, TaskState.TASK_RUNNING))
                        .allMatch(TaskStates::active))
                .isTrue();
        assertThat(Stream.of(
                                task(TaskState.TASK_SHUTDOWN, TaskState.TASK_RUNNING),
                                task(TaskState.TASK_REMOVE, TaskState.TASK_RUNNING),
                                task(TaskState.TASK_RUNNING, TaskState.TASK_FAILED))
                        .noneMatch(TaskStates::active))
                .isTrue();
    }

    @Test
    void showsStatesInLowerCase() {
        assertThat(TaskStates.display(TaskState.TASK_PREPARING)).isEqualTo("preparing");
    }

    private static Task task(TaskState desired, TaskState observed) {
        return Task.newBuilder()
                .setDesiredState(desired)
                .setStatus(TaskStatus.newBuilder().setState(observed))
                .build();
    }
}
