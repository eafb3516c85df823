package dev.muster.manager.raft;

/** The log, its snapshots, its keys or its transport failed. Says what, where, and what to do. */
public final class RaftException extends RuntimeException {
    public RaftException(String message) {
        super(message);
    }

    public RaftException(String message, Throwable cause) {
        super(message, cause);
    }
}
