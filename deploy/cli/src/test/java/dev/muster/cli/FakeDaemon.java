package dev.muster.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * An HTTP server on a real unix socket that answers what a test tells it to. Methods that a test says nothing of
 * answer 404 in the daemon's form. Thread-safe.
 */
public final class FakeDaemon implements AutoCloseable {

    /** A request as it came in. */
    public record Request(String method, String path, Map<String, String> headers, ByteString body) {
        public <T> T read(Parser<T> parser) {
            try {
                return parser.parseFrom(body);
            } catch (InvalidProtocolBufferException failure) {
                throw new AssertionError(failure);
            }
        }

        /** The last part of the path. */
        public String call() {
            return path.substring(path.lastIndexOf('/') + 1);
        }
    }

    private final Path directory;
    private final ServerSocketChannel server;
    private final Map<String, Function<Request, byte[]>> answers = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    private FakeDaemon(Path directory, ServerSocketChannel server) {
        this.directory = directory;
        this.server = server;
    }

    public static FakeDaemon start() {
        try {
            Path directory = Files.createTempDirectory("muster-cli-test");
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(directory.resolve("s")));
            var daemon = new FakeDaemon(directory, server);
            Thread.ofVirtual().start(daemon::serve);
            return daemon;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public String host() {
        return "unix://" + directory.resolve("s");
    }

    public Path directory() {
        return directory;
    }

    /** Answers a path, or the last part of a path, with these bytes: a whole HTTP response. */
    public FakeDaemon raw(String path, Function<Request, byte[]> answer) {
        answers.put(path, answer);
        return this;
    }

    public FakeDaemon on(String call, Message response) {
        return on(call, _ -> response);
    }

    public FakeDaemon on(String call, Function<Request, Message> answer) {
        return raw(
                call, request -> ok("application/proto", answer.apply(request).toByteArray()));
    }

    public FakeDaemon json(String path, String json) {
        return raw(path, _ -> ok("application/json", json.getBytes(StandardCharsets.UTF_8)));
    }

    public FakeDaemon refuse(String call, int status, String code, String message) {
        return raw(call, _ -> refusal(status, code, message));
    }

    /** Messages in envelopes, then the end of the stream, in chunks of odd sizes. */
    public FakeDaemon stream(String call, String end, Message... messages) {
        return raw(call, _ -> {
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            for (Message message : messages) {
                envelope(stream, 0, message.toByteArray());
            }
            envelope(stream, 2, end.getBytes(StandardCharsets.UTF_8));
            return chunked("application/connect+proto", stream.toByteArray(), 7);
        });
    }

    private static void envelope(ByteArrayOutputStream out, int flags, byte[] payload) {
        out.write(flags);
        out.writeBytes(ByteBuffer.allocate(4).putInt(payload.length).array());
        out.writeBytes(payload);
    }

    public static byte[] ok(String contentType, byte[] body) {
        return response("200 OK", contentType, body);
    }

    public static byte[] refusal(int status, String code, String message) {
        String json = "{\"code\":\"" + code + "\",\"message\":\"" + message.replace("\"", "\\\"") + "\"}";
        return response(status + " No", "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] response(String status, String contentType, byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String head = "HTTP/1.1 " + status + "\r\nContent-Type: " + contentType + "\r\nContent-Length: " + body.length
                + "\r\n\r\n";
        out.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
        out.writeBytes(body);
        return out.toByteArray();
    }

    public static byte[] chunked(String contentType, byte[] body, int size) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String head = "HTTP/1.1 200 OK\r\nContent-Type: " + contentType + "\r\nTransfer-Encoding: chunked\r\n\r\n";
        out.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
        for (int at = 0; at < body.length; at += size) {
            int length = Math.min(size, body.length - at);
            out.writeBytes((Integer.toHexString(length) + ";x=y\r\n").getBytes(StandardCharsets.ISO_8859_1));
            out.write(body, at, length);
            out.writeBytes("\r\n".getBytes(StandardCharsets.ISO_8859_1));
        }
        out.writeBytes("0\r\nTrailer: 1\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        return out.toByteArray();
    }

    /** Requests so far, in the order of arrival. */
    public List<Request> requests() {
        return List.copyOf(requests);
    }

    /** The only request of that call. */
    public Request request(String call) {
        List<Request> found =
                requests.stream().filter(request -> request.call().equals(call)).toList();
        if (found.size() != 1) {
            throw new AssertionError("one request of " + call + " expected, not " + found.size());
        }
        return found.getFirst();
    }

    private void serve() {
        while (true) {
            try {
                SocketChannel client = server.accept();
                Thread.ofVirtual().start(() -> answer(client));
            } catch (ClosedChannelException _) {
                return;
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    private void answer(SocketChannel client) {
        try (client) {
            InputStream input = Channels.newInputStream(client);
            String[] words = line(input).split(" ", 3);
            Map<String, String> headers = new ConcurrentHashMap<>();
            for (String line = line(input); !line.isEmpty(); line = line(input)) {
                int colon = line.indexOf(':');
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
            byte[] body = input.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
            Request request = new Request(words[0], words[1], headers, ByteString.copyFrom(body));
            requests.add(request);
            Function<Request, byte[]> answer = answers.getOrDefault(request.path(), answers.get(request.call()));
            byte[] response = answer == null
                    ? refusal(404, "not_found", "the test says nothing of " + request.path())
                    : answer.apply(request);
            ByteBuffer left = ByteBuffer.wrap(response);
            while (left.hasRemaining()) {
                client.write(left);
            }
        } catch (IOException _) {
            // The client went away: its test will say what it misses.
        }
    }

    private static String line(InputStream input) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = input.read(); next >= 0 && next != '\n'; next = input.read()) {
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(directory.resolve("s"));
            Files.delete(directory);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
