package dev.muster.http;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Bytes on their way from the event loop to one reading thread. The reader asks for more only when it has used up what came, so
 * that a slow reader holds back the client instead of filling memory: at most one socket read is waiting here.
 */
final class InboundBytes extends InputStream {
    private final Runnable demand;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<ByteBuf> chunks = new ArrayDeque<>();
    private boolean demanded;
    private boolean ended;
    private @Nullable IOException failure;

    /** @param demand asks the event loop for another socket read */
    InboundBytes(Runnable demand) {
        this.demand = demand;
    }

    /** Event loop: takes over the reference. */
    void offer(ByteBuf bytes) {
        lock.lock();
        try {
            demanded = false;
            if (ended || failure != null) {
                bytes.release();
                return;
            }
            chunks.add(bytes);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Event loop: a socket read brought nothing for this stream, though more was asked for. */
    boolean wantsMore() {
        lock.lock();
        try {
            return demanded && !ended && failure == null;
        } finally {
            lock.unlock();
        }
    }

    /** Event loop: the sender is done. */
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Event loop: the connection broke. */
    void fail(IOException cause) {
        lock.lock();
        try {
            if (!ended && failure == null) {
                failure = cause;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean ended() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        lock.lock();
        try {
            while (chunks.isEmpty()) {
                if (ended) {
                    return -1;
                }
                if (failure != null) {
                    throw new IOException(failure.getMessage(), failure);
                }
                if (!demanded) {
                    demanded = true;
                    demand.run();
                }
                changed.await();
            }
            ByteBuf first = chunks.getFirst();
            int count = Math.min(length, first.readableBytes());
            first.readBytes(target, offset, count);
            if (!first.isReadable()) {
                chunks.removeFirst().release();
            }
            return count;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while reading from the client", e);
        } finally {
            lock.unlock();
        }
    }

    /** Drops what is left; later bytes are dropped as they come. */
    @Override
    public void close() {
        lock.lock();
        try {
            chunks.forEach(ByteBuf::release);
            chunks.clear();
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
