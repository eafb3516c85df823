package dev.muster.cli.transport;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.muster.cli.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The local daemon. Each call has its own connection, which costs little on a unix socket. One thread. Throws
 * {@link DaemonFailure} for what the daemon refuses and {@link UnreachableFailure} for everything that keeps it from
 * answering.
 */
public final class Daemon {

    /** The slowest call is a join, which the daemon itself gives up after 20 s, and a deploy that asks registries. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** The largest answer is a list of all tasks: some hundred bytes each. */
    private static final int MOST_BYTES = 256 << 20;

    private static final int MOST_ENVELOPE = 16 << 20;
    private static final int END_OF_STREAM = 2;
    private static final int COMPRESSED = 1;

    private final Supplier<DaemonAddress> where;
    private final LongSupplier nanos;
    private final Duration patience;

    public Daemon(Supplier<DaemonAddress> where, LongSupplier nanos) {
        this(where, nanos, PATIENCE);
    }

    public Daemon(Supplier<DaemonAddress> where, LongSupplier nanos, Duration patience) {
        this.where = where;
        this.nanos = nanos;
        this.patience = patience;
    }

    /** Looked up when first needed: commands that need no daemon do not care where it would be. */
    public DaemonAddress address() {
        return where.get();
    }

    /** Calls a method of muster.v1.Control. */
    public <T> T control(String method, Message request, Parser<T> response) {
        return call("muster.v1.Control", method, request, response);
    }

    /** Calls a method of muster.v1.NodeControl. */
    public <T> T node(String method, Message request, Parser<T> response) {
        return call("muster.v1.NodeControl", method, request, response);
    }

    private <T> T call(String service, String method, Message request, Parser<T> response) {
        byte[] answer = exchange("POST", "/" + service + "/" + method, "application/proto", request.toByteArray());
        try {
            return response.parseFrom(answer);
        } catch (InvalidProtocolBufferException failure) {
            throw new UnreachableFailure("The answer of the daemon at " + address() + " to " + method
                    + " cannot be read: " + failure.getMessage());
        }
    }

    /** The JSON of a Docker-compatible route. */
    public String json(String path) {
        return new String(exchange("GET", path, "", new byte[0]), StandardCharsets.UTF_8);
    }

    /** On a connection of its own: a call that may have been taken must not be sent twice. */
    private byte[] exchange(String method, String path, String contentType, byte[] body) {
        try (UnixChannel channel = UnixChannel.connect(address().socket(), nanos, patience)) {
            HttpExchange exchange = HttpExchange.send(channel, method, path, contentType, body);
            byte[] answer = exchange.bytes(MOST_BYTES);
            if (exchange.status() / 100 != 2) {
                throw refusal(exchange.status(), answer);
            }
            return answer;
        } catch (IOException failure) {
            throw unreachable(failure);
        }
    }

    /**
     * Calls a method of muster.v1.Control that answers with a stream. Returns when the stream ends; waits between
     * messages for as long as it takes.
     */
    public <T> void stream(String method, Message request, Parser<T> response, Consumer<T> messages) {
        stream("muster.v1.Control", method, request, response, messages);
    }

    /** The same of muster.v1.NodeControl. */
    public <T> void nodeStream(String method, Message request, Parser<T> response, Consumer<T> messages) {
        stream("muster.v1.NodeControl", method, request, response, messages);
    }

    private <T> void stream(String service, String method, Message request, Parser<T> response, Consumer<T> messages) {
        byte[] payload = request.toByteArray();
        byte[] envelope = ByteBuffer.allocate(5 + payload.length)
                .put((byte) 0)
                .putInt(payload.length)
                .put(payload)
                .array();
        try (UnixChannel channel = UnixChannel.connect(address().socket(), nanos, patience)) {
            String path = "/" + service + "/" + method;
            HttpExchange exchange = HttpExchange.send(channel, "POST", path, "application/connect+proto", envelope);
            if (exchange.status() / 100 != 2) {
                throw refusal(exchange.status(), exchange.bytes(MOST_ENVELOPE));
            }
            channel.waitForever();
            receive(exchange.body(), response, messages);
        } catch (IOException failure) {
            throw unreachable(failure);
        }
    }

    private <T> void receive(InputStream body, Parser<T> response, Consumer<T> messages) throws IOException {
        while (true) {
            byte[] head = body.readNBytes(5);
            if (head.length < 5) {
                throw new IOException("the stream broke off");
            }
            int flags = head[0];
            int length = ByteBuffer.wrap(head, 1, 4).getInt();
            if (length < 0 || length > MOST_ENVELOPE || (flags & COMPRESSED) != 0) {
                throw new IOException("the stream has an envelope that cannot be read");
            }
            byte[] payload = body.readNBytes(length);
            if (payload.length < length) {
                throw new IOException("the stream broke off");
            }
            if ((flags & END_OF_STREAM) != 0) {
                endOfStream(new String(payload, StandardCharsets.UTF_8));
                return;
            }
            messages.accept(response.parseFrom(payload));
        }
    }

    private static void endOfStream(String json) throws IOException {
        if (Json.parse(json) instanceof Map<?, ?> end && end.get("error") instanceof Map<?, ?> error) {
            throw new DaemonFailure(text(error.get("code")), text(error.get("message")));
        }
    }

    private static DaemonFailure refusal(int status, byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8).strip();
        try {
            if (Json.parse(text) instanceof Map<?, ?> error && error.get("message") != null) {
                String code = text(error.get("code"));
                return new DaemonFailure(code.isEmpty() ? code(status) : code, text(error.get("message")));
            }
        } catch (IllegalArgumentException _) {
            // Not JSON: the text itself says what there is to say.
        }
        return new DaemonFailure(code(status), text.isEmpty() ? "HTTP status " + status : text);
    }

    private static String code(int status) {
        return switch (status) {
            case 400 -> "invalid_argument";
            case 404 -> "not_found";
            case 409 -> "already_exists";
            case 501 -> "unimplemented";
            case 503 -> "unavailable";
            default -> "unknown";
        };
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }

    private UnreachableFailure unreachable(IOException failure) {
        String reason = String.valueOf(failure.getMessage());
        String socket = address().socket();
        if (reason.contains("Permission denied")) {
            return new UnreachableFailure("Permission denied for the socket of the Muster daemon at " + address()
                    + ": run the command as root");
        }
        if (failure instanceof SocketException) {
            return new UnreachableFailure("Cannot connect to the Muster daemon at " + address()
                    + ". Is the musterd daemon running? Start it with 'systemctl start muster' or 'musterd', or name"
                    + " its socket with -H or MUSTER_HOST (" + socket + ": " + reason + ")");
        }
        return new UnreachableFailure("No answer from the Muster daemon at " + address() + ": " + reason);
    }
}
