package dev.muster.worker.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.worker.health.HealthState.Phase;
import dev.muster.worker.runtime.ExecPlan;
import dev.muster.worker.runtime.ExecResult;
import dev.muster.worker.runtime.RuntimeFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Time moves by hand; probes run when the pass orders them. */
class HealthMonitorTest {
    private static final HealthCheck CHECK = new HealthCheck(
            List.of("check", "me"),
            Duration.ofSeconds(10),
            Duration.ofSeconds(3),
            Duration.ofSeconds(12),
            Duration.ofSeconds(5),
            2);

    private long now = 1_000;
    private final List<String> log = new ArrayList<>();
    private ExecResult answer = new ExecResult.Ended(0, "fine");
    private final HealthMonitor monitor =
            new HealthMonitor(() -> now, () -> Instant.ofEpochSecond(0, now), Runnable::run);

    private HealthWatch watch(boolean healthy) {
        return monitor.watch(
                CHECK,
                Duration.ZERO,
                healthy,
                plan -> {
                    log.add(second() + " " + String.join(" ", plan.args()) + " " + plan.timeout());
                    return answer;
                },
                state -> log.add(second() + " " + state));
    }

    private long second() {
        return TimeUnit.NANOSECONDS.toSeconds(now);
    }

    /** Moves time on to the given second, passing whenever the monitor wants it. */
    private void runUntil(long second) {
        long end = TimeUnit.SECONDS.toNanos(second) + 1_000;
        while (true) {
            long wait = monitor.pass(now);
            if (now + wait > end) {
                now = end;
                return;
            }
            now += wait;
        }
    }

    @Test
    void probesAtTheStartIntervalThenAtTheInterval() {
        watch(false);

        runUntil(26);

        assertThat(log)
                .containsExactly(
                        "5 check me PT3S",
                        "5 HealthState[phase=HEALTHY, failingStreak=0]",
                        "15 check me PT3S",
                        "25 check me PT3S");
    }

    @Test
    void becomesUnhealthyAfterTheRetriesOutsideTheStartPeriod() {
        answer = new ExecResult.Ended(1, "down");
        var watch = watch(false);

        runUntil(30);

        // 5 s and 10 s lie in the start period; 15 s is the first that counts, then every 10 s.
        assertThat(log)
                .containsExactly(
                        "5 check me PT3S",
                        "10 check me PT3S",
                        "15 check me PT3S",
                        "25 check me PT3S",
                        "25 HealthState[phase=UNHEALTHY, failingStreak=2]");
        assertThat(watch.recent()).hasSize(4).last().satisfies(last -> {
            assertThat(last.exitCode()).isEqualTo(1);
            assertThat(last.output()).isEqualTo("down");
        });
    }

    @Test
    void timeoutsAndCommandsThatDoNotStartAreFailures() {
        var watch = watch(true);
        answer = new ExecResult.TimedOut("half");
        runUntil(10);
        answer = new ExecResult.NotStarted("no such file");
        runUntil(20);

        assertThat(watch.state()).isEqualTo(new HealthState(Phase.UNHEALTHY, 2));
        assertThat(watch.recent().stream().map(ProbeRecord::output))
                .containsExactly("Health check exceeded timeout (3s): half", "no such file");
    }

    @Test
    void aRuntimeThatFailsCountsAsAFailureAndChecksGoOn() {
        var calls = new ArrayList<ExecPlan>();
        monitor.watch(
                CHECK,
                Duration.ZERO,
                true,
                plan -> {
                    calls.add(plan);
                    throw new RuntimeFailure(RuntimeFailure.Kind.UNAVAILABLE, "away");
                },
                state -> log.add(state.phase().name()));

        runUntil(31);

        assertThat(calls).hasSize(3);
        assertThat(log).containsExactly("UNHEALTHY");
    }

    @Test
    void aClosedWatchIsNotProbed() {
        var watch = watch(true);
        runUntil(12);
        watch.close();

        runUntil(60);

        assertThat(log).containsExactly("10 check me PT3S");
        assertThat(monitor.pass(now)).isEqualTo(Duration.ofHours(1).toNanos());
    }

    @Test
    void closingBreaksOffTheProbeUnderWay() throws Exception {
        var entered = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        try (var real = HealthMonitor.start(System::nanoTime, () -> Instant.EPOCH)) {
            var quick = new HealthCheck(
                    List.of("x"), Duration.ofMillis(1), Duration.ofMinutes(1), Duration.ZERO, Duration.ofMillis(1), 3);
            var watch = real.watch(
                    quick,
                    Duration.ZERO,
                    false,
                    plan -> {
                        entered.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            interrupted.countDown();
                            throw e;
                        }
                        return answer;
                    },
                    state -> log.add("unexpected " + state));
            assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

            watch.close();

            assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(log).isEmpty();
        }
    }
}
