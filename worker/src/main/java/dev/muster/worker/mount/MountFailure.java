package dev.muster.worker.mount;

/** The kernel refused a mount call. The message names the call, the path and the kernel's reason. */
public final class MountFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int errno;

    MountFailure(String what, int errno, String reason) {
        super(what + ": " + reason);
        this.errno = errno;
    }

    /** As in errno(3); positive. */
    public int errno() {
        return errno;
    }
}
