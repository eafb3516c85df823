package dev.muster.manager.trust;

/** A certificate could not be had, or a root not be used. The message is for the user. */
public final class TrustFailure extends RuntimeException {
    private final boolean temporary;

    private TrustFailure(String message, boolean temporary) {
        super(message);
        this.temporary = temporary;
    }

    /** What the user asks for cannot be. */
    public static TrustFailure refused(String message) {
        return new TrustFailure(message, false);
    }

    /** An authority outside does not answer as it should: trying later may help. */
    public static TrustFailure temporary(String message) {
        return new TrustFailure(message, true);
    }

    public boolean temporary() {
        return temporary;
    }
}
