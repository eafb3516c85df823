package dev.muster.worker.image;

/**
 * An image could not be found, fetched or unpacked. The message names the image, the registry, the reason and what to
 * do.
 */
public final class ImageFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What sort of failure it is. */
    public enum Kind {
        /** The reference is not well formed. */
        INVALID_REFERENCE,
        /** The registry has no such image. */
        NOT_FOUND,
        /** The registry wants credentials, or other ones. */
        UNAUTHORIZED,
        /** The registry does not answer, or answers with an error of its own. */
        UNREACHABLE,
        /** The image is there, but not for this kind of machine. */
        WRONG_PLATFORM,
        /** What the registry sent is not what its digest says, is too large, or is no image. */
        CORRUPT,
        /** The registry's configuration on this host is wrong. */
        CONFIGURATION,
        /** This node could not store or unpack it. */
        LOCAL
    }

    private final Kind kind;

    public ImageFailure(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public ImageFailure(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** True if the same call may succeed later with nothing changed. */
    public boolean temporary() {
        return switch (kind) {
            case UNREACHABLE, LOCAL -> true;
            case INVALID_REFERENCE, NOT_FOUND, UNAUTHORIZED, WRONG_PLATFORM, CORRUPT, CONFIGURATION -> false;
        };
    }
}
