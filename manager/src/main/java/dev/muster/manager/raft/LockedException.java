package dev.muster.manager.raft;

/** The key that opens this manager's data keys is not on its disk: an operator has to unlock it. */
public final class LockedException extends RuntimeException {
    public LockedException(String message) {
        super(message);
    }
}
