package dev.muster.node;

import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.pki.CertificateRenewer;
import dev.muster.pki.TlsContexts;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Makes this host what the cluster wants it to be: first the certificate gets the role, then the manager half comes or
 * goes. Looks again whenever it is told to, and every few seconds while something is missing. One virtual thread.
 */
final class RoleKeeper implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RoleKeeper.class.getName());

    /** Between attempts; swarm's. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    private static final Duration JOIN = Duration.ofSeconds(10);
    private static final Duration CLOSE = Duration.ofSeconds(30);

    private final TlsContexts tls;
    private final ManagerHalf half;
    private final CertificateRenewer renewer;
    private final Supplier<Node> node;
    private final Supplier<List<String>> managers;
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread;
    private boolean signalled;
    private boolean closed;
    private volatile String problem = "";

    /**
     * @param node this node's object as last told; the default one before that
     * @param managers HOST:PORT of the other managers
     */
    RoleKeeper(
            TlsContexts tls,
            ManagerHalf half,
            CertificateRenewer renewer,
            Supplier<Node> node,
            Supplier<List<String>> managers,
            LongSupplier nanoTime) {
        this.tls = tls;
        this.half = half;
        this.renewer = renewer;
        this.node = node;
        this.managers = managers;
        this.nanoTime = nanoTime;
        this.thread = Thread.ofVirtual().name("role-keeper").start(this::run);
    }

    /** What keeps this host from having its role; empty if nothing does. */
    String problem() {
        return problem;
    }

    /** The node object or the certificate may have changed. */
    void look() {
        lock.lock();
        try {
            signalled = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until this host is what it should be, or the role given; false if it is not in time. */
    boolean await(NodeRole role, Duration timeout) {
        long deadline = nanoTime.getAsLong() + timeout.toNanos();
        lock.lock();
        try {
            long left = timeout.toNanos();
            while (!has(role) && left > 0) {
                var _ = changed.awaitNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(100)));
                left = deadline - nanoTime.getAsLong();
            }
            return has(role);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private boolean has(NodeRole role) {
        return tls.identity().role() == role && half.node().isPresent() == (role == NodeRole.ROLE_MANAGER);
    }

    private void run() {
        boolean going = true;
        while (going) {
            going = await(pass() ? Duration.ofDays(1) : RETRY);
        }
    }

    /** False if there is something left to do. */
    private boolean pass() {
        try {
            NodeRole held = tls.identity().role();
            if (wanted(held) != held) {
                renewer.renewNow();
                return false;
            }
            if (held == NodeRole.ROLE_MANAGER && half.node().isEmpty()) {
                LOG.log(System.Logger.Level.INFO, "this node becomes a manager");
                half.join(managers.get(), JOIN);
            } else if (held == NodeRole.ROLE_WORKER && half.leftBehind()) {
                LOG.log(System.Logger.Level.INFO, "this node is a manager no longer; its containers go on");
                half.end();
            }
            problem = "";
            return true;
        } catch (RuntimeException e) {
            problem = String.valueOf(e.getMessage());
            LOG.log(System.Logger.Level.WARNING, "this node does not have its role yet: {0}", problem);
            return false;
        }
    }

    /** A manager that is to be a worker stays one until it is out of the Raft group; then it has no manager's status. */
    private NodeRole wanted(NodeRole held) {
        Node told = node.get();
        if (!told.getId().equals(tls.identity().nodeId())) {
            return held;
        }
        return told.getSpec().getRole() == NodeRole.ROLE_MANAGER || told.hasManagerStatus()
                ? NodeRole.ROLE_MANAGER
                : NodeRole.ROLE_WORKER;
    }

    /** False when it is closed. */
    private boolean await(Duration atMost) {
        lock.lock();
        try {
            changed.signalAll();
            long nanos = atMost.toNanos();
            while (!signalled && !closed && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            signalled = false;
            return !closed;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** No change of role is under way when this returns. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        thread.interrupt();
        try {
            if (!thread.join(CLOSE)) {
                LOG.log(System.Logger.Level.WARNING, "a change of role is still under way");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
