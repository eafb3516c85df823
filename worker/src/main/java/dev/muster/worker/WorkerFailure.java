package dev.muster.worker;

/** The worker as a whole could not do what it was asked; the message is for users. */
public final class WorkerFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    WorkerFailure(String message) {
        super(message);
    }

    WorkerFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
