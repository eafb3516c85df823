package dev.muster.net.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class SlotsTest {
    private static Ipv4 at(int host) {
        return new Ipv4(0x0a000000 | host);
    }

    private static Slots slots(int... hosts) {
        return new Slots(Arrays.stream(hosts).mapToObj(SlotsTest::at).toList(), 0);
    }

    @Test
    void aNewcomerTakesTheSlotOfOneThatLeaves() {
        assertThat(slots(1, 2, 3).follow(Set.of(at(1), at(3), at(9)), 0)).isEqualTo(slots(1, 9, 3));
    }

    @Test
    void theLastOneFillsAHole() {
        assertThat(slots(1, 2, 3).follow(Set.of(at(2), at(3)), 0)).isEqualTo(slots(3, 2));
        assertThat(slots(1, 2, 3).follow(Set.of(at(1)), 0)).isEqualTo(slots(1));
        assertThat(slots(1, 2, 3).follow(Set.of(), 0)).isEqualTo(slots());
    }

    @Test
    void anySequenceOfChangesKeepsExactlyTheBackendsAndMovesNoMoreThanThatChanged() {
        for (long seed = 0; seed < 200; seed++) {
            var random = new SplittableRandom(seed);
            var slots = new Slots(List.of(), 80);
            for (int round = 0; round < 20; round++) {
                var desired = new HashSet<Ipv4>();
                int size = random.nextInt(12);
                while (desired.size() < size) {
                    desired.add(at(random.nextInt(20)));
                }
                var next = slots.follow(desired, 80);
                assertThat(next.backends())
                        .as("seed " + seed)
                        .doesNotHaveDuplicates()
                        .hasSameElementsAs(desired);
                var gone = new HashSet<>(slots.backends());
                gone.removeAll(desired);
                var come = new HashSet<>(desired);
                slots.backends().forEach(come::remove);
                int moved = 0;
                for (int slot = 0;
                        slot < Math.min(slots.backends().size(), next.backends().size());
                        slot++) {
                    moved += slots.backends().get(slot).equals(next.backends().get(slot)) ? 0 : 1;
                }
                assertThat(moved).as("seed " + seed).isLessThanOrEqualTo(Math.max(gone.size(), come.size()));
                assertThat(next.follow(desired, 80)).isEqualTo(next);
                slots = next;
            }
        }
    }
}
