package dev.muster.cli.transport;

/** The daemon cannot be reached, or what it sends cannot be understood. The message says what to do. */
public final class UnreachableFailure extends RuntimeException {

    public UnreachableFailure(String message) {
        super(message);
    }
}
