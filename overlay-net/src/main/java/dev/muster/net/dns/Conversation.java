package dev.muster.net.dns;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A container's TCP connection to its resolver: queries one at a time, each after its length (RFC 7766). On the loop's
 * thread.
 */
final class Conversation implements Loop.Ready {
    /** An idle connection is closed. */
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** No sane query is longer. */
    private static final int MAX_QUERY = 4096;

    private final Loop loop;
    private final SocketChannel channel;
    private final BiConsumer<ByteBuffer, Consumer<ByteBuffer>> resolver;
    private final Runnable onClose;
    private ByteBuffer incoming = ByteBuffer.allocate(2);
    private @Nullable ByteBuffer outgoing;
    private long lastUse;
    private boolean closed;

    /** @param resolver gets a query, and what to do with its answer; it may drop the query */
    Conversation(
            Loop loop, SocketChannel channel, BiConsumer<ByteBuffer, Consumer<ByteBuffer>> resolver, Runnable onClose) {
        this.loop = loop;
        this.channel = channel;
        this.resolver = resolver;
        this.onClose = onClose;
        this.lastUse = loop.nanos();
    }

    void start() throws IOException {
        channel.configureBlocking(false);
        loop.register(channel, SelectionKey.OP_READ, this);
        watch();
    }

    private void watch() {
        loop.after(IDLE_NANOS, () -> {
            if (!closed && loop.nanos() - lastUse >= IDLE_NANOS) {
                failed();
            } else if (!closed) {
                watch();
            }
        });
    }

    @Override
    public void ready(SelectionKey key) throws IOException {
        lastUse = loop.nanos();
        if (key.isReadable()) {
            read(key);
        } else if (key.isWritable() && outgoing != null) {
            channel.write(outgoing);
            if (!outgoing.hasRemaining()) {
                outgoing = null;
                key.interestOps(SelectionKey.OP_READ);
            }
        }
    }

    private void read(SelectionKey key) throws IOException {
        if (channel.read(incoming) < 0) {
            failed();
            return;
        }
        if (incoming.hasRemaining()) {
            return;
        }
        if (incoming.capacity() == 2) {
            int length = incoming.getShort(0) & 0xffff;
            if (length <= 2 || length > MAX_QUERY) {
                failed();
                return;
            }
            incoming = ByteBuffer.allocate(length);
            return;
        }
        var query = incoming.flip();
        incoming = ByteBuffer.allocate(2);
        key.interestOps(0);
        resolver.accept(query, answer -> {
            if (!closed && key.isValid()) {
                outgoing = ByteBuffer.allocate(2 + answer.remaining())
                        .putShort((short) answer.remaining())
                        .put(answer)
                        .flip();
                key.interestOps(SelectionKey.OP_WRITE);
            }
        });
    }

    @Override
    public void failed() {
        if (!closed) {
            closed = true;
            try {
                channel.close();
            } catch (IOException e) {
                // It was of no use already.
            }
            onClose.run();
        }
    }
}
