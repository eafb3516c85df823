package dev.muster.worker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * One file that is replaced as a whole: written beside, then renamed. It is the old or the new one, never a mixture; a
 * checksum tells a file that a failing disk has changed. Mode 0600. One writer at a time.
 */
final class CheckedFile {
    /** "MJ" and the format's number. */
    private static final int MAGIC = 0x4d4a0001;

    private static final int HEADER_BYTES = 8;

    private final Path file;

    CheckedFile(Path file) {
        this.file = file;
    }

    Path path() {
        return file;
    }

    /** Empty if there is no such file. */
    Optional<byte[]> read() {
        byte[] all;
        try {
            all = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new JournalFailure("could not read " + file + ": " + e.getMessage(), e);
        }
        var buffer = ByteBuffer.wrap(all);
        if (all.length < HEADER_BYTES || buffer.getInt() != MAGIC) {
            throw new JournalFailure(file + " is not a journal file of this version");
        }
        int expected = buffer.getInt();
        var content = new byte[buffer.remaining()];
        buffer.get(content);
        if (checksum(content) != expected) {
            throw new JournalFailure(file + " is damaged: its checksum does not match");
        }
        return Optional.of(content);
    }

    /**
     * Replaces the content.
     *
     * @param durable on return it survives a loss of power; else only the end of this process
     */
    void write(byte[] content, boolean durable) {
        var beside = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(beside);
            try (var channel = FileChannel.open(
                    beside,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                var header = ByteBuffer.allocate(HEADER_BYTES)
                        .putInt(MAGIC)
                        .putInt(checksum(content))
                        .flip();
                var buffers = new ByteBuffer[] {header, ByteBuffer.wrap(content)};
                while (buffers[1].hasRemaining() || buffers[0].hasRemaining()) {
                    channel.write(buffers);
                }
                if (durable) {
                    channel.force(false);
                }
            }
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new JournalFailure("could not write " + file + ": " + e.getMessage(), e);
        }
    }

    void delete() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new JournalFailure("could not delete " + file + ": " + e.getMessage(), e);
        }
    }

    private static int checksum(byte[] content) {
        var crc = new CRC32C();
        crc.update(content);
        return (int) crc.getValue();
    }
}
