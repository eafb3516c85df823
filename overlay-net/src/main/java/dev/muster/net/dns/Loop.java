package dev.muster.net.dns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * One thread that waits for all sockets and deadlines of the resolver. {@link #execute} may be called from anywhere;
 * everything else, and everything that it calls, on its own thread only.
 */
final class Loop {
    private static final System.Logger LOG = System.getLogger(Loop.class.getName());

    private final LongSupplier nanoClock;
    private final Selector selector;
    private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<Deadline> deadlines;
    private volatile boolean closed;

    /** Something that has a socket. */
    interface Ready {
        /** The socket can do what it waited for. */
        void ready(SelectionKey key) throws IOException;

        /** Its socket is of no use any more. */
        void failed();
    }

    private record Deadline(long nanos, Runnable action) {}

    Loop(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        // Differences, because the clock may wrap.
        this.deadlines = new PriorityQueue<>((one, other) -> Long.signum(one.nanos - other.nanos));
        try {
            this.selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a selector", e);
        }
    }

    long nanos() {
        return nanoClock.getAsLong();
    }

    void execute(Runnable command) {
        commands.add(command);
        selector.wakeup();
    }

    SelectionKey register(SelectableChannel channel, int operations, Ready ready) throws IOException {
        return channel.register(selector, operations, ready);
    }

    /** Runs an action after a while; it must find out itself whether it is still wanted. */
    void after(long nanos, Runnable action) {
        deadlines.add(new Deadline(nanos() + nanos, action));
    }

    void close() {
        closed = true;
        selector.wakeup();
    }

    /** Until {@link #close}; then all registered sockets are left as they are. */
    void run() {
        try (selector) {
            while (!closed) {
                selector.select(this::dispatch, timeoutMillis());
                for (var command = commands.poll(); command != null; command = commands.poll()) {
                    guarded(command);
                }
                while (!deadlines.isEmpty() && deadlines.peek().nanos - nanos() <= 0) {
                    guarded(deadlines.poll().action);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the resolver's selector failed", e);
        }
    }

    private long timeoutMillis() {
        if (deadlines.isEmpty()) {
            return 0;
        }
        long nanos = deadlines.peek().nanos - nanos();
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
    }

    private void dispatch(SelectionKey key) {
        var ready = (Ready) key.attachment();
        try {
            ready.ready(key);
        } catch (IOException | CancelledKeyException e) {
            ready.failed();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "resolver", e);
            ready.failed();
        }
    }

    private static void guarded(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "resolver", e);
        }
    }
}
