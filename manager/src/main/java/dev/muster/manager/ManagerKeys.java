package dev.muster.manager;

import dev.muster.manager.raft.KeyRing;
import dev.muster.manager.raft.LockedException;
import dev.muster.manager.raft.RaftException;
import dev.muster.pki.UnlockKey;
import java.nio.file.Path;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** The keys that a manager's directory holds, opened: what comes before its node's identity and its log can be read. */
public final class ManagerKeys {
    private final KeyRing ring;

    ManagerKeys(KeyRing ring) {
        this.ring = ring;
    }

    /** Whether there are any, locked or not. */
    public static boolean exist(Path directory) {
        return KeyRing.exists(directory);
    }

    /**
     * Opens them.
     *
     * @param unlockKey where managers are locked
     * @throws ManagerLocked if they do not open by themselves, or not with this key
     * @throws ManagerFailure if they cannot be read
     */
    public static ManagerKeys open(Path directory, Optional<UnlockKey> unlockKey, RandomGenerator random) {
        try {
            return new ManagerKeys(
                    KeyRing.open(directory, unlockKey.map(key -> key.key().toByteArray()), random));
        } catch (LockedException e) {
            throw new ManagerLocked(e);
        } catch (RaftException e) {
            throw new ManagerFailure(e.getMessage(), e);
        }
    }

    /** What the node's TLS key is sealed with on the disk while managers are locked. */
    public byte[] identityKey() {
        return ring.identityKey();
    }

    KeyRing ring() {
        return ring;
    }
}
