package dev.muster.cli.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.muster.api.GetServiceRequest;
import dev.muster.api.GetServiceResponse;
import dev.muster.api.ListSecretsRequest;
import dev.muster.api.ListSecretsResponse;
import dev.muster.api.LogMessage;
import dev.muster.api.Secret;
import dev.muster.api.SecretSpec;
import dev.muster.api.Service;
import dev.muster.api.ServiceLogsRequest;
import dev.muster.api.ServiceLogsResponse;
import dev.muster.cli.FakeDaemon;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DaemonTest {

    private final FakeDaemon server = FakeDaemon.start();
    private final Daemon daemon =
            new Daemon(() -> DaemonAddress.parse(server.host()), System::nanoTime, Duration.ofSeconds(20));

    @AfterEach
    void stop() {
        server.close();
    }

    private Service get() {
        var request = GetServiceRequest.newBuilder().setId("web").build();
        return daemon.control("GetService", request, GetServiceResponse.parser())
                .getService();
    }

    private static GetServiceResponse web() {
        return GetServiceResponse.newBuilder()
                .setService(Service.newBuilder().setId("id"))
                .build();
    }

    @Test
    void sendsAProtobufCallAndReadsTheAnswer() {
        server.on("GetService", web());
        assertThat(get().getId()).isEqualTo("id");
        FakeDaemon.Request request = server.request("GetService");
        assertThat(request.method() + " " + request.path()).isEqualTo("POST /muster.v1.Control/GetService");
        assertThat(request.headers())
                .containsEntry("content-type", "application/proto")
                .containsEntry("connection", "close");
        assertThat(request.read(GetServiceRequest.parser()).getId()).isEqualTo("web");
    }

    @Test
    void readsChunkedAnswers() {
        var response = ListSecretsResponse.newBuilder();
        for (int i = 0; i < 1000; i++) {
            response.addSecrets(Secret.newBuilder()
                    .setSpec(SecretSpec.newBuilder().setData(ByteString.copyFromUtf8("x".repeat(i)))));
        }
        byte[] body = response.build().toByteArray();
        server.raw("ListSecrets", _ -> FakeDaemon.chunked("application/proto", body, 999));
        var answer =
                daemon.control("ListSecrets", ListSecretsRequest.getDefaultInstance(), ListSecretsResponse.parser());
        assertThat(answer).isEqualTo(response.build());
    }

    @Test
    void readsAnswersThatEndWithTheConnection() {
        byte[] head = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
        byte[] body = web().toByteArray();
        byte[] all = new byte[head.length + body.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(body, 0, all, head.length, body.length);
        server.raw("GetService", _ -> all);
        assertThat(get().getId()).isEqualTo("id");
    }

    @Test
    void passesOnWhatTheDaemonRefuses() {
        server.refuse("GetService", 404, "not_found", "service web not found");
        assertThatThrownBy(this::get)
                .isInstanceOfSatisfying(
                        DaemonFailure.class,
                        failure -> assertThat(failure.isNotFound()).isTrue())
                .hasMessage("Error response from daemon: service web not found");
    }

    @Test
    void readsRefusalsOfOtherForms() {
        server.raw(
                "GetService",
                _ -> "HTTP/1.1 409 Conflict\r\nContent-Length: 21\r\n\r\n{\"message\":\"in use\"}\n"
                        .getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(this::get)
                .isInstanceOfSatisfying(
                        DaemonFailure.class,
                        failure -> assertThat(failure.code()).isEqualTo("already_exists"))
                .hasMessage("Error response from daemon: in use");
        server.raw(
                "GetService",
                _ -> "HTTP/1.1 500 No\r\nContent-Length: 5\r\n\r\noops\n".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(this::get).hasMessage("Error response from daemon: oops");
        server.raw("GetService", _ -> "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(this::get).hasMessage("Error response from daemon: HTTP status 503");
    }

    @Test
    void readsStreamsToTheirEnd() {
        server.stream("ServiceLogs", "{}", line("a"), line("b"));
        List<String> lines = new ArrayList<>();
        daemon.stream(
                "ServiceLogs",
                ServiceLogsRequest.getDefaultInstance(),
                ServiceLogsResponse.parser(),
                response -> lines.add(response.getMessages(0).getLine().toStringUtf8()));
        assertThat(lines).containsExactly("a", "b");
        FakeDaemon.Request request = server.request("ServiceLogs");
        assertThat(request.headers()).containsEntry("content-type", "application/connect+proto");
        assertThat(request.body().toByteArray()).isEqualTo(new byte[5]);
    }

    @Test
    void aStreamMayEndInAnError() {
        server.stream(
                "ServiceLogs",
                "{\"error\":{\"code\":\"unavailable\",\"message\":\"node n is not available\"}}",
                line("a"));
        List<ServiceLogsResponse> seen = new ArrayList<>();
        assertThatThrownBy(() -> daemon.stream(
                        "ServiceLogs",
                        ServiceLogsRequest.getDefaultInstance(),
                        ServiceLogsResponse.parser(),
                        seen::add))
                .isInstanceOf(DaemonFailure.class)
                .hasMessage("Error response from daemon: node n is not available");
        assertThat(seen).hasSize(1);
    }

    @Test
    void aStreamThatBreaksOffIsAnError() {
        byte[] half = "HTTP/1.1 200 OK\r\n\r\n\0\0\0\0\7abc".getBytes(StandardCharsets.ISO_8859_1);
        server.raw("ServiceLogs", _ -> half);
        assertThatThrownBy(() -> daemon.stream(
                        "ServiceLogs", ServiceLogsRequest.getDefaultInstance(), ServiceLogsResponse.parser(), _ -> {}))
                .isInstanceOf(UnreachableFailure.class)
                .hasMessageContaining("the stream broke off");
    }

    private static ServiceLogsResponse line(String text) {
        return ServiceLogsResponse.newBuilder()
                .addMessages(LogMessage.newBuilder().setLine(ByteString.copyFromUtf8(text)))
                .build();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
                "HTTP/1.1 200 OK\r\nbroken\r\n\r\n",
                "SSH-2.0-OpenSSH\r\n",
                "HTTP/1.1 200",
                "",
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
            })
    void saysSoWhenAnAnswerCannotBeRead(String answer) {
        server.raw("GetService", _ -> answer.getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(this::get).isInstanceOf(UnreachableFailure.class).hasMessageContaining(server.host());
    }

    @Test
    void doesNotWaitForever() {
        var impatient = new Daemon(() -> DaemonAddress.parse(server.host()), System::nanoTime, Duration.ofMillis(50));
        server.raw("GetService", _ -> {
            LockSupport.parkNanos(Duration.ofSeconds(2).toNanos());
            return new byte[0];
        });
        assertThatThrownBy(() -> impatient.control(
                        "GetService", GetServiceRequest.getDefaultInstance(), GetServiceResponse.parser()))
                .isInstanceOf(UnreachableFailure.class)
                .hasMessageContaining("no answer within 0 s");
    }

    @Test
    void namesTheSocketWhereNobodyListens() {
        var nobody = new Daemon(() -> DaemonAddress.parse("unix:///nonexistent/s"), System::nanoTime);
        assertThatThrownBy(() -> nobody.json("/info"))
                .isInstanceOf(UnreachableFailure.class)
                .hasMessageStartingWith(
                        "Cannot connect to the Muster daemon at unix:///nonexistent/s. Is the musterd daemon running?")
                .hasMessageContaining("systemctl start muster");
    }

    @Test
    void findsTheHostInFlagAndEnvironment() {
        Map<String, String> both = Map.of("MUSTER_HOST", "unix:///m", "DOCKER_HOST", "unix:///d");
        assertThat(DaemonAddress.of(Optional.of("unix:///f"), both).socket()).isEqualTo("/f");
        assertThat(DaemonAddress.of(Optional.empty(), both).socket()).isEqualTo("/m");
        assertThat(DaemonAddress.of(Optional.empty(), Map.of("DOCKER_HOST", "unix:///d"))
                        .socket())
                .isEqualTo("/d");
        assertThat(DaemonAddress.of(Optional.empty(), Map.of()).socket()).isEqualTo("/run/muster/muster.sock");
        assertThat(DaemonAddress.parse("/a/b.sock").socket()).isEqualTo("/a/b.sock");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp://h:2375", "https://h", "ssh://root@h"})
    void saysThatOtherHostsAreNotSupportedYet(String host) {
        assertThatThrownBy(() -> DaemonAddress.parse(host))
                .isInstanceOf(UnreachableFailure.class)
                .hasMessageContaining("not supported yet");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "unix://", "nonsense", "fd://3"})
    void refusesWhatIsNoHost(String host) {
        assertThatThrownBy(() -> DaemonAddress.parse(host)).hasMessageContaining("expected unix:///PATH");
    }
}
