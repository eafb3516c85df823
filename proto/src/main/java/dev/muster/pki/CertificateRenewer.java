package dev.muster.pki;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Renews the node's certificate at a random point between 50 and 80 % of its lifetime, so that nodes which joined
 * together do not come back together. One virtual thread; {@link #close} ends it.
 *
 * <p>The new identity is durable before it is used: a crash leaves the old or the new one, both valid.
 */
public final class CertificateRenewer implements AutoCloseable {
    private static final Logger LOG = System.getLogger(CertificateRenewer.class.getName());

    private static final double EARLIEST = 0.5;
    private static final double LATEST = 0.8;

    /** Between failed attempts: a share of what is left to live, within these. */
    private static final Duration SHORTEST_RETRY = Duration.ofMillis(250);

    private static final Duration LONGEST_RETRY = Duration.ofMinutes(5);
    private static final int RETRIES_IN_REMAINING_LIFE = 8;

    /** Asks a manager for the node's next certificate; throws {@link EnrollmentFailure}. */
    @FunctionalInterface
    public interface Issuer {
        NodeIdentity renew(TlsContexts current);
    }

    private final TlsContexts tls;
    private final IdentityDirectory directory;
    private final Issuer issuer;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Consumer<NodeIdentity> onRenewed;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition woken = lock.newCondition();
    private final Thread thread;
    private boolean asked;
    private boolean closed;

    private CertificateRenewer(
            TlsContexts tls,
            IdentityDirectory directory,
            Issuer issuer,
            InstantSource clock,
            RandomGenerator random,
            Consumer<NodeIdentity> onRenewed) {
        this.tls = tls;
        this.directory = directory;
        this.issuer = issuer;
        this.clock = clock;
        this.random = random;
        this.onRenewed = onRenewed;
        this.thread = Thread.ofVirtual().name("certificate-renewer").unstarted(this::run);
    }

    /** The callback comes after each renewal, on the renewer's thread: a changed role is seen there. */
    public static CertificateRenewer start(
            TlsContexts tls,
            IdentityDirectory directory,
            Issuer issuer,
            InstantSource clock,
            RandomGenerator random,
            Consumer<NodeIdentity> onRenewed) {
        var renewer = new CertificateRenewer(tls, directory, issuer, clock, random, onRenewed);
        renewer.thread.start();
        return renewer;
    }

    /** At once, without waiting for it: after a change of role, or of the root. */
    public void renewNow() {
        lock.lock();
        try {
            asked = true;
            woken.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            woken.signalAll();
        } finally {
            lock.unlock();
        }
        thread.interrupt();
    }

    private void run() {
        var wait = untilDue(tls.identity());
        while (await(wait)) {
            wait = renew() ? untilDue(tls.identity()) : untilRetry(tls.identity());
        }
    }

    private boolean renew() {
        try {
            var next = issuer.renew(tls);
            directory.store(next);
            tls.replace(next);
            LOG.log(Level.INFO, "node certificate renewed, valid until {0}", next.expiresAt());
            onRenewed.accept(next);
            return true;
        } catch (RuntimeException e) {
            LOG.log(
                    Level.WARNING,
                    "could not renew the node certificate, which is valid until {0}: {1}",
                    tls.identity().expiresAt(),
                    e.getMessage());
            return false;
        }
    }

    Duration untilDue(NodeIdentity identity) {
        var lifetime = Duration.between(identity.issuedAt(), identity.expiresAt());
        var fraction = EARLIEST + random.nextDouble() * (LATEST - EARLIEST);
        var due = identity.issuedAt().plusNanos((long) (lifetime.toNanos() * fraction));
        return Duration.between(clock.instant(), due);
    }

    private Duration untilRetry(NodeIdentity identity) {
        var share = Duration.between(clock.instant(), identity.expiresAt()).dividedBy(RETRIES_IN_REMAINING_LIFE);
        if (share.compareTo(SHORTEST_RETRY) < 0) {
            return share.isNegative() ? LONGEST_RETRY : SHORTEST_RETRY;
        }
        return share.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : share;
    }

    /** False if it is to end. */
    private boolean await(Duration wait) {
        lock.lock();
        try {
            var left = wait.toNanos();
            while (!closed && !asked && left > 0) {
                left = woken.awaitNanos(left);
            }
            asked = false;
            return !closed;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }
}
