package dev.muster.manager.loop;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.WARNING;

import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.state.Touched;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Carries out passes of one control loop: observe, decide, propose, remember when to look again. It waits for nothing
 * itself but the outcome of what it proposes, so one thread, or a simulation with a fake clock, steps many drivers.
 * One thread at a time.
 */
public final class LoopDriver implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LoopDriver.class.getName());

    /** Rejections in a row that are ordinary: someone else wrote first. */
    private static final int ORDINARY_REJECTIONS = 3;

    private final ControlLoop loop;
    private final ClusterStates.Subscription updates;
    private final Proposer proposer;
    private final InstantSource clock;
    private final RandomGenerator random;

    private Touched unsettled = Touched.EVERYTHING;
    private Optional<Instant> wakeup = Optional.empty();
    private Instant notBefore = Instant.MIN;
    private Backoff errors = Backoff.NONE;
    private Backoff rejections = Backoff.NONE;
    private volatile List<Reason> reasons = List.of();

    public LoopDriver(
            ControlLoop loop, ClusterStates states, Proposer proposer, InstantSource clock, RandomGenerator random) {
        this.loop = loop;
        this.updates = states.subscribe();
        this.proposer = proposer;
        this.clock = clock;
        this.random = random;
    }

    public ControlLoop loop() {
        return loop;
    }

    /** Why the loop decided as it did in its last pass. */
    public List<Reason> reasons() {
        return reasons;
    }

    /** Whether a pass has something to look at now. */
    public boolean due() {
        var now = clock.instant();
        return !now.isBefore(notBefore)
                && (!unsettled.nothing()
                        || updates.pending()
                        || wakeup.filter(at -> !at.isAfter(now)).isPresent());
    }

    /** When a pass is due at the latest, even if nothing is touched; empty if only a touch makes it due. */
    public Optional<Instant> nextWakeup() {
        if (!unsettled.nothing()) {
            return Optional.of(notBefore);
        }
        return wakeup.map(at -> at.isBefore(notBefore) ? notBefore : at);
    }

    /** The time before which no pass is due whatever is touched: a pause after a failure. */
    Instant notBefore() {
        return notBefore;
    }

    /** Waits until something is touched, no longer than this. */
    void awaitTouch(Duration timeout) throws InterruptedException {
        updates.await(timeout).ifPresent(update -> unsettled = unsettled.and(update.touched()));
    }

    /**
     * One pass, if one is due.
     *
     * @return whether there was one
     */
    public boolean step() {
        if (!due()) {
            return false;
        }
        pass();
        return true;
    }

    /** One pass, due or not. What goes wrong is logged and tried again later; errors of the JVM are thrown. */
    public void pass() {
        updates.poll().ifPresent(update -> unsettled = unsettled.and(update.touched()));
        var now = clock.instant();
        if (wakeup.filter(at -> !at.isAfter(now)).isPresent()) {
            unsettled = Touched.EVERYTHING;
        }
        try {
            var decision = loop.decide(updates.seen(), now, random, unsettled);
            reasons = decision.reasons();
            wakeup = unsettled.everything() ? decision.nextWakeup() : Decision.earlier(wakeup, decision.nextWakeup());
            if (decision.changeSets().isEmpty()) {
                settled();
            } else {
                settle(proposer.propose(decision.changeSets()));
            }
            errors = Backoff.NONE;
        } catch (RuntimeException e) {
            // Once per streak: the same bug would fill the log with itself.
            if (errors.failures() == 0) {
                LOG.log(ERROR, "loop " + loop.name() + " failed; it is tried again, later each time", e);
            }
            errors = errors.after();
            unsettled = Touched.EVERYTHING;
            notBefore = now.plus(errors.pause());
        }
    }

    @Override
    public void close() {
        updates.close();
    }

    private void settle(List<ProposalResult> results) {
        var failed = results.stream().filter(result -> !result.accepted()).toList();
        if (failed.isEmpty()) {
            settled();
            return;
        }
        rejections = rejections.after();
        boolean conflictsOnly = failed.stream().allMatch(ProposalResult.Rejected.class::isInstance);
        if (!conflictsOnly || rejections.failures() >= ORDINARY_REJECTIONS) {
            notBefore = clock.instant().plus(rejections.pause());
        }
        if (rejections.failures() == ORDINARY_REJECTIONS) {
            LOG.log(
                    WARNING,
                    "loop {0}: {1} of {2} changes were not taken, {3} times in a row; first: {4}",
                    loop.name(),
                    failed.size(),
                    results.size(),
                    rejections.failures(),
                    failed.getFirst().message());
        }
    }

    private void settled() {
        unsettled = Touched.NOTHING;
        rejections = Backoff.NONE;
    }
}
