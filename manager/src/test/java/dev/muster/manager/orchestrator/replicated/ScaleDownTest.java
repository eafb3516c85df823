package dev.muster.manager.orchestrator.replicated;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import dev.muster.manager.state.Slot;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScaleDownTest {
    @Test
    void takesFromTheFullestNodeFirst() {
        assertThat(kept(
                        3,
                        slot(1, "a", TaskState.TASK_RUNNING),
                        slot(2, "a", TaskState.TASK_RUNNING),
                        slot(3, "a", TaskState.TASK_RUNNING),
                        slot(4, "b", TaskState.TASK_RUNNING),
                        slot(5, "c", TaskState.TASK_RUNNING)))
                .containsExactlyInAnyOrder(1L, 4L, 5L);
    }

    @Test
    void keepsWhatRunsEvenWhereItIsCrowded() {
        assertThat(kept(
                        2,
                        slot(1, "b", TaskState.TASK_STARTING),
                        slot(2, "a", TaskState.TASK_RUNNING),
                        slot(3, "a", TaskState.TASK_RUNNING)))
                .containsExactlyInAnyOrder(2L, 3L);
    }

    @Test
    void givesUpWhatHasNoNodeFirst() {
        assertThat(kept(
                        2,
                        slot(1, "", TaskState.TASK_PENDING),
                        slot(2, "a", TaskState.TASK_PREPARING),
                        slot(3, "a", TaskState.TASK_PREPARING)))
                .containsExactlyInAnyOrder(2L, 3L);
    }

    private static List<Long> kept(int replicas, SlotTasks... slots) {
        return ScaleDown.byWorth(List.of(slots)).subList(0, replicas).stream()
                .map(slot -> slot.slot().number())
                .toList();
    }

    private static SlotTasks slot(long number, String node, TaskState state) {
        return SlotTasks.of(
                Slot.replica("web", number),
                List.of(Task.newBuilder()
                        .setId("t" + number)
                        .setSlot(number)
                        .setNodeId(node)
                        .setDesiredState(TaskState.TASK_RUNNING)
                        .setStatus(TaskStatus.newBuilder().setState(state))
                        .build()));
    }
}
