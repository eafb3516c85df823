package dev.muster.net.link;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Kernel settings of the calling thread's network namespace: call it on a thread inside. */
public final class Sysctl {
    private static final Path ROOT = Path.of("/proc/sys/net");

    private Sysctl() {}

    /**
     * The value of a setting.
     *
     * @param name below {@code net}, with slashes: {@code ipv4/ip_forward}
     * @return absent if this kernel has no such setting
     */
    public static Optional<String> read(String name) {
        try {
            return Optional.of(Files.readString(ROOT.resolve(name)).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Writes it unless it has that value already. */
    public static void write(String name, int value) {
        var wanted = Integer.toString(value);
        if (read(name).filter(wanted::equals).isPresent()) {
            return;
        }
        try {
            Files.writeString(ROOT.resolve(name), wanted);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot set net/" + name + " to " + wanted, e);
        }
    }

    /** Writes a setting that some kernels lack. */
    public static void writeIfPresent(String name, int value) {
        if (Files.exists(ROOT.resolve(name))) {
            write(name, value);
        }
    }

    /** Raises a limit that is lower; those of the whole machine are seen in its first namespace only. */
    public static void raiseIfPresent(String name, int least) {
        if (read(name).filter(text -> Integer.parseInt(text) < least).isPresent()) {
            write(name, least);
        }
    }
}
