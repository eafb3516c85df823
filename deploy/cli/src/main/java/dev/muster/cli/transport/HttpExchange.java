package dev.muster.cli.transport;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** One HTTP/1.1 request on a connection, and its response. RFC 9112, as far as one client and one server need it. */
final class HttpExchange {

    /** Lines of the response's head are short; this is against whoever else may answer on the socket. */
    private static final int MOST_LINE = 16 << 10;

    private static final int MOST_HEADERS = 100;

    private final InputStream input;
    private final int status;
    private final Map<String, String> headers;

    private HttpExchange(InputStream input, int status, Map<String, String> headers) {
        this.input = input;
        this.status = status;
        this.headers = headers;
    }

    /** Sends a request and reads the head of its response. An empty content type: no body. */
    static HttpExchange send(UnixChannel channel, String method, String path, String contentType, byte[] body)
            throws IOException {
        StringBuilder head =
                new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: muster\r\nConnection: close\r\n");
        if (!contentType.isEmpty()) {
            head.append("Content-Type: ").append(contentType).append("\r\n");
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        channel.write(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
        channel.write(body);
        return readHead(channel.input());
    }

    private static HttpExchange readHead(InputStream input) throws IOException {
        while (true) {
            String line = line(input);
            String[] words = line.split(" ", 3);
            if (words.length < 2 || !words[0].startsWith("HTTP/1.") || !words[1].matches("[1-5][0-9]{2}")) {
                throw new IOException("the answer is not HTTP: " + line.substring(0, Math.min(40, line.length())));
            }
            Map<String, String> headers = new HashMap<>();
            for (String header = line(input); !header.isEmpty(); header = line(input)) {
                int colon = header.indexOf(':');
                if (colon < 1 || headers.size() >= MOST_HEADERS) {
                    throw new IOException("the answer's headers are broken");
                }
                headers.put(
                        header.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                        header.substring(colon + 1).strip());
            }
            int status = Integer.parseInt(words[1]);
            if (status >= 200) {
                return new HttpExchange(input, status, headers);
            }
        }
    }

    private static String line(InputStream input) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = input.read(); next != '\n'; next = input.read()) {
            if (next < 0) {
                throw new EOFException("the daemon closed the connection");
            }
            if (line.size() >= MOST_LINE) {
                throw new IOException("the answer has a line that is too long");
            }
            line.write(next);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    int status() {
        return status;
    }

    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    /** The body as it comes; ends where the body ends. */
    InputStream body() {
        if (status == 204 || status == 304) {
            return InputStream.nullInputStream();
        }
        if (header("transfer-encoding").toLowerCase(Locale.ROOT).contains("chunked")) {
            return new ChunkedInput(input);
        }
        String length = header("content-length");
        return length.isEmpty() ? input : new FixedInput(input, Long.parseLong(length));
    }

    /** The whole body, if it is not larger than {@code most}. */
    byte[] bytes(int most) throws IOException {
        byte[] bytes = body().readNBytes(most + 1);
        if (bytes.length > most) {
            throw new IOException("the answer is larger than " + most + " bytes");
        }
        return bytes;
    }

    /** Exactly so many bytes; fewer are an error. */
    private static final class FixedInput extends InputStream {
        private final InputStream input;
        private long left;

        private FixedInput(InputStream input, long length) {
            this.input = input;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int number = input.read(target, offset, (int) Math.min(length, left));
            if (number < 0) {
                throw new EOFException("the daemon closed the connection before the end of its answer");
            }
            left -= number;
            return number;
        }
    }

    /** RFC 9112, section 7.1. */
    private static final class ChunkedInput extends InputStream {
        private final InputStream input;
        private long left;
        private boolean first = true;
        private boolean ended;

        private ChunkedInput(InputStream input) {
            this.input = input;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (left == 0 && !ended) {
                nextChunk();
            }
            if (ended) {
                return -1;
            }
            int number = input.read(target, offset, (int) Math.min(length, left));
            if (number < 0) {
                throw new EOFException("the daemon closed the connection before the end of its answer");
            }
            left -= number;
            return number;
        }

        private void nextChunk() throws IOException {
            if (!first && !line(input).isEmpty()) {
                throw new IOException("the answer's chunks are broken");
            }
            first = false;
            String size = line(input);
            int semicolon = size.indexOf(';');
            String hex = (semicolon < 0 ? size : size.substring(0, semicolon)).strip();
            if (!hex.matches("[0-9a-fA-F]{1,8}")) {
                throw new IOException("the answer's chunks are broken");
            }
            left = Long.parseLong(hex, 16);
            if (left == 0) {
                ended = true;
                while (!line(input).isEmpty()) {
                    // Trailers: of no interest.
                }
            }
        }
    }
}
