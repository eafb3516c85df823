package dev.muster.net.link;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A directory of network namespaces, each kept alive by a bind mount on a file, with or without processes inside. The
 * directory is a shared mount of its own: so removing a pin reaches every mount namespace that has copied it, and the
 * network namespace ends when we say so.
 */
public final class NamespacePins {
    private static final String THIS_THREAD = "/proc/thread-self/ns/net";
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    /** Fields of a mountinfo line, see proc(5). */
    private static final int MOUNT_POINT = 4;

    private final Path directory;

    public NamespacePins(Path directory) {
        this.directory = directory;
    }

    /** Makes the directory what it must be; does nothing if it is. */
    public void prepare() {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create " + directory, e);
        }
        if (!mounted(directory)) {
            Libc.mount(directory.toString(), directory.toString(), Libc.MS_BIND);
            Libc.mount("none", directory.toString(), Libc.MS_SHARED | Libc.MS_REC);
        }
    }

    public Path path(String name) {
        return directory.resolve(name);
    }

    /** The names of the pins that hold a namespace. */
    public SortedSet<String> names() {
        var names = new TreeSet<String>();
        for (var point : mountPoints()) {
            if (directory.equals(point.getParent())) {
                names.add(point.getFileName().toString());
            }
        }
        return names;
    }

    /**
     * Makes a namespace, runs {@code body} inside it, and pins it. If the body fails nothing remains.
     *
     * @param body runs on a thread inside the new namespace; gets the namespace by its pin
     */
    public <T> T create(String name, Body<T> body) {
        var pin = path(name);
        return NetworkNamespace.onFreshThread(name, (Supplier<T>) () -> {
            Libc.unshare();
            try {
                Files.write(pin, new byte[0]);
                Libc.mount(THIS_THREAD, pin.toString(), Libc.MS_BIND);
                try (var namespace = NetworkNamespace.open(pin)) {
                    return body.inside(namespace);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot create " + pin, e);
            } catch (RuntimeException e) {
                remove(name);
                throw e;
            }
        });
    }

    public NetworkNamespace open(String name) {
        return NetworkNamespace.open(path(name));
    }

    /** Lets a namespace go; it ends with its last process and socket. Nothing happens if there is none. */
    public void remove(String name) {
        var pin = path(name);
        if (mounted(pin)) {
            Libc.unmount(pin.toString());
        }
        try {
            Files.deleteIfExists(pin);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + pin, e);
        }
    }

    /** Removes all pins and the directory. */
    public void destroy() {
        names().forEach(this::remove);
        if (mounted(directory)) {
            Libc.unmount(directory.toString());
        }
        try (var left = Files.exists(directory) ? Files.list(directory) : Stream.<Path>empty()) {
            for (var file : left.toList()) {
                Files.delete(file);
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + directory, e);
        }
    }

    private static boolean mounted(Path path) {
        return mountPoints().contains(path);
    }

    private static SortedSet<Path> mountPoints() {
        var points = new TreeSet<Path>();
        try {
            for (var line : Files.readAllLines(MOUNTS)) {
                points.add(Path.of(line.split(" ", -1)[MOUNT_POINT]
                        .replace("\\040", " ")
                        .replace("\\011", "\t")
                        .replace("\\134", "\\")));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + MOUNTS, e);
        }
        return points;
    }

    /** What to do inside a new namespace. */
    @FunctionalInterface
    public interface Body<T> {
        T inside(NetworkNamespace namespace);
    }
}
