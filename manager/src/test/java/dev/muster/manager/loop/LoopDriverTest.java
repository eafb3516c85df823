package dev.muster.manager.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Annotations;
import dev.muster.api.ChangeSet;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.api.Kind;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import dev.muster.manager.state.ObjectKey;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.state.Touched;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class LoopDriverTest {
    private final FakeClock clock = new FakeClock();
    private final ClusterStates states = new ClusterStates();
    private final LocalLog log = new LocalLog(states);
    private final List<Touched> hints = new ArrayList<>();

    @Test
    void theFirstPassLooksAtEverythingAndTheNextOnesAtWhatWasTouched() {
        try (var driver = driver((_, _) -> Decision.NOTHING)) {
            assertThat(driver.due()).isTrue();
            driver.step();
            assertThat(driver.step()).isFalse();
            create("a");
            create("b");
            assertThat(driver.step()).isTrue();
            assertThat(driver.step()).isFalse();
        }
        assertThat(hints.get(0).everything()).isTrue();
        assertThat(hints.get(1).ids(Kind.KIND_CONFIG)).containsExactly("a", "b");
        assertThat(hints).hasSize(2);
    }

    @Test
    void convergesOnItsOwnChangesAndThenRests() {
        // Wants three configs, makes one in each pass.
        try (var driver = driver((state, now) -> state.configs().size() == 3
                ? Decision.NOTHING
                : Decision.propose(new ChangeSetBuilder(now, "test")
                        .create(config("c" + state.configs().size()))))) {
            int passes = 0;
            while (driver.step()) {
                passes++;
            }
            assertThat(passes).isEqualTo(4);
        }
        assertThat(states.current().configs().keySet()).containsExactly("c0", "c1", "c2");
    }

    @Test
    void wakesAtTheTimeItAskedForWithAFullLook() {
        var at = clock.instant().plusSeconds(5);
        try (var driver = driver((_, now) -> now.isBefore(at) ? Decision.wakeAt(at) : Decision.NOTHING)) {
            driver.step();
            assertThat(driver.nextWakeup()).contains(at);
            clock.advance(Duration.ofSeconds(4));
            assertThat(driver.due()).isFalse();
            clock.advance(Duration.ofSeconds(1));
            assertThat(driver.step()).isTrue();
            assertThat(hints.getLast().everything()).isTrue();
            assertThat(driver.nextWakeup()).isEmpty();
        }
    }

    @Test
    void aLookAtAPartKeepsAnEarlierWakeup() {
        var soon = clock.instant().plusSeconds(5);
        var late = clock.instant().plusSeconds(60);
        try (var driver = driver((state, _) -> Decision.wakeAt(state.configs().isEmpty() ? soon : late))) {
            driver.step();
            create("a");
            driver.step();
            assertThat(driver.nextWakeup()).contains(soon);
            clock.advance(Duration.ofSeconds(5));
            driver.step();
            assertThat(driver.nextWakeup()).contains(late);
        }
    }

    @Test
    void looksAgainAtWhatWasRejected() {
        create("a");
        var read = states.current().config("a").orElseThrow();
        log.propose(new ChangeSetBuilder(clock.instant(), "other").update(read).build());
        var first = new boolean[] {true};
        try (var driver = driver((state, now) -> {
            if (first[0]) {
                first[0] = false;
                // What another manager wrote in the meantime.
                return Decision.propose(new ChangeSetBuilder(now, "test").update(read));
            }
            return state.config("b").isPresent()
                    ? Decision.NOTHING
                    : Decision.propose(new ChangeSetBuilder(now, "test").create(config("b")));
        })) {
            driver.step();
            assertThat(states.current().config("b")).isEmpty();
            assertThat(driver.step()).isTrue();
            assertThat(hints.get(1).everything()).isTrue();
            assertThat(states.current().config("b")).isPresent();
        }
    }

    @Test
    void pausesLongerAndLongerWhileNothingIsTaken() {
        Proposer deaf = new Proposer() {
            @Override
            public List<ProposalResult> propose(List<ChangeSet> changeSets) {
                ProposalResult refused = new ProposalResult.Refused("no");
                return changeSets.stream().map(_ -> refused).toList();
            }

            @Override
            public ClusterState read() {
                return states.current();
            }
        };
        try (var driver = new LoopDriver(
                loop((_, now) -> Decision.propose(new ChangeSetBuilder(now, "test").create(config("a")))),
                states,
                deaf,
                clock,
                new SplittableRandom(1))) {
            assertThat(driver.step()).isTrue();
            assertThat(driver.step()).isFalse();
            clock.advance(Duration.ofMillis(50));
            assertThat(driver.step()).isTrue();
            clock.advance(Duration.ofMillis(50));
            assertThat(driver.step()).isFalse();
            clock.advance(Duration.ofMillis(50));
            assertThat(driver.step()).isTrue();
        }
    }

    @Test
    void survivesAnErrorAndLooksAtEverythingAfterwards() {
        var broken = new boolean[] {true};
        try (var driver = driver((_, _) -> {
            if (broken[0]) {
                throw new IllegalStateException("broken on purpose");
            }
            return Decision.NOTHING.with(new Reason(ObjectKey.node("n"), "all is well"));
        })) {
            driver.step();
            assertThat(driver.step()).isFalse();
            create("a");
            assertThat(driver.step()).as("a touch does not cut the pause short").isFalse();
            broken[0] = false;
            clock.advance(Duration.ofSeconds(1));
            assertThat(driver.step()).isTrue();
            assertThat(hints.getLast().everything()).isTrue();
            assertThat(driver.reasons()).containsExactly(new Reason(ObjectKey.node("n"), "all is well"));
        }
    }

    @Test
    void leavesEmptyChangeSetsOut() {
        try (var driver = driver((_, now) -> Decision.propose(new ChangeSetBuilder(now, "test")))) {
            driver.step();
            assertThat(driver.step()).isFalse();
        }
        assertThat(log.entries()).isEmpty();
    }

    private LoopDriver driver(BiFunction<ClusterState, Instant, Decision> decide) {
        return new LoopDriver(loop(decide), states, log, clock, new SplittableRandom(1));
    }

    private ControlLoop loop(BiFunction<ClusterState, Instant, Decision> decide) {
        return new ControlLoop() {
            @Override
            public String name() {
                return "test";
            }

            @Override
            public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
                hints.add(touched);
                return decide.apply(state, now);
            }
        };
    }

    private void create(String id) {
        assertThat(log.propose(new ChangeSetBuilder(clock.instant(), "test")
                                .create(config(id))
                                .build())
                        .accepted())
                .isTrue();
    }

    private static Config config(String id) {
        return Config.newBuilder()
                .setId(id)
                .setSpec(ConfigSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName(id)))
                .build();
    }
}
