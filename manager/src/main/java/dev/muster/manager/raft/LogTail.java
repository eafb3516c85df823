package dev.muster.manager.raft;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Cuts off what a crash left half written at the end of the log. Ratis writes zeros ahead of its entries and gives up on
 * an entry whose checksum is wrong, so a process that is killed in the middle of a write, or a full disk, would keep it
 * from ever starting again. Nothing that was acknowledged is cut: an entry is acknowledged after a sync, and what was
 * synced is whole. An entry that is damaged and has a whole one right behind it was whole once; then this refuses.
 */
final class LogTail {
    private static final System.Logger LOG = System.getLogger(LogTail.class.getName());

    /** Ratis' segment: this header, then for each entry its length as a varint, its bytes, and their CRC-32C. */
    private static final byte[] HEADER = "RaftLog1".getBytes(StandardCharsets.US_ASCII);

    private static final int CHECKSUM_BYTES = 4;
    private static final int MAX_VARINT_BYTES = 5;

    private LogTail() {}

    /** Repairs the segment that was being written, if there is one in the directory. */
    static void repair(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (var segments = Files.newDirectoryStream(directory, "log_inprogress_*")) {
            for (var segment : segments) {
                repairSegment(segment);
            }
        }
    }

    private static void repairSegment(Path segment) throws IOException {
        try (var channel = FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long size = channel.size();
            if (size <= HEADER.length) {
                return;
            }
            MappedByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
            int end = endOfWholeEntries(bytes);
            if (onlyZeros(bytes, end)) {
                return;
            }
            int next = endOfEntry(bytes, end, false);
            if (next > 0 && endOfEntry(bytes, next, true) > 0) {
                throw new RaftException("the log " + segment + " is damaged at byte " + end
                        + ", in the middle of what was whole; if other managers are well, let this one leave and join"
                        + " again, else restore a backup");
            }
            LOG.log(
                    WARNING,
                    "cut {0} bytes off {1}: they were being written, and not acknowledged, when this manager ended",
                    Long.toString(size - end),
                    segment);
            channel.truncate(end);
            channel.force(true);
        }
    }

    private static int endOfWholeEntries(ByteBuffer bytes) {
        int at = HEADER.length;
        for (int next; (next = endOfEntry(bytes, at, true)) > 0; ) {
            at = next;
        }
        return at;
    }

    /** Where the entry that begins here ends; -1 if there is none, or, when it is asked for, its checksum is wrong. */
    private static int endOfEntry(ByteBuffer bytes, int at, boolean check) {
        int length = 0;
        int position = at;
        for (int shift = 0; ; shift += 7) {
            if (position >= bytes.limit() || position - at >= MAX_VARINT_BYTES) {
                return -1;
            }
            byte next = bytes.get(position++);
            length |= (next & 0x7f) << shift;
            if (next >= 0) {
                break;
            }
        }
        if (length <= 0 || (long) position + length + CHECKSUM_BYTES > bytes.limit()) {
            return -1;
        }
        int end = position + length;
        if (check) {
            var checksum = new CRC32C();
            checksum.update(bytes.slice(at, end - at));
            if ((int) checksum.getValue() != bytes.getInt(end)) {
                return -1;
            }
        }
        return end + CHECKSUM_BYTES;
    }

    private static boolean onlyZeros(ByteBuffer bytes, int from) {
        for (int at = from; at < bytes.limit(); at++) {
            if (bytes.get(at) != 0) {
                return false;
            }
        }
        return true;
    }
}
