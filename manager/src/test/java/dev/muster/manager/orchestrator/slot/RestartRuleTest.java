package dev.muster.manager.orchestrator.slot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Durations;
import dev.muster.api.RestartHistory;
import dev.muster.api.RestartPolicy;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.api.Timestamps;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestartRuleTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "ANY, REPLICATED, COMPLETE, true",
        "ANY, REPLICATED, FAILED, true",
        "ANY, GLOBAL, SHUTDOWN, true",
        "ANY, REPLICATED_JOB, COMPLETE, false",
        "ANY, REPLICATED_JOB, FAILED, true",
        "ON_FAILURE, REPLICATED, COMPLETE, false",
        "ON_FAILURE, REPLICATED, FAILED, true",
        "ON_FAILURE, REPLICATED, REJECTED, true",
        "ON_FAILURE, GLOBAL_JOB, COMPLETE, false",
        "ON_FAILURE, GLOBAL_JOB, ORPHANED, true",
        "NONE, REPLICATED, FAILED, false",
        "NONE, GLOBAL_JOB, REJECTED, false",
    })
    void goesByTheCondition(RestartPolicy.Condition condition, Mode mode, String ended, boolean expected) {
        var policy = RestartPolicy.newBuilder().setCondition(condition).build();
        var task = ended(TaskState.valueOf("TASK_" + ended), NOW, RestartHistory.getDefaultInstance());
        assertThat(RestartRule.again(policy, mode, task)).isEqualTo(expected);
    }

    @Test
    void stopsAfterTheAttempts() {
        var policy = policy(2, Duration.ZERO);
        var history = RestartHistory.getDefaultInstance();
        for (int attempt = 0; attempt < 2; attempt++) {
            var task = ended(TaskState.TASK_FAILED, NOW, history);
            assertThat(RestartRule.again(policy, Mode.REPLICATED, task)).isTrue();
            history = RestartRule.next(policy, task, NOW);
        }
        assertThat(history.getTotal()).isEqualTo(2);
        assertThat(history.getRecentList())
                .as("without a window the number is enough")
                .isEmpty();
        assertThat(RestartRule.again(policy, Mode.REPLICATED, ended(TaskState.TASK_FAILED, NOW, history)))
                .isFalse();
    }

    @Test
    void countsOnlyWhatHappenedInTheWindowBeforeTheEnd() {
        var policy = policy(2, Duration.ofMinutes(1));
        var history = RestartHistory.getDefaultInstance();
        for (int seconds : new int[] {0, 10, 100}) {
            history = RestartRule.next(policy, ended(TaskState.TASK_FAILED, NOW, history), NOW.plusSeconds(seconds));
        }
        assertThat(history.getTotal()).isEqualTo(3);
        assertThat(history.getRecentList()).as("older ones are forgotten").hasSize(1);
        assertThat(RestartRule.again(
                        policy, Mode.REPLICATED, ended(TaskState.TASK_FAILED, NOW.plusSeconds(101), history)))
                .isTrue();
        history = RestartRule.next(policy, ended(TaskState.TASK_FAILED, NOW, history), NOW.plusSeconds(110));
        assertThat(RestartRule.again(
                        policy, Mode.REPLICATED, ended(TaskState.TASK_FAILED, NOW.plusSeconds(111), history)))
                .isFalse();
        assertThat(RestartRule.again(
                        policy, Mode.REPLICATED, ended(TaskState.TASK_FAILED, NOW.plusSeconds(165), history)))
                .isTrue();
    }

    @Test
    void theHistoryStaysAsShortAsTheAttempts() {
        var policy = policy(3, Duration.ofHours(1));
        var history = RestartHistory.getDefaultInstance();
        for (int second = 0; second < 50; second++) {
            history = RestartRule.next(policy, ended(TaskState.TASK_FAILED, NOW, history), NOW.plusSeconds(second));
        }
        assertThat(history.getRecentList()).hasSize(3).last().isEqualTo(Timestamps.of(NOW.plusSeconds(49)));
    }

    @Test
    void theDelayIsFiveSecondsIfNothingIsSaid() {
        assertThat(RestartRule.delay(RestartPolicy.getDefaultInstance())).isEqualTo(Duration.ofSeconds(5));
        assertThat(RestartRule.delay(RestartPolicy.newBuilder()
                        .setDelay(Durations.of(Duration.ZERO))
                        .build()))
                .isZero();
    }

    private static RestartPolicy policy(long attempts, Duration window) {
        return RestartPolicy.newBuilder()
                .setCondition(RestartPolicy.Condition.ON_FAILURE)
                .setMaxAttempts(attempts)
                .setWindow(Durations.of(window))
                .build();
    }

    private static Task ended(TaskState state, Instant at, RestartHistory history) {
        return Task.newBuilder()
                .setStatus(TaskStatus.newBuilder().setState(state).setTimestamp(Timestamps.of(at)))
                .setRestarts(history)
                .build();
    }
}
