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
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * The cluster's data keys, as this manager keeps them: entries and snapshots name the key that seals them. The file
 * {@code keys} holds them sealed under the key-encryption key, which is the file {@code kek} beside it, or, while managers
 * are locked, in the cluster's state and the heads of its operators only. A key is on the disk before anything is sealed
 * with it, and the ring opens after a crash between any two steps. Any thread.
 */
public final class KeyRing {
    private static final String KEYS_FILE = "keys";
    private static final String KEK_FILE = "kek";
    private static final String KEK_ID = "kek";
    private static final byte[] PLACE = "key ring".getBytes(StandardCharsets.US_ASCII);

    /**
     * Entries behind the one that activates another key which may still be sealed with the former: the leader has two of
     * its own on their way, of at most 17 records each, and Ratis puts a few between.
     */
    static final long PIPELINE = 64;

    private final Path directory;
    private final RandomGenerator random;
    private final KeyFiles files;
    private final Sealer sealer;
    private final TreeMap<String, DataKey> keys = new TreeMap<>();
    private String active = "";
    private byte[] kek;
    private long kekVersion;
    private ByteString identityKey = ByteString.EMPTY;

    /**
     * The key that a cluster locks its managers with.
     *
     * @param version of the cluster object that has it
     */
    public record Lock(ByteString unlockKey, long version) {}

    private KeyRing(Path directory, byte[] kek, RandomGenerator random, KeyFiles files) {
        this.directory = directory;
        this.random = random;
        this.files = files;
        this.kek = kek.clone();
        this.sealer = new Sealer(this::activeKey, this::key, random);
    }

    /** Whether the directory has a key ring, locked or not. */
    public static boolean exists(Path directory) {
        return Files.exists(directory.resolve(KEYS_FILE));
    }

    /** The key ring of a new cluster, with one new key. */
    public static KeyRing create(Path directory, Optional<Lock> lock, RandomGenerator random) {
        var key = newKey(random);
        return receive(directory, List.of(key), key.getId(), lock, random);
    }

    /** The key ring of a manager that joins: the cluster's keys, as another manager handed them out. */
    public static KeyRing receive(
            Path directory, Collection<DataKey> keys, String active, Optional<Lock> lock, RandomGenerator random) {
        return receive(directory, keys, active, lock, random, KeyFiles.DISK);
    }

    static KeyRing receive(
            Path directory,
            Collection<DataKey> keys,
            String active,
            Optional<Lock> lock,
            RandomGenerator random,
            KeyFiles files) {
        try {
            PrivateFiles.createDirectories(directory);
            var kek = lock.map(one -> one.unlockKey().toByteArray()).orElseGet(() -> bytes(random));
            var ring = new KeyRing(directory, kek, random, files);
            keys.forEach(key -> ring.keys.put(key.getId(), key));
            ring.active = active;
            ring.kekVersion = lock.map(Lock::version).orElse(0L);
            ring.identityKey = ByteString.copyFrom(bytes(random));
            if (!ring.keys.containsKey(active)) {
                throw new IllegalArgumentException("the active key " + active + " is not among the keys");
            }
            if (lock.isEmpty()) {
                files.replace(directory.resolve(KEK_FILE), kek);
            }
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
        return open(directory, unlockKey, random, KeyFiles.DISK);
    }

    static KeyRing open(Path directory, Optional<byte[]> unlockKey, RandomGenerator random, KeyFiles files) {
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
                var ring = new KeyRing(directory, candidate, random, files);
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
        return DataKey.newBuilder()
                .setId(Ids.create(random))
                .setKey(ByteString.copyFrom(bytes(random)))
                .build();
    }

    private static byte[] bytes(RandomGenerator random) {
        var bytes = new byte[Sealer.KEY_BYTES];
        random.nextBytes(bytes);
        return bytes;
    }

    /** All keys: for other managers, over a channel that only managers can read. */
    public synchronized List<DataKey> keys() {
        return List.copyOf(keys.values());
    }

    /** The id of the key that seals from now on. */
    public synchronized String active() {
        return active;
    }

    /** Keeps keys; they are on the disk when this returns. What is known of a key stays. */
    public synchronized void add(Collection<DataKey> more) {
        boolean changed = false;
        for (var key : more) {
            changed |= keys.putIfAbsent(key.getId(), key) == null;
        }
        if (changed) {
            storeOrFail();
        }
    }

    /**
     * Seals with this key from now on, unless it is known to have had a successor: then a log is being read again.
     *
     * @param index of the entry that says so, or of a snapshot behind it
     */
    public synchronized void activate(String id, long index) {
        var next = keys.get(id);
        if (next == null) {
            throw new RaftException("data key " + id + " was activated, but this manager does not have it; let it leave"
                    + " and join again");
        }
        if (!active.equals(id) && next.getRetiredAt() == 0) {
            keys.computeIfPresent(
                    active,
                    (_, former) ->
                            former.toBuilder().setRetiredAt(Math.max(1, index)).build());
            active = id;
            storeOrFail();
        }
    }

    public synchronized boolean has(String id) {
        return keys.containsKey(id);
    }

    /**
     * The keys that this manager's log and snapshots may name.
     *
     * @param oldest index of the first entry of the log, or of the oldest snapshot if that is before it
     */
    public synchronized Set<String> needed(long oldest) {
        var needed = new TreeSet<String>();
        for (var key : keys.values()) {
            boolean retired = key.getRetiredAt() > 0;
            if (key.getId().equals(active) || (retired && oldest <= key.getRetiredAt() + PIPELINE)) {
                needed.add(key.getId());
            }
        }
        return needed;
    }

    /** Forgets keys that no manager needs; the active one stays in any case. */
    public synchronized void forget(Collection<String> ids) {
        if (keys.keySet().removeIf(id -> ids.contains(id) && !id.equals(active))) {
            storeOrFail();
        }
    }

    /**
     * Does with the key-encryption key what the cluster says: takes it off the disk and seals the ring under the unlock
     * key, or puts a new one on the disk. What an older state of the cluster says does not count.
     *
     * @param unlockKey empty: the ring opens by itself
     * @param version of the cluster object
     */
    public synchronized void follow(Optional<byte[]> unlockKey, long version) {
        if (version < kekVersion) {
            return;
        }
        try {
            if (unlockKey.isPresent()) {
                lock(unlockKey.get(), version);
            } else if (!opensByItself()) {
                unlock(version);
            }
        } catch (IOException e) {
            throw new RaftException("cannot write the key ring in " + directory + ": " + e.getMessage(), e);
        }
    }

    /** Whether the key-encryption key is not on the disk. */
    public synchronized boolean locked() {
        return !Files.exists(directory.resolve(KEK_FILE));
    }

    /** Seals the node's TLS key while the ring is locked: whoever has the ring open can read that. */
    public synchronized byte[] identityKey() {
        if (identityKey.isEmpty()) {
            identityKey = ByteString.copyFrom(bytes(random));
            storeOrFail();
        }
        return identityKey.toByteArray();
    }

    private void lock(byte[] unlockKey, long version) throws IOException {
        // Between the two steps the ring opens with the unlock key only, and the file beside it is of no use to anyone.
        if (!MessageDigest.isEqual(kek, unlockKey)) {
            storeUnder(unlockKey, version);
        }
        files.delete(directory.resolve(KEK_FILE));
    }

    private boolean opensByItself() throws IOException {
        var file = directory.resolve(KEK_FILE);
        return Files.exists(file) && MessageDigest.isEqual(Files.readAllBytes(file), kek);
    }

    private void unlock(long version) throws IOException {
        var newKek = bytes(random);
        var file = directory.resolve(KEK_FILE);
        // Both keys first: a crash at any point leaves one that opens the ring as it is then.
        files.replace(
                file,
                ByteBuffer.allocate(2 * Sealer.KEY_BYTES).put(kek).put(newKek).array());
        storeUnder(newKek, version);
        files.replace(file, newKek);
    }

    private void storeUnder(byte[] newKek, long version) throws IOException {
        var former = kek;
        var formerVersion = kekVersion;
        kek = newKek.clone();
        kekVersion = version;
        try {
            store();
        } catch (IOException e) {
            kek = former;
            kekVersion = formerVersion;
            throw e;
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
        kekVersion = contents.getKekVersion();
        identityKey = contents.getIdentityKey();
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
                .setKekVersion(kekVersion)
                .setIdentityKey(identityKey)
                .build();
        var sealed = kekSealer().seal(contents.toByteArray(), PLACE);
        files.replace(directory.resolve(KEYS_FILE), sealed.toByteArray());
    }
}
