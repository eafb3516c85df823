package dev.muster.worker.log;

/** A log cannot be written or read. The message says which, why and what to do. */
public final class LogFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What sort of failure it is. */
    public enum Kind {
        /** No log of that container is kept here. */
        NOT_FOUND,
        /** The driver does not keep what it takes, or is not supported yet. */
        UNSUPPORTED,
        /** An option of the driver is unknown or malformed. */
        INVALID,
        /** The file system failed. */
        IO
    }

    private final Kind kind;

    public LogFailure(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public LogFailure(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    public boolean temporary() {
        return kind == Kind.IO;
    }
}
