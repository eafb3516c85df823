package dev.muster.node;

import dev.muster.api.ClusterSpec;
import dev.muster.manager.ManagerConfig;
import dev.muster.manager.ManagerNode;
import dev.muster.manager.ManagerRecovery;
import dev.muster.manager.ManagerSuperseded;
import dev.muster.manager.NewCluster;
import dev.muster.pki.TlsContexts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The manager half of this host, while it has one: it comes with the role and goes with it, and containers know nothing of
 * either. Starting and stopping is one thread's at a time; anyone may look.
 */
final class ManagerHalf implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ManagerHalf.class.getName());
    private static final Duration OWN_LOG = Duration.ofSeconds(30);

    private final Host host;
    private final TlsContexts tls;
    private final ManagerConfig config;
    private volatile @Nullable ManagerNode node;
    private volatile @Nullable ManagerSuperseded superseded;

    ManagerHalf(Host host, Membership membership, TlsContexts tls) {
        this.host = host;
        this.tls = tls;
        this.config = config(host, membership);
    }

    private static ManagerConfig config(Host host, Membership membership) {
        HostPort listen = HostPort.parse(membership.listenAddress(), 2377);
        HostPort advertise = HostPort.parse(membership.advertiseAddress(), 2377);
        int raftPort = host.options().raftPort;
        return ManagerConfig.standard(
                directory(host),
                new InetSocketAddress(listen.host().isEmpty() ? "0.0.0.0" : listen.host(), listen.port()),
                advertise.toString(),
                new InetSocketAddress(advertise.host(), raftPort),
                new HostPort(advertise.host(), raftPort).toString());
    }

    private static Path directory(Host host) {
        return host.options().dataDir.resolve("manager");
    }

    /** Whatever a manager has left on this host goes, log and keys. */
    static void erase(Host host) {
        Path directory = directory(host);
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + directory + ": " + e.getMessage(), e);
        }
    }

    Optional<ManagerNode> node() {
        return Optional.ofNullable(node);
    }

    /** Makes the cluster; throws {@code ManagerFailure}, after which nothing of it is left. */
    void found(NewCluster cluster) {
        // A crash during an earlier attempt may have left a log that no identity belongs to.
        erase(host);
        try {
            node = ManagerNode.found(cluster, config, tls, host.loops(), host.images(), this::failed, host.sources());
        } catch (RuntimeException e) {
            erase(host);
            throw e;
        }
    }

    /** Whether an earlier daemon has left what a manager can go on with. */
    boolean hasState() {
        return ManagerNode.hasState(config);
    }

    /**
     * Goes on as the only manager of a new group, with the cluster's newest state that this host has; throws
     * {@code ManagerFailure}.
     *
     * @param stopped the manager that ran here until now; empty if it could not start
     * @param settings what is to change of the cluster's settings
     */
    void force(Optional<ManagerNode> stopped, ManagerRecovery.Self self, ClusterSpec settings) {
        ManagerRecovery.force(config, self, stopped, settings, host.sources());
        resume();
        node().orElseThrow().awaitLeading();
    }

    /** Goes on with what an earlier daemon left; throws {@code ManagerFailure}. */
    void resume() {
        ManagerNode resumed = ManagerNode.start(config, tls, host.loops(), host.images(), this::failed, host.sources());
        node = resumed;
        try {
            if (!resumed.awaitCluster(OWN_LOG)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "this manager has not read its log within {0}; it goes on",
                        OWN_LOG);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Joins the managers that are there, or goes on where an earlier attempt was broken off; throws {@code ManagerFailure}.
     *
     * @param managers HOST:PORT of the others
     */
    void join(List<String> managers, Duration timeout) {
        ManagerSuperseded gone = superseded;
        if (gone != null) {
            throw gone;
        }
        if (hasState()) {
            resume();
            return;
        }
        erase(host);
        node = ManagerNode.join(
                managers, timeout, config, tls, host.loops(), host.images(), this::failed, host.sources());
    }

    /** Whether there is something to end when this host is no manager any more. */
    boolean leftBehind() {
        return node != null || superseded != null;
    }

    /** Ends it for good: this host is no manager any more. */
    void end() {
        close();
        erase(host);
        superseded = null;
    }

    private void failed(Throwable cause) {
        if (cause instanceof ManagerSuperseded gone) {
            superseded = gone;
            // Told by a thread of the manager that ends here.
            Thread.ofPlatform().name("manager-superseded").start(this::close);
        } else {
            host.managerFailed(cause);
        }
    }

    /** Ends it until the next start. */
    @Override
    public void close() {
        ManagerNode ending;
        synchronized (this) {
            ending = node;
            node = null;
        }
        if (ending != null) {
            ending.close();
        }
    }
}
