package dev.muster.manager;

import static java.lang.System.Logger.Level.WARNING;

import dev.muster.api.Cluster;
import dev.muster.manager.raft.KeyRing;
import dev.muster.manager.state.ClusterStates;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Makes what is on this manager's disk follow the cluster: while managers are locked, the key-encryption key is not there,
 * and the node's TLS key is sealed. Tries again until it could. One virtual thread, from the first state on.
 */
final class LockWatch implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LockWatch.class.getName());
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration IDLE = Duration.ofDays(1);

    private final KeyRing keys;
    private final Consumer<Optional<byte[]>> identitySeal;
    private final ClusterStates.Subscription updates;
    private final Thread thread;
    private long followed = -1;

    LockWatch(KeyRing keys, ClusterStates states, Consumer<Optional<byte[]>> identitySeal) {
        this.keys = keys;
        this.identitySeal = identitySeal;
        this.updates = states.subscribe();
        this.thread = Thread.ofVirtual().name("lock-watch").unstarted(() -> run(states));
    }

    static LockWatch start(KeyRing keys, ClusterStates states, Consumer<Optional<byte[]>> identitySeal) {
        var watch = new LockWatch(keys, states, identitySeal);
        watch.thread.start();
        return watch;
    }

    private void run(ClusterStates states) {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                boolean done = states.current().cluster().map(this::follow).orElse(true);
                var _ = updates.await(done ? IDLE : RETRY);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** False if it has to be tried again. */
    private boolean follow(Cluster cluster) {
        long version = cluster.getMeta().getVersion();
        if (version == followed) {
            return true;
        }
        try {
            var unlockKey = Optional.of(cluster.getUnlockKey().toByteArray()).filter(key -> key.length > 0);
            keys.follow(unlockKey, version);
            identitySeal.accept(keys.locked() ? Optional.of(keys.identityKey()) : Optional.empty());
            followed = version;
            return true;
        } catch (RuntimeException e) {
            LOG.log(WARNING, "this manager''s disk is not locked or unlocked as the cluster says: {0}", e.getMessage());
            return false;
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        updates.close();
    }
}
