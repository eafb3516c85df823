package dev.muster.worker.runtime;

/** The runtime could not do what it was asked. The message says what, for which container or image, and why. */
public final class RuntimeFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What sort of failure it is. */
    public enum Kind {
        /** No such container, image or process. */
        NOT_FOUND,
        /** A container of that id is there already. */
        ALREADY_EXISTS,
        /** The plan cannot work: unknown user, missing command, bad option. Trying again will not help. */
        INVALID,
        /** The plan asks for something that this version cannot do. */
        UNSUPPORTED,
        /** The runtime does not answer; it may later. */
        UNAVAILABLE,
        /** The runtime did not answer in time; whether it acted is unknown. */
        TIMEOUT,
        /** The runtime failed in its own way. */
        INTERNAL
    }

    private final Kind kind;

    public RuntimeFailure(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public RuntimeFailure(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** True if the same call may succeed later with nothing changed. */
    public boolean temporary() {
        return switch (kind) {
            case UNAVAILABLE, TIMEOUT -> true;
            case NOT_FOUND, ALREADY_EXISTS, INVALID, UNSUPPORTED, INTERNAL -> false;
        };
    }
}
