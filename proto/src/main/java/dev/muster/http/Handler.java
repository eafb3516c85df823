package dev.muster.http;

import java.io.IOException;

/**
 * Answers one request. Called on a virtual thread of its own, so it may block; it must answer through the exchange before it
 * returns. What it throws becomes an error response when nothing has been sent yet, and closes the connection otherwise.
 */
@FunctionalInterface
public interface Handler {
    /**
     * Answers the request.
     *
     * @throws HttpFailure for an error response with a status and a message of the handler's choice
     * @throws IOException when the client is gone
     */
    void handle(Exchange exchange) throws IOException;
}
