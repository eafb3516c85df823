package dev.muster.manager.dispatcher;

import dev.muster.api.Generation;
import java.util.concurrent.atomic.AtomicLong;

/** Numbers what is sent under one leadership: each message to any agent has a greater one than all before it. Any thread. */
final class Generations {
    private final long epoch;
    private final long term;
    private final AtomicLong last = new AtomicLong();

    Generations(long epoch, long term) {
        this.epoch = epoch;
        this.term = term;
    }

    Generation next() {
        return Generation.newBuilder()
                .setEpoch(epoch)
                .setTerm(term)
                .setNumber(last.incrementAndGet())
                .build();
    }

    /** Whether it is of this leadership. */
    boolean own(Generation generation) {
        return generation.getEpoch() == epoch && generation.getTerm() == term;
    }
}
