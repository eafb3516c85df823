package dev.muster.worker.volume;

/** A volume cannot be made, used or removed. The message names it, the reason, and what to do. */
public final class VolumeFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What sort of failure it is. */
    public enum Kind {
        NOT_FOUND,
        /** Its name or an option is wrong, or it exists with other options. */
        INVALID,
        IN_USE,
        /** This version cannot do it. */
        UNSUPPORTED,
        /** The file system failed, or what is to be mounted does not answer. */
        IO
    }

    private final Kind kind;

    public VolumeFailure(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public VolumeFailure(Kind kind, String message, Throwable cause) {
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
