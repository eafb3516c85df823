package dev.muster.worker.journal;

/** The journal cannot be read or written. The message names the file and the reason. */
public final class JournalFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    public JournalFailure(String message, Throwable cause) {
        super(message, cause);
    }

    public JournalFailure(String message) {
        super(message);
    }
}
