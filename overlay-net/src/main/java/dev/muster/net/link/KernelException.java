package dev.muster.net.link;

/** The kernel refused a request. */
public final class KernelException extends RuntimeException {
    private final int errno;

    KernelException(String what, int errno, String why) {
        super(what + ": " + why + " (errno " + errno + ")");
        this.errno = errno;
    }

    public int errno() {
        return errno;
    }

    /** Whether the same request may succeed a moment later. */
    public boolean temporary() {
        return errno == Errno.EAGAIN || errno == Errno.EBUSY || errno == Errno.ENOBUFS || errno == Errno.EINTR;
    }
}
