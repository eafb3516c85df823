package dev.muster.cli.transport;

import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * A connection to a unix socket. One thread. Reads and writes wait at most as long as the patience that was set last;
 * the kernel has no such bound for blocking channels, hence the selector.
 */
final class UnixChannel implements AutoCloseable {

    private final SocketChannel channel;
    private final Selector selector;
    private final LongSupplier nanos;
    private final ByteBuffer incoming = ByteBuffer.allocate(16 << 10).flip();
    private Optional<Duration> patience;

    private UnixChannel(SocketChannel channel, Selector selector, LongSupplier nanos, Duration patience) {
        this.channel = channel;
        this.selector = selector;
        this.nanos = nanos;
        this.patience = Optional.of(patience);
    }

    static UnixChannel connect(String socket, LongSupplier nanos, Duration patience) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            return new UnixChannel(channel, Selector.open(), nanos, patience);
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    /** Waits as long as it takes from now on: for streams that may be silent for days. */
    void waitForever() {
        patience = Optional.empty();
    }

    void write(byte[] bytes) throws IOException {
        ByteBuffer outgoing = ByteBuffer.wrap(bytes);
        while (outgoing.hasRemaining()) {
            if (channel.write(outgoing) == 0) {
                await(SelectionKey.OP_WRITE);
            }
        }
    }

    /** What the peer sends, until it closes. */
    InputStream input() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                return fill() ? incoming.get() & 0xff : -1;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                if (length == 0) {
                    return 0;
                }
                if (!fill()) {
                    return -1;
                }
                int number = Math.min(length, incoming.remaining());
                incoming.get(target, offset, number);
                return number;
            }
        };
    }

    /** False at the end of what the peer sends. */
    private boolean fill() throws IOException {
        while (!incoming.hasRemaining()) {
            incoming.clear();
            int number = channel.read(incoming);
            incoming.flip();
            if (number < 0) {
                return false;
            }
            if (number == 0) {
                await(SelectionKey.OP_READ);
            }
        }
        return true;
    }

    private void await(int operation) throws IOException {
        channel.register(selector, operation);
        long start = nanos.getAsLong();
        while (true) {
            long millis = 0;
            if (patience.isPresent()) {
                millis = patience.get().toMillis() - (nanos.getAsLong() - start) / 1_000_000;
                if (millis <= 0) {
                    throw new IOException("no answer within " + patience.get().toSeconds() + " s");
                }
            }
            selector.select(millis);
            boolean ready = !selector.selectedKeys().isEmpty();
            selector.selectedKeys().clear();
            if (ready) {
                return;
            }
        }
    }

    @Override
    public void close() {
        try (selector) {
            channel.close();
        } catch (IOException _) {
            // Nobody is left who could do anything about it.
        }
    }
}
