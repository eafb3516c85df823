package dev.muster.net.link;

import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * A network namespace held open. Code runs inside it on a fresh platform thread each time: a thread that has moved to
 * another namespace must not serve anything else afterwards. Thread-safe.
 */
public final class NetworkNamespace implements AutoCloseable {
    private final String name;
    private final int fd;
    private final AtomicBoolean closed = new AtomicBoolean();

    private NetworkNamespace(String name, int fd) {
        this.name = name;
        this.fd = fd;
    }

    /** The one that this process started in. */
    public static NetworkNamespace ofThisProcess() {
        return open(Path.of("/proc/self/ns/net"));
    }

    public static NetworkNamespace open(Path path) {
        return new NetworkNamespace(path.toString(), Libc.open(path.toString()));
    }

    /** For netlink attributes that name a namespace. */
    int fd() {
        return fd;
    }

    /** Runs {@code body} inside and waits for it; what it throws comes out here. */
    public <T> T call(Supplier<T> body) {
        return onFreshThread(name, () -> {
            Libc.setns(fd);
            return body.get();
        });
    }

    public void run(Runnable body) {
        call(() -> {
            body.run();
            return true;
        });
    }

    /** A thread that stays inside for its whole life; not started. */
    public Thread thread(String threadName, Runnable body) {
        return Thread.ofPlatform().name(threadName).daemon().unstarted(() -> {
            Libc.setns(fd);
            body.run();
        });
    }

    /** Runs {@code body} in a new namespace that ends with it. */
    public static <T> T scratch(Supplier<T> body) {
        return onFreshThread("scratch", () -> {
            Libc.unshare();
            return body.get();
        });
    }

    static <T> T onFreshThread(String name, Supplier<T> body) {
        var task = new FutureTask<T>(body::get);
        Thread.ofPlatform().name("netns " + name).daemon().start(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    // Half-done kernel work must not be abandoned: it is short, so finish it first.
                    interrupted = true;
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof RuntimeException unchecked) {
                        throw unchecked;
                    }
                    throw new IllegalStateException(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            Libc.close(fd);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
