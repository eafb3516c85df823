package dev.muster.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class IdsTest {
    @Test
    void idsAre25Base36CharactersAndDiffer() {
        RandomGenerator random = new SplittableRandom(1);
        var ids = new HashSet<String>();
        for (int i = 0; i < 10_000; i++) {
            var id = Ids.create(random);
            assertThat(Ids.isId(id)).as(id).isTrue();
            ids.add(id);
        }
        assertThat(ids).hasSize(10_000);
    }

    @Test
    void smallNumbersArePadded() {
        RandomGenerator zero = () -> 0L;
        assertThat(Ids.create(zero)).isEqualTo("0".repeat(25));
        RandomGenerator ones = () -> -1L;
        assertThat(Ids.create(ones)).isEqualTo("f5lxx1zz5pnorynqglhzmsp33");
    }

    @Test
    void tellsIdsFromNames() {
        assertThat(Ids.isId("web")).isFalse();
        assertThat(Ids.isId("A".repeat(25))).isFalse();
        assertThat(Ids.isId("0".repeat(24) + "-")).isFalse();
    }
}
