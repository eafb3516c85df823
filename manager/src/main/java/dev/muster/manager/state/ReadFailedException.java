package dev.muster.manager.state;

/** A linearizable read could not be served: no leader, no majority, or not in time. Temporary. */
public final class ReadFailedException extends RuntimeException {
    public ReadFailedException(String message) {
        super(message);
    }

    public ReadFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
