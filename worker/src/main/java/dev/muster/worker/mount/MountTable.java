package dev.muster.worker.mount;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** What is mounted in this process's mount namespace, as the kernel lists it. */
public final class MountTable {
    private static final Path TABLE = Path.of("/proc/self/mountinfo");

    /** Fields before the mount point in a line of mountinfo, proc(5). */
    private static final int MOUNT_POINT_FIELD = 4;

    private static final int OCTAL_DIGITS = 3;

    private MountTable() {}

    /** All mount points. */
    public static Set<Path> points() {
        try {
            var points = new HashSet<Path>();
            // Paths are bytes: one character per byte keeps those that are no text.
            for (var line : Files.readAllLines(TABLE, StandardCharsets.ISO_8859_1)) {
                points.add(Path.of(unescape(line.split(" ", MOUNT_POINT_FIELD + 2)[MOUNT_POINT_FIELD])));
            }
            return points;
        } catch (IOException e) {
            throw new UncheckedIOException("could not read " + TABLE, e);
        }
    }

    public static boolean isMountPoint(Path path) {
        return points().contains(path.toAbsolutePath().normalize());
    }

    /** Space, tab, newline and backslash are written as a backslash and three octal digits. */
    static String unescape(String field) {
        var bytes = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            if (field.charAt(i) == '\\' && i + OCTAL_DIGITS < field.length()) {
                bytes.append((char) Integer.parseInt(field.substring(i + 1, i + 1 + OCTAL_DIGITS), 8));
                i += OCTAL_DIGITS;
            } else {
                bytes.append(field.charAt(i));
            }
        }
        return new String(bytes.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
}
