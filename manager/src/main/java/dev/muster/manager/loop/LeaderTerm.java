package dev.muster.manager.loop;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;

import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.Leadership;
import dev.muster.manager.state.Proposer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Everything that runs because this manager leads, as a scope: what is registered runs, and {@link #close} ends all of
 * it. When close returns no loop is left running and no proposal leaves, within a bound; what does not obey the bound is
 * named in the log, and the term in its fence keeps it from doing harm. Loops have a platform thread each, as a pass may
 * compute for long.
 */
public final class LeaderTerm implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LeaderTerm.class.getName());

    /** A pass over a large state takes a second or two; a loop that takes longer to notice is broken. */
    private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);

    /** How long a loop waits at most before it looks at its clock again: that clock may be set while it waits. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final Leadership leadership;
    private final ClusterStates states;
    private final InstantSource clock;
    private final RandomGenerator.SplittableGenerator random;
    private final FencedProposer proposer;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<LoopDriver> drivers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Deque<AutoCloseable> owned = new ArrayDeque<>();

    public LeaderTerm(
            Leadership leadership,
            ClusterStates states,
            InstantSource clock,
            RandomGenerator.SplittableGenerator random) {
        this.leadership = leadership;
        this.states = states;
        this.clock = clock;
        this.random = random;
        this.proposer = new FencedProposer(leadership.proposer());
    }

    /** The Raft term. */
    public long term() {
        return leadership.term();
    }

    /** Proposes in the name of this term, until it is closed. */
    public Proposer proposer() {
        return proposer;
    }

    public ClusterStates states() {
        return states;
    }

    public boolean isClosed() {
        return closed.getCount() == 0;
    }

    /** Waits; true as soon as the term is closed. */
    public boolean awaitClosed(Duration atMost) throws InterruptedException {
        return closed.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Starts a loop. Its first pass looks at everything. */
    public synchronized void register(ControlLoop loop) {
        requireOpen();
        var driver = new LoopDriver(loop, states, proposer, clock, random.split());
        drivers.add(driver);
        start("loop-" + loop.name(), () -> run(driver));
    }

    /**
     * Starts something that is not a loop over the state. It is interrupted when the term closes and has to end then;
     * if it ends by an exception, that is logged.
     */
    public synchronized void fork(String name, Runnable task) {
        requireOpen();
        start(name, task);
    }

    /** Takes something over: it is closed with the term, the last one first, before threads are waited for. */
    public synchronized <T extends AutoCloseable> T own(T resource) {
        requireOpen();
        owned.push(resource);
        return resource;
    }

    /** What each loop said about its last pass, by loop. */
    public synchronized Map<String, List<Reason>> reasons() {
        var reasons = new TreeMap<String, List<Reason>>();
        drivers.forEach(driver -> reasons.put(driver.loop().name(), driver.reasons()));
        return reasons;
    }

    @Override
    public void close() {
        synchronized (this) {
            if (isClosed()) {
                return;
            }
            closed.countDown();
        }
        // Nothing is added from here on; the lock is free, so that what is ending may still ask this term questions.
        proposer.close();
        owned.forEach(LeaderTerm::closeQuietly);
        threads.forEach(Thread::interrupt);
        boolean interrupted = false;
        try {
            for (var thread : threads) {
                if (!thread.join(CLOSE_BOUND)) {
                    LOG.log(
                            ERROR,
                            "{0} still runs {1} after the end of term {2}; its proposals are refused",
                            thread.getName(),
                            CLOSE_BOUND,
                            term());
                }
            }
            if (!proposer.awaitIdle(CLOSE_BOUND)) {
                LOG.log(ERROR, "proposals of term {0} are still waiting for their outcome", term());
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        drivers.forEach(LoopDriver::close);
        LOG.log(INFO, "leadership of term {0} is closed: {1} loops ended", Long.toString(term()), drivers.size());
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void start(String name, Runnable task) {
        threads.add(Thread.ofPlatform()
                .name(name)
                .daemon()
                .uncaughtExceptionHandler((thread, e) -> LOG.log(ERROR, thread.getName() + " ended by an error", e))
                .start(task));
    }

    private void run(LoopDriver driver) {
        try {
            while (!isClosed()) {
                if (!driver.step()) {
                    pause(driver);
                }
            }
        } catch (InterruptedException e) {
            // Interrupted only by close.
            Thread.currentThread().interrupt();
        }
    }

    private void pause(LoopDriver driver) throws InterruptedException {
        var now = clock.instant();
        if (now.isBefore(driver.notBefore())) {
            // Not for touches: the pause after a failure is a pause from them.
            var _ = closed.await(wait(Duration.between(now, driver.notBefore())).toNanos(), TimeUnit.NANOSECONDS);
        } else {
            driver.awaitTouch(wait(
                    driver.nextWakeup().map(at -> Duration.between(now, at)).orElse(LONGEST_WAIT)));
        }
    }

    private static Duration wait(Duration duration) {
        return duration.compareTo(LONGEST_WAIT) < 0 ? duration : LONGEST_WAIT;
    }

    private void requireOpen() {
        if (isClosed()) {
            throw new IllegalStateException("term " + term() + " is over");
        }
    }

    private static void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            LOG.log(ERROR, "closing " + resource + " at the end of a term failed", e);
        }
    }
}
