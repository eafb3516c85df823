package dev.muster.worker.agent;

import dev.muster.api.Generation;
import java.util.Comparator;

/** Who leads, as far as agents can tell: later ones are greater. Pure. */
record Leadership(long epoch, long term) implements Comparable<Leadership> {
    static final Leadership NONE = new Leadership(0, 0);

    private static final Comparator<Leadership> ORDER = Comparator.comparing(Leadership::epoch, Long::compareUnsigned)
            .thenComparing(Leadership::term, Long::compareUnsigned);

    static Leadership of(Generation generation) {
        return new Leadership(generation.getEpoch(), generation.getTerm());
    }

    @Override
    public int compareTo(Leadership other) {
        return ORDER.compare(this, other);
    }

    boolean olderThan(Leadership other) {
        return compareTo(other) < 0;
    }
}
