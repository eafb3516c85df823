package dev.muster.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.StringValue;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class HttpServerTest {
    @TempDir
    Path dir;

    private final Router router = new Router();
    private HttpServer server;
    private Path socket;

    @BeforeEach
    void start() {
        socket = dir.resolve("http.sock");
        server = new HttpServer(router);
        server.listen(socket);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private record Client(SocketChannel channel, OutputStream out, InputStream in) implements AutoCloseable {
        Client send(String text) throws IOException {
            out.write(text.getBytes(UTF_8));
            return this;
        }

        String line() throws IOException {
            var line = new ByteArrayOutputStream();
            for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
                line.write(b);
            }
            return line.toString(UTF_8).stripTrailing();
        }

        /** The status line, then the body of a response that has a content length. */
        String response() throws IOException {
            String status = line();
            int length = 0;
            for (String header = line(); !header.isEmpty(); header = line()) {
                if (header.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                    length = Integer.parseInt(header.substring(15).trim());
                }
            }
            return status + " | " + new String(in.readNBytes(length), UTF_8);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    private Client connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        return new Client(channel, Channels.newOutputStream(channel), Channels.newInputStream(channel));
    }

    private static void text(Exchange exchange, String text) throws IOException {
        exchange.respond(200, "text/plain", text.getBytes(UTF_8));
    }

    @Test
    void theSocketIsForItsOwnerAlone() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-------");
    }

    @Test
    void answersSeveralRequestsOnOneConnection() throws IOException {
        router.add(
                "GET",
                "/things/{id}",
                e -> text(e, e.pathParameter("id") + e.query("q").orElse("-")));
        router.add("POST", "/echo", e -> text(e, new String(e.bodyBytes(100), UTF_8)));
        try (Client client = connect()) {
            assertThat(client.send("GET /things/a%2Fb?q=1 HTTP/1.1\r\nHost: x\r\n\r\n")
                            .response())
                    .isEqualTo("HTTP/1.1 404 Not Found | {\"message\":\"page not found\"}");
            assertThat(client.send("GET /things/one?q=1 HTTP/1.1\r\nHost: x\r\n\r\n")
                            .response())
                    .isEqualTo("HTTP/1.1 200 OK | one1");
            // Two at once, the second has a chunked body.
            String get = "GET /things/two HTTP/1.1\r\nHost: x\r\n\r\n";
            client.send(get + "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
            assertThat(client.response()).isEqualTo("HTTP/1.1 200 OK | two-");
            assertThat(client.response()).isEqualTo("HTTP/1.1 200 OK | abc");
        }
    }

    @Test
    void literalSegmentsWinAndARestPatternTakesSlashes() throws IOException {
        router.add("GET", "/x/{name...}/json", e -> text(e, "rest " + e.pathParameter("name")));
        router.add("GET", "/x/fixed/json", e -> text(e, "fixed"));
        try (Client client = connect()) {
            assertThat(client.send("GET /x/fixed/json HTTP/1.1\r\n\r\n").response())
                    .endsWith("| fixed");
            assertThat(client.send("GET /x/a/b/c/json HTTP/1.1\r\n\r\n").response())
                    .endsWith("| rest a/b/c");
        }
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        router.add("POST", "/small", e -> text(e, "" + e.bodyBytes(3).length));
        router.add("GET", "/broken", e -> {
            throw new IllegalStateException("it \"broke\"\n");
        });
        try (Client client = connect()) {
            assertThat(client.send("GET /broken HTTP/1.1\r\n\r\n").response())
                    .isEqualTo("HTTP/1.1 500 Internal Server Error | {\"message\":\"it \\\"broke\\\"\\n\"}");
            assertThat(client.send("POST /small HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd")
                            .response())
                    .contains(" 413 ")
                    .contains("larger than 3 bytes");
        }
        try (Client client = connect()) {
            assertThat(client.send("nonsense\r\n\r\n").response()).startsWith("HTTP/1.1 400 ");
        }
    }

    @Test
    void aSlowReaderHoldsBackTheHandlerInsteadOfFillingMemory() throws IOException {
        var written = new AtomicLong();
        long total = 64L * 1024 * 1024;
        router.add("GET", "/stream", e -> {
            try (OutputStream out = e.stream(200, "application/octet-stream")) {
                byte[] block = new byte[64 * 1024];
                for (long done = 0; done < total; done += block.length) {
                    out.write(block);
                    written.addAndGet(block.length);
                }
            }
        });
        try (Client client = connect()) {
            client.send("GET /stream HTTP/1.1\r\n\r\n");
            assertThat(client.line()).isEqualTo("HTTP/1.1 200 OK");
            long before = -1;
            while (written.get() != before) {
                before = written.get();
                java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            }
            assertThat(written.get()).as("written while nobody reads").isLessThan(8L * 1024 * 1024);
            long read = 0;
            byte[] buffer = new byte[1 << 20];
            while (read < total) {
                int count = client.in().read(buffer);
                assertThat(count).isPositive();
                read += count;
            }
        }
    }

    @Test
    void noticesAClientThatLeavesDuringAStream() throws Exception {
        var gone = new CountDownLatch(1);
        router.add("GET", "/follow", e -> {
            try (OutputStream out = e.stream(200, "text/plain")) {
                e.onClientGone(gone::countDown);
                out.write("first".getBytes(UTF_8));
                gone.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
        try (Client client = connect()) {
            client.send("GET /follow HTTP/1.1\r\n\r\n");
            assertThat(client.line()).isEqualTo("HTTP/1.1 200 OK");
        }
        assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aHijackedConnectionOutlivesTheHalfClose() throws IOException {
        router.add("POST", "/attach", e -> {
            try (Duplex duplex = e.hijack("application/vnd.raw")) {
                byte[] all = duplex.input().readAllBytes();
                duplex.output().write(("got " + all.length).getBytes(UTF_8));
            }
        });
        try (Client client = connect()) {
            client.send(
                    "POST /attach HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n{}early");
            assertThat(client.line()).isEqualTo("HTTP/1.1 101 UPGRADED");
            while (!client.line().isEmpty()) {
                // the rest of the head
            }
            client.send(" and late");
            client.channel().shutdownOutput();
            assertThat(new String(client.in().readAllBytes(), UTF_8)).isEqualTo("got 14");
        }
    }

    @Test
    void speaksUnaryAndStreamingCalls() throws IOException {
        new RpcRoutes(router, "t.Echo", e -> new RpcFailure(RpcCode.INTERNAL, "mapped"))
                .unary("Say", StringValue.parser(), (StringValue q) -> {
                    if (q.getValue().isEmpty()) {
                        throw new RpcFailure(RpcCode.NOT_FOUND, "nothing to say");
                    }
                    return q;
                })
                .serverStreaming(
                        "Repeat",
                        StringValue.parser(),
                        (StringValue q, RpcRoutes.Responses<StringValue> r, Exchange e) -> {
                            r.send(q);
                            r.send(q);
                            throw new IllegalArgumentException("unmapped");
                        });
        byte[] hello = StringValue.of("hello").toByteArray();
        try (Client client = connect()) {
            client.send("POST /t.Echo/Say HTTP/1.1\r\nContent-Type: application/proto\r\nContent-Length: "
                    + hello.length + "\r\n\r\n");
            client.out().write(hello);
            assertThat(client.response()).isEqualTo("HTTP/1.1 200 OK | " + new String(hello, UTF_8));
            String say = "POST /t.Echo/Say HTTP/1.1\r\nContent-Type: application/proto\r\n";
            assertThat(client.send(say + "Content-Length: 0\r\n\r\n").response())
                    .isEqualTo("HTTP/1.1 404 Not Found | {\"code\":\"not_found\",\"message\":\"nothing to say\"}");
            client.send("POST /t.Echo/Repeat HTTP/1.1\r\nContent-Type: application/connect+proto\r\nContent-Length: "
                    + (5 + hello.length) + "\r\n\r\n");
            client.out()
                    .write(ByteBuffer.allocate(5 + hello.length)
                            .put((byte) 0)
                            .putInt(hello.length)
                            .put(hello)
                            .array());
            while (!client.line().isEmpty()) {
                // the head
            }
            assertThat(envelope(client)).isEqualTo("0 " + new String(hello, UTF_8));
            assertThat(envelope(client)).isEqualTo("0 " + new String(hello, UTF_8));
            assertThat(envelope(client)).isEqualTo("2 {\"error\":{\"code\":\"internal\",\"message\":\"mapped\"}}");
        }
    }

    /** One envelope that came as one chunk. */
    private static String envelope(Client client) throws IOException {
        int chunk = Integer.parseInt(client.line(), 16);
        var in = new DataInputStream(client.in());
        String envelope = in.readUnsignedByte() + " ";
        byte[] payload = in.readNBytes(in.readInt());
        assertThat(payload.length + 5).isEqualTo(chunk);
        assertThat(client.line()).isEmpty();
        return envelope + new String(payload, UTF_8);
    }
}
