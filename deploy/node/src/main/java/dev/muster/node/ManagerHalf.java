package dev.muster.node;

import dev.muster.api.ClusterSpec;
import dev.muster.manager.ManagerBackup;
import dev.muster.manager.ManagerConfig;
import dev.muster.manager.ManagerKeys;
import dev.muster.manager.ManagerNode;
import dev.muster.manager.ManagerRecovery;
import dev.muster.manager.ManagerSuperseded;
import dev.muster.manager.NewCluster;
import dev.muster.manager.Surroundings;
import dev.muster.pki.IdentityDirectory;
import dev.muster.pki.IdentitySeal;
import dev.muster.pki.TlsContexts;
import dev.muster.pki.UnlockKey;
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
    static final Duration OWN_LOG = Duration.ofSeconds(30);

    private final Host host;
    private final TlsContexts tls;
    private final IdentityDirectory identities;
    private final ManagerConfig config;
    private volatile @Nullable ManagerNode node;
    private volatile @Nullable ManagerSuperseded superseded;

    ManagerHalf(Host host, Membership membership, TlsContexts tls, IdentityDirectory identities) {
        this.host = host;
        this.tls = tls;
        this.identities = identities;
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
                        new HostPort(advertise.host(), raftPort).toString())
                .withFeatureLevel(host.options().featureLevel);
    }

    private static Path directory(Host host) {
        return host.options().dataDir.resolve("manager");
    }

    /**
     * The keys that a manager has left on this host; empty if there are none.
     *
     * @param unlockKey where managers are locked
     * @throws dev.muster.manager.ManagerLocked if they do not open by themselves, or not with this key
     */
    static Optional<ManagerKeys> keys(Host host, Optional<UnlockKey> unlockKey) {
        return ManagerKeys.exist(directory(host))
                ? Optional.of(ManagerKeys.open(
                        directory(host), unlockKey, host.sources().secureRandom()))
                : Optional.empty();
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
            node = ManagerNode.found(cluster, config, tls, surroundings());
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
        resume(stopped.map(ManagerNode::keys).orElseGet(this::opened), OWN_LOG);
        node().orElseThrow().awaitLeading();
    }

    /** Begins as the only manager of the cluster in a backup; throws {@code ManagerFailure}, after which nothing is left. */
    void restore(ManagerBackup backup, ManagerRecovery.Self self) {
        erase(host);
        try {
            ManagerRecovery.restore(config, self, backup, host.sources());
            resume(
                    ManagerKeys.open(
                            config.directory(),
                            backup.unlockKey(),
                            host.sources().secureRandom()),
                    OWN_LOG);
            node().orElseThrow().awaitLeading();
        } catch (RuntimeException e) {
            end();
            throw e;
        }
    }

    /**
     * Goes on with what an earlier daemon left; throws {@code ManagerFailure}.
     *
     * @param patience for its log to be read
     */
    void resume(ManagerKeys keys, Duration patience) {
        ManagerNode resumed = ManagerNode.start(config, tls, keys, surroundings());
        node = resumed;
        try {
            if (!resumed.awaitCluster(patience)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "this manager has not read its log within {0}; it goes on",
                        patience);
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
            resume(opened(), OWN_LOG);
            return;
        }
        erase();
        node = ManagerNode.join(managers, timeout, config, tls, surroundings());
    }

    private ManagerKeys opened() {
        return keys(host, Optional.empty()).orElseThrow();
    }

    /** The node's key is not to be sealed with what goes. */
    private void erase() {
        identities.seal(Optional.empty());
        erase(host);
    }

    private Surroundings surroundings() {
        return new Surroundings(
                host.loops(),
                host.images(),
                this::failed,
                key -> identities.seal(key.map(
                        secret -> new IdentitySeal(secret, host.sources().secureRandom()))),
                host.sources());
    }

    /** Whether there is something to end when this host is no manager any more. */
    boolean leftBehind() {
        return node != null || superseded != null;
    }

    /** Ends it for good: this host is no manager any more. */
    void end() {
        close();
        erase();
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
