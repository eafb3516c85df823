package dev.muster.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.cluster.TestCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A minute of faults with five real managers. {@code deploy/faults.sh} has as many minutes as one likes. */
class FaultsIT {
    private static final int MANAGERS = 5;
    private static final Duration FAULTS = Duration.ofSeconds(62);

    @Test
    void whatWasAcknowledgedIsThereOnceAndInOneOrder() throws InterruptedException {
        long seed = System.nanoTime() & 0xffffff;
        List<String> journal = Collections.synchronizedList(new ArrayList<>());
        try (var cluster = TestCluster.managers(MANAGERS);
                var managers = new ManagerSockets(cluster.dir(), MANAGERS)) {
            long start = System.nanoTime();
            var round = new FaultRound(
                    new ClusterHosts(cluster.dir()),
                    managers,
                    "faults-",
                    Load.Shape.STANDARD,
                    Nemesis.Tempo.STANDARD,
                    System::nanoTime,
                    new SplittableRandom(seed),
                    line -> journal.add((System.nanoTime() - start) / 1_000_000 + " ms: " + line));
            var outcome = round.run(FAULTS);
            System.out.println("FaultsIT, seed " + seed + ": " + outcome.summary());

            // The finding comes first: whoever shows a failure may cut it off somewhere behind.
            if (!outcome.wrong().isEmpty()) {
                throw new AssertionError(String.join("\n", outcome.wrong()) + "\nseed " + seed + "; "
                        + outcome.summary() + "\n" + String.join("\n", journal) + cluster.logs());
            }
            // Or it would have proved nothing.
            assertThat(outcome.written()).as(outcome.summary()).isGreaterThan(200);
            assertThat(outcome.faults().keySet()).as(outcome.summary()).containsExactlyInAnyOrder(Fault.values());
        }
    }
}
