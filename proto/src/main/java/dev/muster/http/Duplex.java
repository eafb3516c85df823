package dev.muster.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A connection after it was taken over: raw bytes both ways. The input ends when the client has shut down its sending side;
 * closing the output shuts down ours; {@link #close} ends both.
 */
public record Duplex(InputStream input, OutputStream output, Runnable closing) implements AutoCloseable {
    @Override
    public void close() throws IOException {
        output.close();
        input.close();
        closing.run();
    }
}
