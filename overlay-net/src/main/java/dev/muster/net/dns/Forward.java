package dev.muster.net.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One query on its way to other servers, one after another until one answers. Each gets a socket of its own with a
 * port that the kernel chooses and a random id, so that nobody can guess what an answer must look like. On the loop's
 * thread.
 */
final class Forward implements Loop.Ready {
    /** An answer that takes longer is no better than another server's. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int PORT = 53;
    private static final int MAX_MESSAGE = 65535;

    private final Loop loop;
    private final Request request;
    private final Consumer<ByteBuffer> answer;
    private int server = -1;
    private @Nullable SelectableChannel channel;
    private @Nullable ByteBuffer outgoing;
    private ByteBuffer incoming = ByteBuffer.allocate(0);
    /** The best that was heard: a server that failed said at least that. */
    private @Nullable ByteBuffer worst;

    private boolean done;

    /** Where queries are sent from. */
    interface Origin {
        DatagramChannel datagram(InetAddress server) throws IOException;

        SocketChannel stream(InetAddress server) throws IOException;
    }

    /**
     * @param message the client's, as it came
     * @param tcp whether the client asked by TCP, because the answer is large
     * @param id for the query, unpredictable
     */
    record Request(
            DnsMessage.Query query,
            ByteBuffer message,
            boolean tcp,
            List<InetAddress> servers,
            Origin origin,
            int id) {}

    /** @param answer gets the response, with the client's id; called once */
    Forward(Loop loop, Request request, Consumer<ByteBuffer> answer) {
        this.loop = loop;
        this.request = request;
        this.answer = answer;
    }

    /** Goes on to the first server, or to the next one. */
    void next() {
        while (!done) {
            release();
            if (++server >= request.servers.size()) {
                finish(worst == null ? DnsMessage.empty(request.query, DnsMessage.SERVFAIL) : worst);
                return;
            }
            try {
                send(request.servers.get(server));
                int asked = server;
                loop.after(PATIENCE_NANOS, () -> {
                    if (!done && server == asked) {
                        next();
                    }
                });
                return;
            } catch (IOException e) {
                // No way to this server: the next one.
            }
        }
    }

    private void send(InetAddress to) throws IOException {
        var address = new InetSocketAddress(to, PORT);
        var message = ByteBuffer.allocate(request.message.remaining())
                .put(request.message.duplicate())
                .flip()
                .putShort(0, (short) request.id);
        if (request.tcp) {
            var stream = request.origin.stream(to);
            channel = stream;
            outgoing = ByteBuffer.allocate(2 + message.remaining())
                    .putShort((short) message.remaining())
                    .put(message)
                    .flip();
            incoming = ByteBuffer.allocate(2);
            stream.configureBlocking(false);
            boolean connected = stream.connect(address);
            loop.register(stream, connected ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT, this);
        } else {
            var datagram = request.origin.datagram(to);
            channel = datagram;
            datagram.configureBlocking(false);
            datagram.connect(address);
            loop.register(datagram, SelectionKey.OP_READ, this);
            datagram.write(message);
        }
    }

    @Override
    public void ready(SelectionKey key) throws IOException {
        if (channel instanceof DatagramChannel datagram) {
            var buffer = ByteBuffer.allocate(MAX_MESSAGE);
            int length = datagram.read(buffer);
            if (length > 0) {
                heard(buffer.flip());
            }
        } else if (channel instanceof SocketChannel stream) {
            stream(stream, key);
        }
    }

    private void stream(SocketChannel stream, SelectionKey key) throws IOException {
        if (key.isConnectable() && stream.finishConnect()) {
            key.interestOps(SelectionKey.OP_WRITE);
        }
        if (key.isWritable() && outgoing != null) {
            stream.write(outgoing);
            if (!outgoing.hasRemaining()) {
                key.interestOps(SelectionKey.OP_READ);
            }
        }
        if (key.isReadable()) {
            int length = stream.read(incoming);
            if (length < 0) {
                next();
            } else if (!incoming.hasRemaining() && incoming.capacity() == 2) {
                incoming = ByteBuffer.allocate(incoming.getShort(0) & 0xffff);
            } else if (!incoming.hasRemaining()) {
                heard(incoming.flip());
            }
        }
    }

    private void heard(ByteBuffer message) {
        if (!DnsMessage.answers(message, request.query, request.id)) {
            return;
        }
        message.putShort(0, (short) request.query.id());
        int code = DnsMessage.code(message);
        if (code == DnsMessage.SERVFAIL || code == DnsMessage.REFUSED || code == DnsMessage.NOTIMP) {
            worst = message;
            next();
        } else {
            finish(message);
        }
    }

    @Override
    public void failed() {
        if (!done) {
            next();
        }
    }

    private void finish(ByteBuffer response) {
        done = true;
        release();
        answer.accept(response);
    }

    /** Nobody waits for the answer any more. */
    void abandon() {
        done = true;
        release();
    }

    private void release() {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // It was of no use already.
            }
            channel = null;
        }
    }
}
