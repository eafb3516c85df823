package dev.muster.worker.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.Durations;
import dev.muster.api.HealthConfig;
import dev.muster.worker.health.HealthState.Phase;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HealthStateTest {
    private static final HealthCheck CHECK = new HealthCheck(
            List.of("true"),
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            Duration.ofSeconds(40),
            Duration.ofSeconds(5),
            2);
    private static final Duration EARLY = Duration.ofSeconds(39);
    private static final Duration LATE = Duration.ofSeconds(40);

    @Test
    void failuresInTheStartPeriodDoNotCount() {
        assertThat(HealthState.STARTING.after(false, EARLY, CHECK)).isEqualTo(HealthState.STARTING);
        assertThat(HealthState.STARTING.after(false, LATE, CHECK)).isEqualTo(new HealthState(Phase.STARTING, 1));
    }

    @Test
    void failuresCountOnceAProbeHasSucceeded() {
        var state = HealthState.STARTING.after(true, EARLY, CHECK).after(false, EARLY, CHECK);

        assertThat(state).isEqualTo(new HealthState(Phase.HEALTHY, 1));
        assertThat(state.after(false, EARLY, CHECK)).isEqualTo(new HealthState(Phase.UNHEALTHY, 2));
    }

    @Test
    void oneSuccessForgetsFailures() {
        assertThat(new HealthState(Phase.HEALTHY, 1).after(true, LATE, CHECK)).isEqualTo(HealthState.HEALTHY);
        assertThat(new HealthState(Phase.UNHEALTHY, 2).after(true, LATE, CHECK)).isEqualTo(HealthState.HEALTHY);
    }

    @Test
    void looksMoreOftenWhileStarting() {
        assertThat(HealthState.STARTING.delay(EARLY, CHECK)).isEqualTo(Duration.ofSeconds(5));
        assertThat(HealthState.STARTING.delay(LATE, CHECK)).isEqualTo(Duration.ofSeconds(10));
        assertThat(HealthState.HEALTHY.delay(EARLY, CHECK)).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void readsTheFormsOfTests() {
        assertThat(HealthCheck.of(HealthConfig.getDefaultInstance())).isEmpty();
        assertThat(HealthCheck.of(test("NONE"))).isEmpty();
        assertThat(HealthCheck.of(test("CMD", "curl", "-f", "x")).orElseThrow().command())
                .containsExactly("curl", "-f", "x");
        assertThat(HealthCheck.of(test("CMD-SHELL", "curl -f x || exit 1"))
                        .orElseThrow()
                        .command())
                .containsExactly("/bin/sh", "-c", "curl -f x || exit 1");
        assertThat(HealthCheck.of(test("CMD", "true"))
                        .map(check -> List.of(check.interval(), check.timeout(), check.startPeriod())))
                .contains(List.of(Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ZERO));
        assertThatThrownBy(() -> HealthCheck.of(test("CMD"))).hasMessageContaining("names no command");
        assertThatThrownBy(() -> HealthCheck.of(test("curl"))).hasMessageContaining("must be NONE, CMD or CMD-SHELL");
    }

    @Test
    void theServiceOverridesTheImagePartByPart() {
        var image = test("CMD", "image-check").toBuilder()
                .setInterval(Durations.of(Duration.ofSeconds(7)))
                .setRetries(9)
                .build();
        var service = HealthConfig.newBuilder().setRetries(1).build();

        assertThat(HealthCheck.merge(service, Optional.of(image)))
                .isEqualTo(image.toBuilder().setRetries(1).build());
        assertThat(HealthCheck.of(HealthCheck.merge(test("NONE"), Optional.of(image))))
                .isEmpty();
        assertThat(HealthCheck.merge(service, Optional.empty())).isEqualTo(service);
    }

    private static HealthConfig test(String... words) {
        return HealthConfig.newBuilder().addAllTest(List.of(words)).build();
    }
}
