package dev.muster.worker.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.api.UpdateTaskStatusRequest;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Which manager, when, how fast, and what waits for it. */
class ReachingManagersTest {
    private long now;

    @Test
    void managersAreTriedInTurnOwnOneFirst() {
        var directory = new ManagerDirectory(List.of("own:1"));
        directory.learn(List.of("m2:1", "own:1", "m3:1"));

        assertThat(List.of(directory.next(), directory.next(), directory.next(), directory.next()))
                .containsExactly("own:1", "m2:1", "m3:1", "own:1");
    }

    @Test
    void theNamedLeaderComesNextButNotForEver() {
        var directory = new ManagerDirectory(List.of("m1:1", "m2:1"));
        assertThat(directory.next()).isEqualTo("m1:1");

        assertThat(directory.follow("m9:1")).isTrue();
        assertThat(directory.next()).isEqualTo("m9:1");
        assertThat(directory.follow("m1:1")).isTrue();
        assertThat(directory.follow("m9:1")).isTrue();
        assertThat(directory.follow("m1:1")).as("they point at each other").isFalse();

        directory.connected();
        assertThat(directory.follow("m1:1")).isTrue();
    }

    @Test
    void withoutAnyManagerThereIsAReason() {
        assertThatThrownBy(new ManagerDirectory(List.of())::next).hasMessage("no manager is known");
    }

    @Test
    void pausesDoubleUpToEightSecondsWithJitter() {
        var backoff = new Backoff(new Random(1));
        long full = 100;
        for (int i = 0; i < 10; i++) {
            assertThat(backoff.pause()).isBetween(Duration.ofMillis(full / 2), Duration.ofMillis(full));
            full = Math.min(2 * full, 8000);
        }
        backoff.reset();
        assertThat(backoff.pause()).isLessThanOrEqualTo(Duration.ofMillis(100));
    }

    @Test
    void anElectionIsNotWaitedForLongerThanASecondAtATime() {
        var backoff = new Backoff(new Random(1));
        for (int i = 0; i < 10; i++) {
            assertThat(backoff.pause(Backoff.ELECTION)).isLessThanOrEqualTo(Duration.ofSeconds(1));
        }
        assertThat(backoff.pause()).isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
        assertThat(backoff.pause()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    @Test
    void bytesPassAtTheRateAfterAFirstSecondAtOnce() {
        var limit = new RateLimit(1000, () -> now);
        assertThat(limit.nanosUntil(1000)).isZero();
        assertThat(pass(limit, 1000)).isTrue();
        assertThat(limit.nanosUntil(100)).isEqualTo(100_000_000);

        now += 50_000_000;
        assertThat(limit.nanosUntil(100)).isEqualTo(50_000_000);
        now += 50_000_000;
        assertThat(pass(limit, 100)).isTrue();
        now += 10_000_000_000L;
        assertThat(limit.nanosUntil(1000))
                .as("no more is saved up than a second's worth")
                .isZero();
        assertThat(pass(limit, 1000)).isTrue();
        assertThat(limit.nanosUntil(5000)).as("a single large piece passes too").isEqualTo(1_000_000_000);
    }

    private static boolean pass(RateLimit limit, int bytes) {
        if (limit.nanosUntil(bytes) > 0) {
            return false;
        }
        try {
            limit.pass(bytes);
            return true;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void statusesStayUntilTheyAreTakenAndNewerOnesReplaceOlder() throws Exception {
        var outbox = new StatusOutbox(System::nanoTime);
        outbox.offer("a", status(TaskState.TASK_ACCEPTED));
        outbox.offer("b", status(TaskState.TASK_ACCEPTED));
        var first = outbox.next();
        assertThat(first).containsExactly(update("a", TaskState.TASK_ACCEPTED), update("b", TaskState.TASK_ACCEPTED));
        assertThat(outbox.next()).as("a failed call sends it again").isEqualTo(first);

        outbox.offer("a", status(TaskState.TASK_RUNNING));
        outbox.sent(first);

        assertThat(outbox.next()).containsExactly(update("a", TaskState.TASK_RUNNING));
        outbox.sent(outbox.next());
        assertThat(outbox.size()).isZero();
    }

    /** On a clock that stands still only what is urgent gets out. */
    @Test
    void whatATaskPassesThroughWaitsForWhatComesNext() throws Exception {
        var now = new AtomicLong(Long.MAX_VALUE);
        var outbox = new StatusOutbox(now::get);
        outbox.offer("a", status(TaskState.TASK_PREPARING));
        var batches = new LinkedBlockingQueue<List<UpdateTaskStatusRequest.Update>>();
        var sender = Thread.ofVirtual().start(() -> {
            try {
                batches.add(outbox.next());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        outbox.offer("a", status(TaskState.TASK_STARTING));
        outbox.offer("b", status(TaskState.TASK_RUNNING));
        sender.join();
        var batch = batches.remove();
        assertThat(batch).containsExactly(update("a", TaskState.TASK_STARTING), update("b", TaskState.TASK_RUNNING));
        outbox.sent(batch);

        outbox.offer("c", status(TaskState.TASK_PREPARING));
        now.addAndGet(StatusOutbox.MOMENT.toNanos());
        assertThat(outbox.next()).containsExactly(update("c", TaskState.TASK_PREPARING));
    }

    @Test
    void batchesAreBoundedAndForgottenTasksGo() throws Exception {
        var outbox = new StatusOutbox(System::nanoTime);
        for (int i = 0; i < StatusOutbox.BATCH + 10; i++) {
            outbox.offer("t" + i, status(TaskState.TASK_RUNNING));
        }
        var batch = outbox.next();
        assertThat(batch).hasSize(StatusOutbox.BATCH);
        outbox.sent(batch);
        outbox.forget("t" + StatusOutbox.BATCH);

        assertThat(outbox.next()).hasSize(9);
    }

    private static TaskStatus status(TaskState state) {
        return TaskStatus.newBuilder().setState(state).build();
    }

    private static UpdateTaskStatusRequest.Update update(String task, TaskState state) {
        return UpdateTaskStatusRequest.Update.newBuilder()
                .setTaskId(task)
                .setStatus(status(state))
                .build();
    }
}
