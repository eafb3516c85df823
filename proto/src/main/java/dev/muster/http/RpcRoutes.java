package dev.muster.http;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/**
 * Routes for a service's calls over plain HTTP, in the manner of the Connect protocol: {@code POST /SERVICE/METHOD} with a
 * protobuf body. Answers are a protobuf body, or an error as JSON with a fitting status. Streaming answers come in envelopes: one
 * flag byte, four bytes of length, payload; the last envelope has flag 2 and says in JSON how it ended.
 */
public final class RpcRoutes {
    /** As large as a log entry may be: nothing larger could be stored anyway. */
    private static final int LARGEST_REQUEST_BYTES = 16 * 1024 * 1024;

    private static final String UNARY = "application/proto";
    private static final String STREAMING = "application/connect+proto";
    private static final int END_OF_STREAM = 2;

    /** Takes the messages of a streaming answer. */
    @FunctionalInterface
    public interface Responses<R> {
        /**
         * Sends one.
         *
         * @throws IOException when the caller has gone
         */
        void send(R response) throws IOException;
    }

    /** A call with a streaming answer; runs until the stream ends. */
    @FunctionalInterface
    public interface StreamingCall<Q, R> {
        void call(Q request, Responses<R> responses, Exchange exchange) throws IOException;
    }

    private final Router router;
    private final String service;
    private final Function<RuntimeException, RpcFailure> failures;

    /**
     * @param service the service's full name: {@code muster.v1.Control}
     * @param failures says what an exception of a call means to its caller
     */
    public RpcRoutes(Router router, String service, Function<RuntimeException, RpcFailure> failures) {
        this.router = router;
        this.service = service;
        this.failures = failures;
    }

    /** Adds a call with one answer. */
    public <Q extends MessageLite, R extends MessageLite> RpcRoutes unary(
            String method, Parser<Q> requests, Function<Q, R> call) {
        router.add("POST", "/" + service + "/" + method, exchange -> {
            byte[] answer;
            try {
                requireType(exchange, UNARY);
                byte[] body = exchange.bodyBytes(LARGEST_REQUEST_BYTES);
                answer = call.apply(parse(requests, body)).toByteArray();
            } catch (RuntimeException e) {
                RpcFailure failure = failure(e);
                exchange.respond(
                        failure.code().httpStatus(),
                        "application/json",
                        failure.json().getBytes(StandardCharsets.UTF_8));
                return;
            }
            exchange.respond(200, UNARY, answer);
        });
        return this;
    }

    /** Adds a call with any number of answers. */
    public <Q extends MessageLite, R extends MessageLite> RpcRoutes serverStreaming(
            String method, Parser<Q> requests, StreamingCall<Q, R> call) {
        router.add("POST", "/" + service + "/" + method, exchange -> {
            requireType(exchange, STREAMING);
            Q request = parse(requests, enveloped(exchange));
            try (OutputStream out = exchange.stream(200, STREAMING)) {
                String end = "{}";
                try {
                    call.call(request, response -> envelope(out, 0, response.toByteArray()), exchange);
                } catch (RuntimeException e) {
                    end = "{\"error\":" + failure(e).json() + "}";
                }
                envelope(out, END_OF_STREAM, end.getBytes(StandardCharsets.UTF_8));
            }
        });
        return this;
    }

    private RpcFailure failure(RuntimeException e) {
        return switch (e) {
            case RpcFailure known -> known;
            case HttpFailure http -> new RpcFailure(RpcCode.INVALID_ARGUMENT, http.text());
            default -> failures.apply(e);
        };
    }

    private static void requireType(Exchange exchange, String expected) {
        String type = exchange.header("Content-Type").orElse("");
        if (!type.equals(expected)) {
            throw new HttpFailure(415, "Content-Type must be " + expected + ", not '" + type + "'");
        }
    }

    private static <Q> Q parse(Parser<Q> parser, byte[] bytes) {
        try {
            return parser.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new RpcFailure(RpcCode.INVALID_ARGUMENT, "the request is not a valid message: " + e.getMessage());
        }
    }

    private static byte[] enveloped(Exchange exchange) throws IOException {
        var in = new DataInputStream(exchange.body());
        try {
            int flags = in.readUnsignedByte();
            int length = in.readInt();
            if (flags != 0 || length < 0 || length > LARGEST_REQUEST_BYTES) {
                throw new HttpFailure(400, "the request's envelope is malformed or too large");
            }
            byte[] payload = in.readNBytes(length);
            if (payload.length < length) {
                throw new HttpFailure(400, "the request ends within its envelope");
            }
            // A stream that carries one request ends after it; reading its end keeps the connection usable.
            if (in.read() >= 0) {
                throw new HttpFailure(400, "the call takes one request");
            }
            return payload;
        } catch (EOFException e) {
            throw new HttpFailure(400, "the request has no complete envelope");
        }
    }

    private static void envelope(OutputStream out, int flags, byte[] payload) throws IOException {
        byte[] framed = new byte[5 + payload.length];
        framed[0] = (byte) flags;
        ByteBuffer.wrap(framed, 1, 4 + payload.length).putInt(payload.length).put(payload);
        out.write(framed);
    }
}
