package dev.muster.manager;

/** The manager half of this node cannot start, or a cluster could not be made. The message is for the user. */
public final class ManagerFailure extends RuntimeException {
    ManagerFailure(String message) {
        super(message);
    }

    ManagerFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
