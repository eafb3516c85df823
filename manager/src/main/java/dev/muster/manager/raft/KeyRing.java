package dev.muster.manager.raft;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.muster.api.DataKey;
import dev.muster.api.Ids;
import dev.muster.api.KeyRingContents;
import dev.muster.api.Sealed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * The cluster's data keys, as this manager keeps them: entries and snapshots name the key that seals them. The file
 * {@code keys} holds them sealed under the key-encryption key, which is the file {@code kek} beside it, or, on a locked
 * cluster, in the heads of its operators only. A key is on the disk before anything is sealed with it. Any thread.
 */
public final class KeyRing {
    private static final String KEYS_FILE = "keys";
    private static final String KEK_FILE = "kek";
    private static final String KEK_ID = "kek";
    private static final byte[] PLACE = "key ring".getBytes(StandardCharsets.US_ASCII);

    private final Path directory;
    private final RandomGenerator random;
    private final Sealer sealer;
    private final TreeMap<String, DataKey> keys = new TreeMap<>();
    private String active = "";
    private byte[] kek;

    private KeyRing(Path directory, byte[] kek, RandomGenerator random) {
        this.directory = directory;
        this.random = random;
        this.kek = kek.clone();
        this.sealer = new Sealer(this::activeKey, this::key, random);
    }

    /** Whether the directory has a key ring, locked or not. */
    public static boolean exists(Path directory) {
        return Files.exists(directory.resolve(KEYS_FILE));
    }

    /** The key ring of a new cluster, with one new key. */
    public static KeyRing create(Path directory, RandomGenerator random) {
        var key = newKey(random);
        return receive(directory, List.of(key), key.getId(), random);
    }

    /** The key ring of a manager that joins: the cluster's keys, as the leader handed them out. */
    public static KeyRing receive(Path directory, Collection<DataKey> keys, String active, RandomGenerator random) {
        var kek = new byte[Sealer.KEY_BYTES];
        random.nextBytes(kek);
        try {
            PrivateFiles.createDirectories(directory);
            var ring = new KeyRing(directory, kek, random);
            keys.forEach(key -> ring.keys.put(key.getId(), key));
            ring.active = active;
            if (!ring.keys.containsKey(active)) {
                throw new IllegalArgumentException("the active key " + active + " is not among the keys");
            }
            PrivateFiles.replace(directory.resolve(KEK_FILE), kek);
            ring.store();
            return ring;
        } catch (IOException e) {
            throw new RaftException("cannot write the key ring in " + directory + ": " + e.getMessage(), e);
        }
    }

    /**
     * The key ring that is in the directory.
     *
     * @param unlockKey the key-encryption key, where it is not on the disk
     * @throws LockedException if it is neither on the disk nor given, or not the right one
     */
    public static KeyRing open(Path directory, Optional<byte[]> unlockKey, RandomGenerator random) {
        try {
            var candidates = new ArrayList<byte[]>();
            unlockKey.ifPresent(candidates::add);
            var file = directory.resolve(KEK_FILE);
            if (Files.exists(file)) {
                var bytes = Files.readAllBytes(file);
                for (int at = 0; at + Sealer.KEY_BYTES <= bytes.length; at += Sealer.KEY_BYTES) {
                    candidates.add(Arrays.copyOfRange(bytes, at, at + Sealer.KEY_BYTES));
                }
            }
            var sealed = Sealed.parseFrom(Files.readAllBytes(directory.resolve(KEYS_FILE)));
            for (var candidate : candidates) {
                var ring = new KeyRing(directory, candidate, random);
                if (ring.load(sealed)) {
                    return ring;
                }
            }
            throw new LockedException(
                    unlockKey.isPresent()
                            ? "invalid key: it does not open the key ring in " + directory
                            : "Swarm is encrypted and needs to be unlocked before it can be used. Please use \"muster"
                                    + " swarm unlock\" to unlock it.");
        } catch (IOException e) {
            throw new RaftException("cannot read the key ring in " + directory + ": " + e.getMessage(), e);
        }
    }

    /** A key for rotation: added on all managers before it is activated. */
    public static DataKey newKey(RandomGenerator random) {
        var bytes = new byte[Sealer.KEY_BYTES];
        random.nextBytes(bytes);
        return DataKey.newBuilder()
                .setId(Ids.create(random))
                .setKey(ByteString.copyFrom(bytes))
                .build();
    }

    /** All keys: for a manager that joins, over a channel that only managers can read. */
    public synchronized List<DataKey> keys() {
        return List.copyOf(keys.values());
    }

    /** The id of the key that seals from now on. */
    public synchronized String active() {
        return active;
    }

    /** Keeps a key; it is on the disk when this returns. */
    public synchronized void add(DataKey key) {
        if (!key.equals(keys.get(key.getId()))) {
            keys.put(key.getId(), key);
            storeOrFail();
        }
    }

    /** Seals with this key from now on. */
    public synchronized void activate(String id) {
        if (!keys.containsKey(id)) {
            throw new RaftException("data key " + id + " was activated, but this manager does not have it; let it leave"
                    + " and join again");
        }
        if (!active.equals(id)) {
            active = id;
            storeOrFail();
        }
    }

    /** Forgets the keys that neither log nor snapshots name; the active one stays. */
    public synchronized void retain(Set<String> ids) {
        if (keys.keySet().removeIf(id -> !ids.contains(id) && !id.equals(active))) {
            storeOrFail();
        }
    }

    /** Takes the key-encryption key off the disk and seals the ring under this one: it takes it to open the ring again. */
    public synchronized void lock(byte[] unlockKey) {
        // Between the two steps the ring opens with the unlock key only, and the file beside it is of no use to anyone.
        kek = unlockKey.clone();
        storeOrFail();
        try {
            PrivateFiles.delete(directory.resolve(KEK_FILE));
        } catch (IOException e) {
            throw new RaftException("cannot delete " + directory.resolve(KEK_FILE) + ": " + e.getMessage(), e);
        }
    }

    /** Puts a new key-encryption key on the disk: the ring opens by itself again. */
    public synchronized void unlock() {
        var newKek = new byte[Sealer.KEY_BYTES];
        random.nextBytes(newKek);
        var file = directory.resolve(KEK_FILE);
        try {
            // Both keys first: a crash at any point leaves one that opens the ring as it is then.
            PrivateFiles.replace(
                    file,
                    ByteBuffer.allocate(2 * Sealer.KEY_BYTES)
                            .put(kek)
                            .put(newKek)
                            .array());
            kek = newKek;
            store();
            PrivateFiles.replace(file, newKek);
        } catch (IOException e) {
            throw new RaftException("cannot write the key ring in " + directory + ": " + e.getMessage(), e);
        }
    }

    Sealer sealer() {
        return sealer;
    }

    private synchronized Sealer.NamedKey activeKey() {
        return key(active).orElseThrow();
    }

    private synchronized Optional<Sealer.NamedKey> key(String id) {
        return Optional.ofNullable(keys.get(id)).map(key -> new Sealer.NamedKey(id, key.getKey()));
    }

    private Sealer kekSealer() {
        var named = new Sealer.NamedKey(KEK_ID, ByteString.copyFrom(kek));
        return new Sealer(() -> named, _ -> Optional.of(named), random);
    }

    /** Reads the ring; false if its key-encryption key does not open it. */
    private boolean load(Sealed sealed) throws InvalidProtocolBufferException {
        if (kek.length != Sealer.KEY_BYTES) {
            return false;
        }
        byte[] plain;
        try {
            plain = kekSealer().open(sealed, PLACE);
        } catch (RaftException e) {
            return false;
        }
        var contents = KeyRingContents.parseFrom(plain);
        contents.getKeysList().forEach(key -> keys.put(key.getId(), key));
        active = contents.getActive();
        return true;
    }

    private void storeOrFail() {
        try {
            store();
        } catch (IOException e) {
            throw new RaftException("cannot write the key ring in " + directory + ": " + e.getMessage(), e);
        }
    }

    private synchronized void store() throws IOException {
        var contents = KeyRingContents.newBuilder()
                .addAllKeys(keys.values())
                .setActive(active)
                .build();
        var sealed = kekSealer().seal(contents.toByteArray(), PLACE);
        PrivateFiles.replace(directory.resolve(KEYS_FILE), sealed.toByteArray());
    }
}
