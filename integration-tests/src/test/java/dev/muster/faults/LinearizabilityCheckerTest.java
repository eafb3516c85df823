package dev.muster.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.faults.LinearizabilityCheckerTest.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Histories of a register that is written blindly and read, and of a counter. */
class LinearizabilityCheckerTest {
    /** What was done, with the value that was written or read. */
    record Op(Kind kind, int value) {}

    enum Kind {
        WRITE,
        READ,
        ADD
    }

    private static final long MOST_STEPS = 1_000_000;

    /** Starts with 0. */
    private static final Model<Integer, Op> REGISTER = new Model<>() {
        @Override
        public Integer initial() {
            return 0;
        }

        @Override
        public Optional<Integer> step(Integer state, Op op) {
            return switch (op.kind()) {
                case WRITE -> Optional.of(op.value());
                case READ -> state == op.value() ? Optional.of(state) : Optional.empty();
                case ADD -> Optional.of(state + op.value());
            };
        }
    };

    private final List<Interval<Op>> history = new ArrayList<>();

    private void write(int value, long from, long to) {
        history.add(new Interval<>(new Op(Kind.WRITE, value), from, to));
    }

    private void read(int value, long from, long to) {
        history.add(new Interval<>(new Op(Kind.READ, value), from, to));
    }

    private void add(int value, long from, long to) {
        history.add(new Interval<>(new Op(Kind.ADD, value), from, to));
    }

    private Linearization<Op> check() {
        return new LinearizabilityChecker<>(REGISTER, MOST_STEPS).check(history);
    }

    private void isRight() {
        assertThat(check()).isInstanceOf(Linearization.Found.class);
    }

    private void isWrong() {
        assertThat(check()).isInstanceOf(Linearization.Impossible.class);
    }

    @Test
    void nothingIsRight() {
        isRight();
    }

    @Test
    void oneAfterTheOtherIsRight() {
        read(0, 0, 1);
        write(1, 2, 3);
        read(1, 4, 5);
        write(2, 6, 7);
        read(2, 8, 9);
        assertThat(check()).isEqualTo(new Linearization.Found<>(history));
    }

    @Test
    void aReadDuringAWriteMaySeeEither() {
        write(1, 0, 10);
        read(0, 2, 3);
        read(1, 4, 5);
        isRight();
    }

    @Test
    void readsDuringAWriteMayNotSeeItAndThenNot() {
        write(1, 0, 10);
        read(1, 2, 3);
        read(0, 4, 5);
        isWrong();
    }

    @Test
    void aStaleReadIsWrong() {
        write(1, 0, 1);
        write(2, 2, 3);
        read(1, 4, 5);
        var impossible = (Linearization.Impossible<Op>) check();
        assertThat(impossible.stuck()).isEqualTo(history.getLast());
        assertThat(impossible.explained()).containsExactly(history.get(0), history.get(1));
    }

    @Test
    void aLostWriteIsWrong() {
        write(1, 0, 1);
        read(0, 2, 3);
        isWrong();
    }

    @Test
    void aWriteThatHappensTwiceIsWrong() {
        write(1, 0, 1);
        read(1, 2, 3);
        write(2, 4, 5);
        read(2, 6, 7);
        read(1, 8, 9);
        isWrong();
        history.clear();
        add(5, 0, 1);
        read(10, 2, 3);
        isWrong();
    }

    @Test
    void whatWasNeverWrittenIsWrong() {
        write(1, 0, 1);
        read(7, 0, 5);
        isWrong();
    }

    @Test
    void concurrentWritesAreInOneOrderForAll() {
        write(1, 0, 10);
        write(2, 0, 10);
        read(2, 11, 12);
        read(2, 13, 14);
        isRight();
        read(1, 15, 16);
        isWrong();
    }

    @Test
    void aPendingWriteMayHappenLateOrNever() {
        write(1, 0, Interval.FOREVER);
        read(0, 100, 101);
        isRight();
        read(1, 200, 201);
        isRight();
        read(0, 300, 301);
        isWrong();
    }

    @Test
    void aPendingWriteMayNotHappenBeforeItsCall() {
        read(1, 0, 1);
        write(1, 2, Interval.FOREVER);
        isWrong();
    }

    @Test
    void aPendingWriteHappensOnceOnly() {
        write(1, 0, Interval.FOREVER);
        read(1, 10, 11);
        write(2, 12, 13);
        read(1, 14, 15);
        isWrong();
    }

    @Test
    void atTheSameInstantIsAtTheSameTime() {
        write(1, 0, 5);
        read(0, 5, 6);
        isRight();
    }

    /** A real register, whose operations take effect at a known instant within their time: right by construction. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whatARegisterDoesIsRightAndOneWrongReadIsFound(int seed) {
        var random = new SplittableRandom(seed);
        int state = 0;
        int next = 1;
        for (int i = 0; i < 400; i++) {
            // The instants of effect are 100 apart, and up to eight neighbours overlap.
            long effect = 1000 + i * 100L;
            long from = effect - random.nextLong(400);
            long to = effect + 1 + random.nextLong(400);
            if (random.nextInt(3) == 0) {
                read(state, from, to);
            } else if (random.nextInt(120) == 0) {
                // Its caller never heard of it; half of them happened.
                if (random.nextBoolean()) {
                    state = next;
                }
                write(next++, from, Interval.FOREVER);
            } else {
                state = next;
                write(next++, from, to);
            }
        }
        isRight();
        long end = 1000 + 400 * 100L + 1000;
        write(next, end, end + 1);
        read(next - 1, end + 2, end + 3);
        // The last write but one may be pending, and then it may happen now.
        boolean pending = history.stream()
                .anyMatch(one -> one.pending()
                        && one.operation().value()
                                == history.getLast().operation().value());
        assertThat(check()).isInstanceOf(pending ? Linearization.Found.class : Linearization.Impossible.class);
    }

    /** Thirty additions at once are a billion subsets. */
    @Test
    void givesUpWhereItWouldTakeForEver() {
        for (int i = 1; i <= 30; i++) {
            add(1 << (i % 20), 0, 100);
        }
        read(-1, 0, 100);
        assertThat(check()).isEqualTo(new Linearization.Undecided<Op>(MOST_STEPS));
    }
}
