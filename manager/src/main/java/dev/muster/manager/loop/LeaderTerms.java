package dev.muster.manager.loop;

import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.Leadership;
import dev.muster.manager.state.LeadershipListener;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Opens a {@link LeaderTerm} when this manager begins to lead, fills it, and closes it when leading ends: exactly one at
 * a time. Any thread reads the current term; one thread tells of leaderships.
 */
public final class LeaderTerms implements LeadershipListener {
    private final ClusterStates states;
    private final InstantSource clock;
    private final RandomGenerator.SplittableGenerator random;
    private final Consumer<LeaderTerm> fill;
    private volatile @Nullable LeaderTerm current;

    /**
     * @param fill registers what runs while leading: the composition root's list of loops and services
     */
    public LeaderTerms(
            ClusterStates states,
            InstantSource clock,
            RandomGenerator.SplittableGenerator random,
            Consumer<LeaderTerm> fill) {
        this.states = states;
        this.clock = clock;
        this.random = random;
        this.fill = fill;
    }

    /** The term in which this manager leads; empty while it does not. */
    public Optional<LeaderTerm> current() {
        return Optional.ofNullable(current);
    }

    @Override
    public void leadershipBegan(Leadership leadership) {
        var term = new LeaderTerm(leadership, states, clock, random.split());
        current = term;
        try {
            fill.accept(term);
        } catch (RuntimeException e) {
            current = null;
            term.close();
            throw e;
        }
    }

    @Override
    public void leadershipEnded(Leadership leadership) {
        var term = current;
        current = null;
        if (term != null) {
            term.close();
        }
    }
}
