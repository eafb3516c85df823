package dev.muster.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.muster.api.Annotations;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.api.GetConfigResponse;
import dev.muster.api.Meta;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a call's end means: the difference between "it has not happened" and "nobody knows" decides what a history can prove. */
class ControlHttpTest {
    @TempDir
    private Path dir;

    private Path socket;
    private ServerSocketChannel server;
    private final ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor();

    @BeforeEach
    void listen() throws IOException {
        socket = dir.resolve("socket");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        watchdog.shutdownNow();
        Files.deleteIfExists(socket);
    }

    private ManagerSocket manager(Duration bound) {
        return new ManagerSocket(new ControlHttp(socket, bound, watchdog));
    }

    /** What the client makes of an answer of these bytes, after which the connection ends. */
    private Answer told(byte[] bytes) throws InterruptedException {
        Thread answering = Thread.ofVirtual().start(() -> {
            try (var connection = server.accept()) {
                Channels.newInputStream(connection).read();
                connection.write(ByteBuffer.wrap(bytes));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        var answer = manager(Duration.ofSeconds(20)).read("c");
        answering.join();
        return answer;
    }

    private Answer told(int status, String body) throws InterruptedException {
        return told(("HTTP/1.1 " + status + " x\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(ISO_8859_1));
    }

    private static byte[] found() {
        var config = Config.newBuilder()
                .setId("i")
                .setMeta(Meta.newBuilder().setVersion(7))
                .setSpec(ConfigSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName("c").putLabels("value", "v")));
        byte[] body = GetConfigResponse.newBuilder().setConfig(config).build().toByteArray();
        return ByteString.copyFrom(
                        ("HTTP/1.1 200 OK\r\ncontent-length: " + body.length + "\r\n\r\n").getBytes(ISO_8859_1))
                .concat(ByteString.copyFrom(body))
                .toByteArray();
    }

    @Test
    void anAnswerIsRead() throws InterruptedException {
        assertThat(told(found())).isEqualTo(new Answer.Found(new StoredConfig("c", "i", 7, "v")));
    }

    @Test
    void halfAnAnswerIsNone() throws InterruptedException {
        byte[] whole = found();
        assertThat(told(java.util.Arrays.copyOf(whole, whole.length - 1))).isInstanceOf(Answer.Unknown.class);
        assertThat(told(new byte[0])).isInstanceOf(Answer.Unknown.class);
    }

    @Test
    void errorsMeanWhatTheySay() throws InterruptedException {
        assertThat(told(404, "{\"code\":\"not_found\",\"message\":\"m\"}")).isEqualTo(new Answer.Missing());
        assertThat(told(409, "{\"code\":\"already_exists\",\"message\":\"m\"}")).isEqualTo(new Answer.Exists());
        assertThat(told(500, "{\"code\":\"unknown\",\"message\":\"update out of sequence\"}"))
                .isEqualTo(new Answer.OutOfSequence());
        assertThat(told(503, "{\"code\":\"unavailable\",\"message\":\"m\"}")).isInstanceOf(Answer.Failed.class);
        assertThat(told(504, "{\"code\":\"deadline_exceeded\",\"message\":\"m\"}"))
                .isInstanceOf(Answer.Unknown.class);
        assertThat(told(500, "{\"code\":\"internal\",\"message\":\"m\"}")).isInstanceOf(Answer.Unknown.class);
        assertThat(told(404, "no such page")).isInstanceOf(Answer.Unknown.class);
    }

    @Test
    void whoDoesNotAnswerIsNotWaitedForForEver() {
        assertThat(manager(Duration.ofMillis(200)).read("c")).isInstanceOf(Answer.Unknown.class);
    }

    @Test
    void whereNobodyListensNothingHappens() throws IOException {
        server.close();
        assertThat(manager(Duration.ofSeconds(20)).remove("c")).isInstanceOf(Answer.Failed.class);
    }
}
