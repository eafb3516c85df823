package dev.muster.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Bytes from one writing thread to the client. Every write is sent at once; when the socket's buffer is full the writer waits, so
 * that a slow client holds back its handler and nothing piles up. A client that is gone ends the wait with an error.
 */
final class OutboundBytes extends OutputStream {
    /** Large writes are cut, so that one of them never holds more than this in Netty's buffer at a time. */
    private static final int LARGEST_CHUNK_BYTES = 64 * 1024;

    private final Channel channel;
    private final Function<ByteBuf, Object> wrap;
    private final Runnable onClose;
    private @Nullable ChannelFuture last;
    private boolean closed;

    /**
     * @param wrap makes a message of the channel's pipeline from bytes
     * @param onClose ends the body or the direction
     */
    OutboundBytes(Channel channel, Function<ByteBuf, Object> wrap, Runnable onClose) {
        this.channel = channel;
        this.wrap = wrap;
        this.onClose = onClose;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] source, int offset, int length) throws IOException {
        if (closed) {
            throw new IOException("the response has ended");
        }
        for (int done = 0; done < length; done += LARGEST_CHUNK_BYTES) {
            int count = Math.min(LARGEST_CHUNK_BYTES, length - done);
            awaitRoom();
            last = channel.writeAndFlush(wrap.apply(Unpooled.copiedBuffer(source, offset + done, count)));
        }
    }

    private void awaitRoom() throws IOException {
        if (!channel.isActive()) {
            throw new IOException("the client has closed the connection");
        }
        ChannelFuture pending = last;
        if (pending == null) {
            return;
        }
        if (!channel.isWritable()) {
            pending.awaitUninterruptibly();
        }
        if (pending.isDone() && !pending.isSuccess()) {
            throw new IOException("the client has closed the connection", pending.cause());
        }
    }

    @Override
    public synchronized void flush() throws IOException {
        awaitRoom();
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            onClose.run();
        }
    }
}
