package dev.muster.worker.secret;

/** Files for a container could not be put in place. The message says where and why, never what is in them. */
public final class SecretFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    public SecretFailure(String message) {
        super(message);
    }

    public SecretFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
