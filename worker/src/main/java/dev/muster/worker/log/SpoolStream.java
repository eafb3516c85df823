package dev.muster.worker.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;

/**
 * One stream of one container, read from the segments that the spool script writes, and cut into lines. Not thread
 * safe. The position is that of the first byte not yet handed on as part of a line, so that nothing is lost or doubled
 * by reading on from it.
 */
final class SpoolStream {

    /** Longer lines are cut, as Docker does. */
    static final int LINE_LIMIT_BYTES = 16 << 10;

    private static final long NONE = -1;
    private static final int BUFFER_BYTES = 64 << 10;

    /**
     * Takes lines with their newline; parts of long lines, and what follows the last newline at the end, come without.
     */
    @FunctionalInterface
    interface Lines {
        void line(byte[] bytes, int from, int to, Instant written) throws IOException;
    }

    /** Told when the container's output was pushed out before it could be read. */
    @FunctionalInterface
    interface Gap {
        void lost() throws IOException;
    }

    private final Path directory;
    private final String name;
    private long segment;
    private long offset;
    private final byte[] pending = new byte[LINE_LIMIT_BYTES];
    private int pendingLength;
    private long readSegment;
    private long readOffset;
    private boolean missing;
    private boolean ended;

    /** @param name "out" or "err" */
    SpoolStream(Path directory, String name, long segment, long offset) {
        this.directory = directory;
        this.name = name;
        this.segment = segment;
        this.offset = offset;
        this.readSegment = segment;
        this.readOffset = offset;
    }

    long segment() {
        return segment;
    }

    long offset() {
        return offset;
    }

    /** The stream is over and all of it was handed on. */
    boolean ended() {
        return ended;
    }

    /**
     * Hands on what is there, up to about {@code budgetBytes}.
     *
     * @return true if there may be more at once
     */
    boolean pump(int budgetBytes, Lines lines, Gap gap) throws IOException {
        byte[] buffer = new byte[Math.min(BUFFER_BYTES, budgetBytes)];
        int left = budgetBytes;
        while (left > 0 && !ended) {
            // In this order: once the next segment or the end mark is there, this one grows no more.
            boolean endMarked = Files.exists(directory.resolve(name + ".end"));
            long next = nextSegment();
            int count = read(buffer);
            if (count > 0) {
                cut(buffer, count, lines);
                left -= count;
            } else if (next != NONE) {
                if (readSegment != 0 && (next != readSegment + 1 || missing)) {
                    breakLine(lines);
                    gap.lost();
                }
                missing = false;
                readSegment = next;
                readOffset = 0;
                if (pendingLength == 0) {
                    segment = next;
                    offset = 0;
                }
            } else {
                if (endMarked) {
                    finish(lines);
                }
                return false;
            }
        }
        return !ended;
    }

    /** The lowest number above the one being read; the segment that is being read may itself have been pushed out. */
    private long nextSegment() throws IOException {
        if (readSegment != 0 && Files.exists(path(readSegment + 1))) {
            return readSegment + 1;
        }
        long lowest = NONE;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, name + ".1*")) {
            for (Path file : files) {
                String text = file.getFileName().toString();
                long number = Long.parseLong(text.substring(name.length() + 1));
                if (number > readSegment && (lowest == NONE || number < lowest)) {
                    lowest = number;
                }
            }
        }
        return lowest;
    }

    private Path path(long number) {
        return directory.resolve(name + "." + number);
    }

    private int read(byte[] buffer) throws IOException {
        if (readSegment == 0) {
            return 0;
        }
        try (FileChannel channel = FileChannel.open(path(readSegment), StandardOpenOption.READ)) {
            int count = channel.read(ByteBuffer.wrap(buffer), readOffset);
            readOffset += Math.max(0, count);
            return count;
        } catch (NoSuchFileException e) {
            // We remove a segment only when the position is past it: it was pushed out.
            missing = true;
            return 0;
        }
    }

    /** The time when the segment was last written is when its last lines were; for live ones it is now. */
    private Instant written() throws IOException {
        try {
            return Files.getLastModifiedTime(path(readSegment)).toInstant();
        } catch (NoSuchFileException e) {
            return Instant.MAX;
        }
    }

    private void cut(byte[] buffer, int count, Lines lines) throws IOException {
        Instant written = written();
        int from = 0;
        for (int at = 0; at < count; at++) {
            boolean full = pendingLength + (at + 1 - from) == LINE_LIMIT_BYTES;
            if (buffer[at] == '\n' || full) {
                emit(buffer, from, at + 1, lines, written);
                from = at + 1;
                segment = readSegment;
                offset = readOffset - (count - from);
            }
        }
        System.arraycopy(buffer, from, pending, pendingLength, count - from);
        pendingLength += count - from;
    }

    private void emit(byte[] buffer, int from, int to, Lines lines, Instant written) throws IOException {
        if (pendingLength == 0) {
            lines.line(buffer, from, to, written);
            return;
        }
        byte[] whole = Arrays.copyOf(pending, pendingLength + to - from);
        System.arraycopy(buffer, from, whole, pendingLength, to - from);
        pendingLength = 0;
        lines.line(whole, 0, whole.length, written);
    }

    private void breakLine(Lines lines) throws IOException {
        if (pendingLength > 0) {
            emit(pending, 0, 0, lines, Instant.MAX);
        }
    }

    private void finish(Lines lines) throws IOException {
        breakLine(lines);
        segment = readSegment;
        offset = readOffset;
        ended = true;
    }

    /** Removes the segments before the position. To be called when the position is safe. */
    void free() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, name + ".1*")) {
            for (Path file : files) {
                long number = Long.parseLong(file.getFileName().toString().substring(name.length() + 1));
                if (number < segment || ended) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
