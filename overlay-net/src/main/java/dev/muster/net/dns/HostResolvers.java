package dev.muster.net.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The host's resolver configuration, read again whenever the file has changed. Thread-safe. */
public final class HostResolvers {
    private static final ResolvConf NONE = new ResolvConf(List.of(), List.of(), List.of());

    private final Path file;
    private @Nullable FileTime readAt;
    private ResolvConf current = NONE;

    public HostResolvers(Path file) {
        this.file = file;
    }

    /** What the file says now; nothing if it cannot be read. */
    public synchronized ResolvConf current() {
        try {
            var modified = Files.getLastModifiedTime(file);
            if (!modified.equals(readAt)) {
                current = ResolvConf.parse(Files.readAllLines(file));
                readAt = modified;
            }
        } catch (IOException e) {
            current = NONE;
            readAt = null;
        }
        return current;
    }

    public List<InetAddress> servers() {
        return current().servers();
    }
}
