package dev.muster.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;

/** One HTTP request a connection on a unix socket: the same small client for every endpoint that is compared. */
record UnixHttp(Path socket) {
    /** @throws IOException with the answer's body when its status is not 2xx */
    byte[] call(String method, String path, String contentType, byte[] body) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            String head = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
                    + contentType + "\r\nContent-Length: " + body.length + "\r\n\r\n";
            var out = new ByteArrayOutputStream();
            out.write(head.getBytes(ISO_8859_1));
            out.write(body);
            ByteBuffer request = ByteBuffer.wrap(out.toByteArray());
            while (request.hasRemaining()) {
                channel.write(request);
            }
            byte[] answer = Channels.newInputStream(channel).readAllBytes();
            return body(method + " " + path, answer);
        }
    }

    private static byte[] body(String what, byte[] answer) throws IOException {
        String text = new String(answer, ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            throw new IOException(what + ": no complete answer");
        }
        String head = text.substring(0, end);
        byte[] body = Arrays.copyOfRange(answer, end + 4, answer.length);
        if (head.toLowerCase(java.util.Locale.ROOT).contains("transfer-encoding: chunked")) {
            body = unchunk(body);
        }
        if (!head.startsWith("HTTP/1.1 2")) {
            throw new IOException(
                    what + ": " + head.lines().findFirst().orElse("") + " " + new String(body, ISO_8859_1));
        }
        return body;
    }

    private static byte[] unchunk(byte[] chunked) {
        var whole = new ByteArrayOutputStream();
        String text = new String(chunked, ISO_8859_1);
        int at = 0;
        while (true) {
            int line = text.indexOf("\r\n", at);
            int size = Integer.parseInt(text.substring(at, line).strip(), 16);
            if (size == 0) {
                return whole.toByteArray();
            }
            whole.write(chunked, line + 2, size);
            at = line + 2 + size + 2;
        }
    }
}
