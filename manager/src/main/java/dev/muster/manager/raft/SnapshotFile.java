package dev.muster.manager.raft;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import dev.muster.api.Sealed;
import dev.muster.api.SnapshotHeader;
import dev.muster.api.SnapshotTrailer;
import dev.muster.api.StoredObject;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStateLoader;
import dev.muster.manager.state.UnreadableLogException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.BooleanSupplier;
import org.apache.ratis.server.protocol.TermIndex;

/**
 * A snapshot on disk: a header that says which state it is, the state's objects in sealed blocks, and a sealed trailer
 * with their number and the digest of all that is before it. Each record is its length (4 bytes) and its bytes. A block
 * opens only in its place in its file. Written and read as a stream, in memory of a few blocks.
 */
final class SnapshotFile {
    static final int FORMAT = 1;

    /** Large enough that sealing costs little per object, small enough to hold a few in memory. */
    private static final int BLOCK_BYTES = 256 * 1024;

    /** A block holds one object at least, and no object is larger than an entry. */
    private static final int MAX_RECORD_BYTES = 64 * 1024 * 1024;

    private static final int STREAM_BUFFER = 64 * 1024;
    private static final long TRAILER_NUMBER = -1;

    private SnapshotFile() {}

    /** A state and where in the log it was so. */
    record Loaded(ClusterState state, long term, long index) {}

    /**
     * Writes the state to a new file; it is on the disk when this returns.
     *
     * @param cancelled asked between blocks: if true, writing ends with an exception
     */
    static void write(Path file, ClusterState state, long term, long index, Sealer sealer, BooleanSupplier cancelled)
            throws IOException {
        try (var channel = PrivateFiles.create(file)) {
            write(Channels.newOutputStream(channel), state, TermIndex.valueOf(term, index), sealer, cancelled);
            channel.force(true);
        }
    }

    /** Writes the state to a stream, which stays open. */
    static void write(OutputStream to, ClusterState state, TermIndex at, Sealer sealer, BooleanSupplier cancelled)
            throws IOException {
        var digest = sha256();
        var out = new DataOutputStream(new DigestOutputStream(new BufferedOutputStream(to, STREAM_BUFFER), digest));
        var header = SnapshotHeader.newBuilder()
                .setFormat(FORMAT)
                .setTerm(at.getTerm())
                .setIndex(at.getIndex())
                .setVersionCounter(state.version())
                .setFeatureLevel(state.featureLevel())
                .setEpoch(state.epoch())
                .build()
                .toByteArray();
        writeRecord(out, header);
        var blocks = new BlockWriter(out, sealer, header, cancelled);
        try {
            ClusterStateLoader.write(state, blocks::add);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        blocks.flush();
        out.flush();
        var trailer = SnapshotTrailer.newBuilder()
                .setObjects(blocks.objects)
                .setSha256(UnsafeByteOperations.unsafeWrap(digest.digest()))
                .build();
        writeRecord(
                out,
                sealer.seal(trailer.toByteArray(), place(header, TRAILER_NUMBER))
                        .toByteArray());
        out.flush();
    }

    /**
     * Reads a snapshot whole.
     *
     * @throws RaftException if it is damaged, or sealed with a key that is not here
     */
    static Loaded read(Path file, Sealer sealer) throws IOException {
        try (var in = new BufferedInputStream(Files.newInputStream(file), STREAM_BUFFER)) {
            return read(in, Files.size(file), "snapshot " + file, sealer);
        }
    }

    /**
     * Reads a snapshot that a stream holds from where it is to its end.
     *
     * @param size of what is left of the stream
     * @param name for errors
     */
    static Loaded read(InputStream from, long size, String name, Sealer sealer) throws IOException {
        var digest = sha256();
        try {
            var in = new DataInputStream(new DigestInputStream(from, digest));
            var headerBytes = readRecord(in);
            long position = recordBytes(headerBytes);
            var header = SnapshotHeader.parseFrom(headerBytes);
            if (header.getFormat() != FORMAT) {
                throw new UnreadableLogException(name + " has format " + header.getFormat() + ", this manager reads "
                        + FORMAT + ": run a newer version");
            }
            var loader = new ClusterStateLoader();
            long objects = 0;
            byte[] digestBefore = digest(digest);
            var record = readRecord(in);
            // The last record of the file is the trailer.
            for (long number = 0; (position += recordBytes(record)) < size; number++) {
                var block = new ByteArrayInputStream(sealer.open(Sealed.parseFrom(record), place(headerBytes, number)));
                for (StoredObject object; (object = StoredObject.parseDelimitedFrom(block)) != null; ) {
                    loader.add(object);
                    objects++;
                }
                digestBefore = digest(digest);
                record = readRecord(in);
            }
            var trailer = SnapshotTrailer.parseFrom(
                    sealer.open(Sealed.parseFrom(record), place(headerBytes, TRAILER_NUMBER)));
            if (trailer.getObjects() != objects
                    || !MessageDigest.isEqual(trailer.getSha256().toByteArray(), digestBefore)) {
                throw new RaftException(name + " is damaged: its digest does not match its content");
            }
            return new Loaded(loader.load(header.getVersionCounter()), header.getTerm(), header.getIndex());
        } catch (InvalidProtocolBufferException e) {
            throw new RaftException(name + " is damaged: a record of it cannot be read", e);
        } catch (EOFException e) {
            throw new RaftException(name + " is damaged: it ends too early", e);
        }
    }

    /** Fills blocks with objects and seals each when it is full. */
    private static final class BlockWriter {
        private final DataOutputStream out;
        private final Sealer sealer;
        private final byte[] header;
        private final BooleanSupplier cancelled;
        private final ByteArrayOutputStream block = new ByteArrayOutputStream(BLOCK_BYTES + STREAM_BUFFER);
        private long number;
        private long objects;

        BlockWriter(DataOutputStream out, Sealer sealer, byte[] header, BooleanSupplier cancelled) {
            this.out = out;
            this.sealer = sealer;
            this.header = header;
            this.cancelled = cancelled;
        }

        void add(StoredObject object) {
            try {
                writeDeterministic(block, object);
                objects++;
                if (block.size() >= BLOCK_BYTES) {
                    flush();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void flush() throws IOException {
            if (cancelled.getAsBoolean()) {
                throw new IOException("the snapshot was cancelled");
            }
            if (block.size() > 0) {
                writeRecord(
                        out,
                        sealer.seal(block.toByteArray(), place(header, number)).toByteArray());
                number++;
                block.reset();
            }
        }

        /** The same bytes on every manager: maps in key order. */
        private static void writeDeterministic(OutputStream to, Message message) throws IOException {
            var coded = CodedOutputStream.newInstance(to);
            coded.useDeterministicSerialization();
            coded.writeUInt32NoTag(message.getSerializedSize());
            message.writeTo(coded);
            coded.flush();
        }
    }

    static void writeRecord(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    static byte[] readRecord(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > MAX_RECORD_BYTES) {
            throw new RaftException("the snapshot is damaged: a record of " + length + " bytes");
        }
        var bytes = new byte[length];
        in.readFully(bytes);
        return bytes;
    }

    static long recordBytes(byte[] bytes) {
        return (long) Integer.BYTES + bytes.length;
    }

    private static byte[] place(byte[] header, long number) {
        return ByteBuffer.allocate(header.length + Long.BYTES)
                .put(header)
                .putLong(number)
                .array();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The digest up to here, which goes on. */
    private static byte[] digest(MessageDigest digest) {
        try {
            return ((MessageDigest) digest.clone()).digest();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("SHA-256 of this Java cannot be copied", e);
        }
    }
}
