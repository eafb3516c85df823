package dev.muster.pki;

/** A key, certificate, request or identity file that cannot be used; the message says which and why. Never temporary. */
public final class PkiFailure extends RuntimeException {
    public PkiFailure(String message) {
        super(message);
    }

    public PkiFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
