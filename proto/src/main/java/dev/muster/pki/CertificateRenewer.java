package dev.muster.pki;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Renews the node's certificate at a random point between 50 and 80 % of its lifetime, so that nodes which joined
 * together do not come back together; and at once when another role, another signer or another root is wanted. One
 * virtual thread; {@link #close} ends it.
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

    /** While somebody waits for the renewal; swarm's. */
    private static final Duration WANTED_RETRY = Duration.ofSeconds(2);

    /** Asks a manager for the node's next certificate; throws {@link EnrollmentFailure}. */
    @FunctionalInterface
    public interface Issuer {
        NodeIdentity renew(TlsContexts current);
    }

    private enum Wake {
        /** It is time to renew, or somebody asked for it. */
        DUE,
        /** Something else is wanted: it may be there already. */
        TOLD,
        CLOSED
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
    private boolean told;
    private String signer = "";
    private @Nullable TrustRoots roots;
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

    /** At once, without waiting for it: after a change of role. */
    public void renewNow() {
        lock.lock();
        try {
            asked = true;
            woken.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The certificate is to be signed with this key: if it is not, it is renewed, again and again until it is.
     *
     * @param key as in {@link NodeIdentity#issuerKey}; empty: any
     */
    public void wantSigner(String key) {
        lock.lock();
        try {
            told = told || !key.equals(signer);
            signer = key;
            woken.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * These are the cluster's roots, from a manager whose certificate was verified. A certificate that is valid under them
     * stays; else it is renewed.
     */
    public void wantRoots(TrustRoots wanted) {
        lock.lock();
        try {
            told = told || !wanted.equals(tls.identity().roots());
            roots = wanted;
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
        var wake = await(untilDue(tls.identity()));
        while (wake != Wake.CLOSED) {
            adopt();
            var renewed = (wake == Wake.TOLD && !wanted()) || renew();
            wake = await(renewed && !wanted() ? untilDue(tls.identity()) : untilRetry(tls.identity()));
        }
    }

    /** Takes over the roots that are wanted, if the certificate is valid under them. */
    private void adopt() {
        var now = tls.identity();
        var wanted = wantedRoots();
        if (wanted.isEmpty() || !wanted.get().accepts(now.chain(), clock.instant())) {
            return;
        }
        try {
            var next = now.under(wanted.get());
            directory.store(next);
            tls.replace(next);
            LOG.log(
                    Level.INFO,
                    "this node trusts another root from now on: {0}",
                    next.roots().digest());
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "could not change the root that this node trusts: {0}", e.getMessage());
        }
    }

    /** Whether the certificate is not what it is to be; not a matter of its age. */
    private boolean wanted() {
        return wantedRoots().isPresent() || wantedSigner().isPresent();
    }

    private Optional<TrustRoots> wantedRoots() {
        lock.lock();
        try {
            return Optional.ofNullable(roots)
                    .filter(wanted -> !wanted.equals(tls.identity().roots()));
        } finally {
            lock.unlock();
        }
    }

    private Optional<String> wantedSigner() {
        lock.lock();
        try {
            return Optional.of(signer)
                    .filter(wanted ->
                            !wanted.isEmpty() && !tls.identity().issuerKey().equals(Optional.of(wanted)));
        } finally {
            lock.unlock();
        }
    }

    private boolean renew() {
        try {
            var next = issuer.renew(tls);
            directory.store(next);
            tls.replace(next);
            LOG.log(Level.INFO, "node certificate renewed, valid until {0}", next.expiresAt());
            rootsKnown();
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

    /** An authority outside may date its certificates back less than the cluster does: then their life begins now. */
    Duration untilDue(NodeIdentity identity) {
        var now = clock.instant();
        var from = identity.issuedAt().isAfter(now) ? now : identity.issuedAt();
        var lifetime = Duration.between(from, identity.expiresAt());
        var fraction = EARLIEST + random.nextDouble() * (LATEST - EARLIEST);
        return Duration.between(now, from.plusNanos((long) (lifetime.toNanos() * fraction)));
    }

    private Duration untilRetry(NodeIdentity identity) {
        if (wanted()) {
            return WANTED_RETRY;
        }
        var share = Duration.between(clock.instant(), identity.expiresAt()).dividedBy(RETRIES_IN_REMAINING_LIFE);
        if (share.compareTo(SHORTEST_RETRY) < 0) {
            return share.isNegative() ? LONGEST_RETRY : SHORTEST_RETRY;
        }
        return share.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : share;
    }

    /** What came with the certificate is as new as what was told before: it is told again if not. */
    private void rootsKnown() {
        lock.lock();
        try {
            roots = null;
        } finally {
            lock.unlock();
        }
    }

    private Wake await(Duration wait) {
        lock.lock();
        try {
            var left = wait.toNanos();
            while (!closed && !asked && !told && left > 0) {
                left = woken.awaitNanos(left);
            }
            var wake = closed ? Wake.CLOSED : told && !asked && left > 0 ? Wake.TOLD : Wake.DUE;
            asked = false;
            told = false;
            return wake;
        } catch (InterruptedException e) {
            return Wake.CLOSED;
        } finally {
            lock.unlock();
        }
    }
}
