package dev.muster.manager;

/** A manager's keys do not open: it is locked, and needs the cluster's unlock key. */
public final class ManagerLocked extends RuntimeException {
    private static final long serialVersionUID = 1;

    ManagerLocked(Throwable cause) {
        super(cause.getMessage(), cause);
    }
}
