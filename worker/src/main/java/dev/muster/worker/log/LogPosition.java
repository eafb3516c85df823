package dev.muster.worker.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * How far one container's spool has been taken, and how long its log was then: together these make reading on exact.
 * Written after the log, before the spool is freed; on restart the log is cut back to it and the spool read on from it.
 */
record LogPosition(
        long generation,
        long length,
        long outSegment,
        long outOffset,
        long errSegment,
        long errOffset,
        long lastStampNanos) {

    private static final int FIELDS = 7;
    private static final int SLOT_BYTES = 128;

    static final LogPosition START = new LogPosition(1, 0, 0, 0, 0, 0, 0);

    /**
     * Two slots, written in turn, each with a sequence number and a checksum: one of them is always whole. Not thread
     * safe. No fsync: what must survive is this process's end, not the machine's, whose containers end with it.
     */
    static final class Store implements AutoCloseable {
        private final FileChannel channel;
        private long sequence;

        Store(Path file) throws IOException {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }

        LogPosition load() throws IOException {
            LogPosition best = START;
            for (int slot = 0; slot < 2; slot++) {
                ByteBuffer bytes = ByteBuffer.allocate(SLOT_BYTES);
                channel.read(bytes, (long) slot * SLOT_BYTES);
                bytes.clear();
                long number = bytes.getLong();
                if (number > sequence) {
                    Optional<LogPosition> read = decode(bytes);
                    if (read.isPresent()) {
                        best = read.get();
                        sequence = number;
                    }
                }
            }
            return best;
        }

        private static Optional<LogPosition> decode(ByteBuffer bytes) {
            LogPosition position = new LogPosition(
                    bytes.getLong(),
                    bytes.getLong(),
                    bytes.getLong(),
                    bytes.getLong(),
                    bytes.getLong(),
                    bytes.getLong(),
                    bytes.getLong());
            return checksum(bytes) == bytes.getLong() ? Optional.of(position) : Optional.empty();
        }

        void save(LogPosition position) throws IOException {
            sequence++;
            ByteBuffer bytes = ByteBuffer.allocate(SLOT_BYTES);
            bytes.putLong(sequence);
            bytes.putLong(position.generation());
            bytes.putLong(position.length());
            bytes.putLong(position.outSegment());
            bytes.putLong(position.outOffset());
            bytes.putLong(position.errSegment());
            bytes.putLong(position.errOffset());
            bytes.putLong(position.lastStampNanos());
            bytes.putLong(checksum(bytes));
            bytes.clear();
            channel.write(bytes, (sequence & 1) * SLOT_BYTES);
        }

        @SuppressWarnings("ByteBufferBackingArray") // made by allocate
        private static long checksum(ByteBuffer bytes) {
            CRC32 crc = new CRC32();
            crc.update(bytes.array(), 0, (1 + FIELDS) * Long.BYTES);
            return crc.getValue() + 1; // never 0, which is what an empty slot holds
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
