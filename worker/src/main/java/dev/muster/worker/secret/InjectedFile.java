package dev.muster.worker.secret;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file that a container is to find at a path.
 *
 * @param target absolute path in the container
 * @param mode permission bits
 */
public record InjectedFile(String target, ByteString content, int uid, int gid, int mode) {
    private static final int PERMISSIONS = 07777;

    public InjectedFile {
        if (!target.startsWith("/")) {
            throw new IllegalArgumentException("target '" + target + "' must be absolute");
        }
        if (uid < 0 || gid < 0 || (mode & ~PERMISSIONS) != 0) {
            throw new IllegalArgumentException(
                    "owner " + uid + ":" + gid + " or mode " + Integer.toOctalString(mode) + " is out of range");
        }
    }

    /** Content is not for messages. */
    @Override
    public String toString() {
        return "InjectedFile[" + target + ", " + uid + ":" + gid + ", " + Integer.toOctalString(mode) + ", "
                + content.size() + " bytes]";
    }

    /** Writes it, readable by root alone until it has its owner and mode. Replaces what is there. */
    void writeTo(Path path) throws IOException {
        Files.deleteIfExists(path);
        try (var channel = Files.newByteChannel(
                path,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            var buffer = content.asReadOnlyByteBuffer();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }
        Files.setAttribute(path, "unix:uid", uid);
        Files.setAttribute(path, "unix:gid", gid);
        // Last: a change of owner clears set-id bits.
        Files.setAttribute(path, "unix:mode", mode);
    }
}
