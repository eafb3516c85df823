package dev.muster.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Control calls on a manager's socket, a connection each, with a bound: whoever answers may be frozen. It knows whether a call that
 * got no answer can have reached the manager. Any thread.
 */
final class ControlHttp {
    /**
     * @param body a message if the status is 200, else JSON
     */
    record Reply(int status, ByteString body) {}

    /** Nothing was sent, so nothing has happened. */
    static final class NotSentException extends IOException {
        private static final long serialVersionUID = 1L;

        NotSentException(IOException cause) {
            super(cause.getMessage() == null ? cause.toString() : cause.getMessage(), cause);
        }
    }

    private final Path socket;
    private final Duration bound;
    private final ScheduledExecutorService watchdog;

    /**
     * @param bound of a call, from the connection to the answer's end
     * @param watchdog closes connections whose time is up
     */
    ControlHttp(Path socket, Duration bound, ScheduledExecutorService watchdog) {
        this.socket = socket;
        this.bound = bound;
        this.watchdog = watchdog;
    }

    /** @throws IOException if there is no complete answer */
    Reply call(String method, byte[] message) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            var end = watchdog.schedule(() -> close(channel), bound.toMillis(), TimeUnit.MILLISECONDS);
            try {
                connect(channel);
                send(channel, method, message);
                return reply(Channels.newInputStream(channel));
            } finally {
                end.cancel(false);
            }
        }
    }

    private static SocketChannel close(SocketChannel channel) throws IOException {
        channel.close();
        return channel;
    }

    private void connect(SocketChannel channel) throws IOException {
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            throw new NotSentException(e);
        }
    }

    private static void send(SocketChannel channel, String method, byte[] message) throws IOException {
        String head = "POST /muster.v1.Control/" + method + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: application/proto\r\nContent-Length: " + message.length + "\r\n\r\n";
        var request = new ByteArrayOutputStream();
        request.write(head.getBytes(ISO_8859_1));
        request.write(message);
        var bytes = ByteBuffer.wrap(request.toByteArray());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static Reply reply(InputStream in) throws IOException {
        String[] status = line(in).split(" ", 3);
        if (status.length < 2) {
            throw new EOFException("no complete answer");
        }
        int length = -1;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(
                        header.substring(header.indexOf(':') + 1).strip());
            }
        }
        if (length < 0) {
            throw new IOException("an answer without a length");
        }
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("no complete answer");
        }
        return new Reply(Integer.parseInt(status[1]), ByteString.copyFrom(body));
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        while (true) {
            int one = in.read();
            if (one < 0) {
                throw new EOFException("no complete answer");
            }
            if (one == '\n') {
                return line.toString();
            }
            if (one != '\r') {
                line.append((char) one);
            }
        }
    }
}
