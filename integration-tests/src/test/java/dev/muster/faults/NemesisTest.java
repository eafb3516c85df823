package dev.muster.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.cluster.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class NemesisTest {
    private static final Nemesis.Tempo QUICK =
            new Nemesis.Tempo(Duration.ZERO, Duration.ofMillis(1), Duration.ZERO, Duration.ofMillis(2));

    /** Five hosts in memory. */
    private static final class CountedHosts implements Hosts {
        private final Set<Integer> down = new TreeSet<>();
        private final Set<Integer> still = new TreeSet<>();
        private final Set<Integer> cut = new TreeSet<>();
        private int mostAway;
        private int mostCut;
        private boolean broken;

        private synchronized void away(Set<Integer> how, int host) {
            if (broken) {
                throw new AssertionError("it does not die");
            }
            how.add(host);
            mostAway = Math.max(mostAway, down.size() + still.size());
        }

        private synchronized void back(Set<Integer> how, int host) {
            how.remove(host);
        }

        @Override
        public void kill(int host) {
            away(down, host);
        }

        @Override
        public void stop(int host) {
            away(down, host);
        }

        @Override
        public void start(int host) {
            back(down, host);
        }

        @Override
        public void freeze(int host) {
            away(still, host);
        }

        @Override
        public void thaw(int host) {
            back(still, host);
        }

        @Override
        public void pause(int host) {
            away(still, host);
        }

        @Override
        public void resume(int host) {
            back(still, host);
        }

        @Override
        public synchronized void cut(int host, List<Integer> others) {
            assertThat(others).isNotEmpty().doesNotContain(host);
            cut.add(host);
            mostCut = Math.max(mostCut, cut.size());
        }

        @Override
        public synchronized void heal() {
            cut.clear();
        }
    }

    private final CountedHosts hosts = new CountedHosts();
    private final List<String> journal = new ArrayList<>();

    private void tell(String line) {
        synchronized (journal) {
            journal.add(line);
        }
    }

    private int told() {
        synchronized (journal) {
            return journal.size();
        }
    }

    private Nemesis nemesis() {
        return new Nemesis(hosts, 5, () -> OptionalInt.of(4), QUICK, new SplittableRandom(1), this::tell);
    }

    @Test
    void everyFaultComesAndInTheEndEverythingIsRepaired() throws InterruptedException {
        var nemesis = nemesis();
        nemesis.start();
        Eventually.within(Duration.ofSeconds(20), () -> assertThat(told()).isGreaterThan(200));
        nemesis.stop();

        assertThat(nemesis.done().keySet()).containsExactlyInAnyOrder(Fault.values());
        assertThat(hosts.down).isEmpty();
        assertThat(hosts.still).isEmpty();
        assertThat(hosts.cut).isEmpty();
        assertThat(hosts.mostAway).as("managers away at once").isEqualTo(1);
        assertThat(hosts.mostCut).as("managers cut off at once").isEqualTo(2);
        assertThat(journal).contains("kill 4", "pause 4").last().isEqualTo("everything is repaired");
    }

    @Test
    void whatAHostRefusesIsToldInTheEnd() throws InterruptedException {
        hosts.broken = true;
        var nemesis = nemesis();
        nemesis.start();
        Eventually.within(Duration.ofSeconds(20), () -> assertThat(told()).isGreaterThan(20));
        assertThatThrownBy(nemesis::stop)
                .isInstanceOf(AssertionError.class)
                .hasMessage("a host did not do as it was told: it does not die");
        assertThat(hosts.cut).isEmpty();
    }
}
