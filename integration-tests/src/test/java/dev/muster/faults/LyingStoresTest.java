package dev.muster.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.faults.LyingStores.Lie;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The whole harness, load, record and judgement, against stores that keep their promises and such that break one. */
class LyingStoresTest {
    private static final Load.Shape SHAPE = new Load.Shape(2, 400, Duration.ZERO, Duration.ZERO);

    private final AtomicLong nanos = new AtomicLong();
    private final History history = new History();

    /** Whether what five managers do to a load of ten clients is found to be wrong, and why. */
    private List<String> wrong(Lie lie) throws InterruptedException {
        var stores = new LyingStores(5, lie);
        var load = new Load(stores.stores(), "t-", SHAPE, history, nanos::incrementAndGet, new SplittableRandom(7));
        load.start();
        load.await();
        List<Judgement.FinalState> finals = new ArrayList<>();
        for (int i = 1; i <= 5; i++) {
            try {
                finals.add(new Judgement.FinalState(
                        i, stores.stores().get(i - 1).list("t-"), nanos.incrementAndGet(), nanos.incrementAndGet()));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
        return Judgement.of(history.byName(), List.of(), finals);
    }

    @Test
    void whoKeepsAllPromisesIsRight() throws InterruptedException {
        assertThat(wrong(Lie.NONE)).isEmpty();
        assertThat(history.written()).as("writes that were judged").isGreaterThan(1_000);
        assertThat(history.counts())
                .containsKeys(
                        "Create Written",
                        "Create Exists",
                        "Create Unknown",
                        "Create Failed",
                        "Read Found",
                        "Read Missing",
                        "Update Written",
                        "Update OutOfSequence",
                        "Update Unknown",
                        "Remove Removed");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void whoBreaksOneIsFoundOut(Lie lie) throws InterruptedException {
        assertThat(wrong(lie)).anyMatch(text -> text.startsWith(finding(lie)));
    }

    private static String finding(Lie lie) {
        return switch (lie) {
            case NONE -> throw new IllegalArgumentException("nothing is to be found");
            case LOSES_A_CREATE -> "acknowledged, but not there in the end at manager 1: ";
            case FORGETS_AN_UPDATE, READS_STALE, IGNORES_VERSIONS, RESURRECTS ->
                "no order explains the history of t-fight-";
            case FAILS_AND_DOES_IT -> "no order explains the history of t-once-";
            case APPLIES_TWICE -> "t-fight-";
            case ONE_MANAGER_LACKS_ONE -> "managers 1 and 2 show different states in the end: only the first 1[t-once-";
            case SHOWS_ONE_TWICE -> "manager 1 shows t-once-";
        };
    }

    @Test
    void aHistoryWithoutAnOrderIsShown() throws InterruptedException {
        assertThat(wrong(Lie.READS_STALE))
                .anySatisfy(text -> assertThat(text.lines())
                        .as("the operations, in the order found, with the one that fits nowhere")
                        .anyMatch(line -> line.matches(" +1 +0\\.000 to .* ms {2}manager [1-5]: .*"))
                        .anyMatch(line -> line.matches(" +\\? .* ms {2}manager [1-5]: .*")));
    }
}
