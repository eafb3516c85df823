package dev.muster.manager.state;

/** Log or snapshot cannot be read by this program: fatal for this manager, harmless for the others. */
public final class UnreadableLogException extends RuntimeException {
    public UnreadableLogException(String message) {
        super(message);
    }

    public UnreadableLogException(String message, Throwable cause) {
        super(message, cause);
    }
}
