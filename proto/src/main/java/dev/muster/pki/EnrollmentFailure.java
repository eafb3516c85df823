package dev.muster.pki;

/** A node got no certificate. The message is for the user. */
public final class EnrollmentFailure extends RuntimeException {
    /** Why, as far as the caller acts on it. */
    public enum Reason {
        /** No manager answered in time: trying later may help. */
        UNREACHABLE,
        /** The manager is not of the cluster that the token names. */
        WRONG_CLUSTER,
        /** The manager refuses: wrong or outdated token, removed node, expired certificate. */
        REFUSED,
        /** The token or an address is malformed. */
        INVALID
    }

    private final Reason reason;

    public EnrollmentFailure(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    public boolean temporary() {
        return reason == Reason.UNREACHABLE;
    }
}
