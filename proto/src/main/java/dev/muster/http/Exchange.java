package dev.muster.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/**
 * One request and its response. Used by one handler thread; the response is started by exactly one of {@link #respond},
 * {@link #stream} and {@link #hijack}.
 */
public interface Exchange {
    /** The method in upper case: {@code GET}. */
    String method();

    /** The decoded path without the query. */
    String path();

    /** What a {@code {name}} of the route's pattern matched. */
    String pathParameter(String name);

    /** The first value of a query parameter. */
    Optional<String> query(String name);

    List<String> queryAll(String name);

    Optional<String> header(String name);

    /** The request's body; empty if it has none. */
    InputStream body();

    /**
     * The whole body.
     *
     * @throws HttpFailure 413 if it is larger than the limit
     */
    default byte[] bodyBytes(int limitBytes) throws IOException {
        byte[] bytes = body().readNBytes(limitBytes + 1);
        if (bytes.length > limitBytes) {
            throw new HttpFailure(413, "request body is larger than " + limitBytes + " bytes");
        }
        return bytes;
    }

    /** A header of the coming response; replaces an earlier one of the same name. */
    Exchange responseHeader(String name, String value);

    /** A whole response; to HEAD only its head is sent. */
    void respond(int status, String contentType, byte[] body) throws IOException;

    /** A response without a body and without a content type. */
    void respond(int status) throws IOException;

    /** A response of unknown length; its head is sent at once. Closing the stream ends it. */
    OutputStream stream(int status, String contentType) throws IOException;

    /**
     * Takes the connection over after the response head: {@code 101} with {@code Upgrade: tcp} if the client asked for that, else
     * {@code 200}. What follows is not HTTP.
     */
    Duplex hijack(String contentType) throws IOException;

    /** Whether a response has been started. */
    boolean answered();

    /** Runs once when the client has gone before the response was complete; at once if it is gone already. */
    void onClientGone(Runnable action);

    /** The same exchange seen under another path, for handlers that strip a prefix and pass it on. */
    Exchange at(String path);
}
