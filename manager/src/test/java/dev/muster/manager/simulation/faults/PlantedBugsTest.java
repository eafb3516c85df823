package dev.muster.manager.simulation.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That the checkers find what they look for. */
class PlantedBugsTest {
    /** Each bug shows within so many seeds; most do in the first. */
    private static final int MOST_SEEDS = 40;

    @ParameterizedTest
    @EnumSource
    void aPlantedBugBreaksItsRule(PlantedBug bug) {
        try (var _ = Quiet.begin()) {
            int seed = 1;
            var run = Run.of(seed, bug);
            while (run.failure().isEmpty() && seed < MOST_SEEDS) {
                run = Run.of(++seed, bug);
            }
            assertThat(run.failure()).as("%s in %s seeds", bug, seed).isPresent();
            assertThat(run.failure().get().rule()).as(run.report()).contains(bug.rule());
            assertThat(run.report())
                    .startsWith("seed " + seed + ": rule broken: " + bug.rule())
                    .contains("last events:\n");
        }
    }

    @Test
    void everyRuleHasABug() {
        assertThat(Arrays.stream(PlantedBug.values()).map(PlantedBug::rule)).containsExactlyInAnyOrder(Rule.values());
    }
}
