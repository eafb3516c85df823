package dev.muster.net;

import org.jspecify.annotations.Nullable;

/** The overlay could not do what it was asked to; the message says what, where and what to do. */
public final class OverlayException extends RuntimeException {
    private final boolean temporary;

    private OverlayException(String message, @Nullable Throwable cause, boolean temporary) {
        super(message, cause);
        this.temporary = temporary;
    }

    /** Trying again later may succeed without anybody changing anything. */
    public static OverlayException temporary(String message, Throwable cause) {
        return new OverlayException(message, cause, true);
    }

    public static OverlayException temporary(String message) {
        return new OverlayException(message, null, true);
    }

    /** Trying again is useless until somebody acts on the message. */
    public static OverlayException fatal(String message, Throwable cause) {
        return new OverlayException(message, cause, false);
    }

    public static OverlayException fatal(String message) {
        return new OverlayException(message, null, false);
    }

    public boolean temporary() {
        return temporary;
    }
}
