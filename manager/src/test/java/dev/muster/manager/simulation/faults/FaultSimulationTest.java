package dev.muster.manager.simulation.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import org.junit.jupiter.api.Test;

/** Many seeds, each a cluster of its own under other faults. More: {@code deploy/sim.sh}. */
class FaultSimulationTest {
    private static final int SEEDS = 200;

    /** Less has happened in a run that stood still. */
    private static final int FEWEST_ENTRIES = 40;

    @Test
    void whateverFailsPromisesAreKeptAndHealedClustersConverge() throws InterruptedException {
        try (var _ = Quiet.begin()) {
            var failures = new ArrayList<String>();
            var entries = new ArrayList<Integer>();
            var seen = new EnumMap<Coverage.Seen, Integer>(Coverage.Seen.class);
            Run.all(1, SEEDS, run -> {
                entries.add(run.entries());
                run.seen().forEach((what, count) -> seen.merge(what, count, Integer::sum));
                run.failure().ifPresent(_ -> failures.add(run.report()));
            });
            assertThat(failures).as("failed seeds, with what happened last").isEmpty();
            assertThat(entries).hasSize(SEEDS).allMatch(count -> count > FEWEST_ENTRIES);
            assertThat(seen).as("what is difficult was met").containsOnlyKeys(Coverage.Seen.values());
        }
    }

    @Test
    void aSeedIsTheSameRunEachTime() {
        try (var _ = Quiet.begin()) {
            var first = Run.of(11, Plant.NONE);
            var again = Run.of(11, Plant.NONE);
            var other = Run.of(12, Plant.NONE);

            assertThat(again.digest()).isEqualTo(first.digest());
            assertThat(again.entries()).isEqualTo(first.entries());
            assertThat(other.digest()).isNotEqualTo(first.digest());
        }
    }
}
