package dev.muster.manager.raft;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.muster.api.BackupHeader;
import dev.muster.api.DataKey;
import dev.muster.api.KeyRingContents;
import dev.muster.api.Sealed;
import dev.muster.api.Timestamps;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.UnreadableLogException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.apache.ratis.server.protocol.TermIndex;

/**
 * A cluster in one file: a line that says what it is, a header, the cluster's data keys, and a snapshot. All but line and
 * header is sealed with a key of the file's own. That key stands in the header: whoever has the file has the cluster. Where
 * managers are locked it is itself sealed with the unlock key. Written and read as a stream.
 */
public final class BackupFile {
    private static final byte[] LINE = "muster backup\n".getBytes(StandardCharsets.US_ASCII);
    private static final int FORMAT = 1;
    private static final String FILE_KEY = "backup";
    private static final String UNLOCK_KEY = "unlock";
    private static final byte[] KEY_PLACE = "key of a backup".getBytes(StandardCharsets.US_ASCII);

    private BackupFile() {}

    /**
     * What goes into the file.
     *
     * @param index of the last entry of the log that is in the state, or a later one
     * @param unlockKey that managers are locked with
     * @param nodeId of this manager
     */
    public record Source(
            ClusterState state, long index, KeyRing keys, Optional<byte[]> unlockKey, String nodeId, Instant at) {}

    /**
     * What a file holds.
     *
     * @param header in clear
     * @param keys that sealed the cluster's log, and go on to
     * @param activeKey the id of the one that seals
     * @param unlockKey that managers were locked with
     */
    public record Contents(
            BackupHeader header, ClusterState state, List<DataKey> keys, String activeKey, Optional<byte[]> unlockKey) {
        public Contents {
            keys = List.copyOf(keys);
        }
    }

    /** Writes a backup; the stream stays open. */
    public static void write(OutputStream to, Source source, RandomGenerator random) throws IOException {
        var key = new byte[Sealer.KEY_BYTES];
        random.nextBytes(key);
        var state = source.state();
        var header = BackupHeader.newBuilder()
                .setFormat(FORMAT)
                .setClusterId(state.cluster().orElseThrow().getId())
                .setFeatureLevel(state.featureLevel())
                .setEpoch(state.epoch())
                .setVersionCounter(state.version())
                .setIndex(source.index())
                .setNodeId(source.nodeId())
                .setCreatedAt(Timestamps.of(source.at()));
        source.unlockKey()
                .ifPresentOrElse(
                        unlock -> header.setSealedKey(
                                sealer(UNLOCK_KEY, unlock, random).seal(key, KEY_PLACE)),
                        () -> header.setKey(ByteString.copyFrom(key)));
        var sealer = sealer(FILE_KEY, key, random);
        var headerBytes = header.build().toByteArray();
        var keys = KeyRingContents.newBuilder()
                .addAllKeys(source.keys().keys())
                .setActive(source.keys().active())
                .build();
        var out = new DataOutputStream(to);
        out.write(LINE);
        SnapshotFile.writeRecord(out, headerBytes);
        // Bound to the header, which is in clear: a header that was changed opens nothing.
        SnapshotFile.writeRecord(
                out, sealer.seal(keys.toByteArray(), headerBytes).toByteArray());
        out.flush();
        SnapshotFile.write(to, state, TermIndex.valueOf(0, source.index()), sealer, () -> false);
    }

    /**
     * Reads a backup whole and checks all of it.
     *
     * @param unlockKey that managers were locked with
     * @throws LockedException if it takes an unlock key that is not given, or another one
     * @throws RaftException if it is no backup, damaged, or newer than this program
     */
    public static Contents read(Path file, Optional<byte[]> unlockKey, RandomGenerator random) {
        try (var buffered = new BufferedInputStream(Files.newInputStream(file));
                var in = new DataInputStream(buffered)) {
            if (!Arrays.equals(in.readNBytes(LINE.length), LINE)) {
                throw new RaftException(file + " is no backup of a Muster cluster");
            }
            var headerBytes = SnapshotFile.readRecord(in);
            var header = BackupHeader.parseFrom(headerBytes);
            if (header.getFormat() != FORMAT) {
                throw new UnreadableLogException("backup " + file + " has format " + header.getFormat()
                        + ", this manager reads " + FORMAT + ": run a newer version");
            }
            var sealer = sealer(FILE_KEY, fileKey(header, unlockKey, random), random);
            var sealedKeys = SnapshotFile.readRecord(in);
            var keys = KeyRingContents.parseFrom(sealer.open(Sealed.parseFrom(sealedKeys), headerBytes));
            long before = LINE.length + SnapshotFile.recordBytes(headerBytes) + SnapshotFile.recordBytes(sealedKeys);
            var loaded = SnapshotFile.read(buffered, Files.size(file) - before, "backup " + file, sealer);
            return new Contents(
                    header,
                    loaded.state(),
                    keys.getKeysList(),
                    keys.getActive(),
                    header.hasSealedKey() ? unlockKey : Optional.empty());
        } catch (EOFException e) {
            throw new RaftException("backup " + file + " is damaged: it ends too early", e);
        } catch (InvalidProtocolBufferException e) {
            throw new RaftException("backup " + file + " is damaged: its header cannot be read", e);
        } catch (RaftException | UnreadableLogException e) {
            if (String.valueOf(e.getMessage()).startsWith("backup ")) {
                throw e;
            }
            throw new RaftException("backup " + file + " cannot be restored: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new RaftException("cannot read backup " + file + ": " + e, e);
        }
    }

    /** The key ring of the manager that goes on with a backup. */
    public static KeyRing restoreKeys(Path directory, Contents contents, RandomGenerator random) {
        Collection<DataKey> keys = contents.keys();
        long version = contents.state().cluster().orElseThrow().getMeta().getVersion();
        var lock = contents.unlockKey().map(key -> new KeyRing.Lock(ByteString.copyFrom(key), version));
        return KeyRing.receive(directory, keys, contents.activeKey(), lock, random);
    }

    private static byte[] fileKey(BackupHeader header, Optional<byte[]> unlockKey, RandomGenerator random) {
        if (!header.hasSealedKey()) {
            return header.getKey().toByteArray();
        }
        var unlock = unlockKey.orElseThrow(
                () -> new LockedException("the backup is sealed, as the managers were locked: the unlock key that was"
                        + " valid then is needed"));
        try {
            return sealer(UNLOCK_KEY, unlock, random).open(header.getSealedKey(), KEY_PLACE);
        } catch (RaftException e) {
            throw new LockedException("invalid key: it does not open the backup");
        }
    }

    private static Sealer sealer(String id, byte[] key, RandomGenerator random) {
        if (key.length != Sealer.KEY_BYTES) {
            throw new RaftException("its key has " + key.length + " bytes, not " + Sealer.KEY_BYTES);
        }
        var named = new Sealer.NamedKey(id, ByteString.copyFrom(key));
        return new Sealer(() -> named, wanted -> Optional.of(named).filter(_ -> wanted.equals(id)), random);
    }
}
