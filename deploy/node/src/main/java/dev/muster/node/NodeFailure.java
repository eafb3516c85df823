package dev.muster.node;

import dev.muster.http.RpcCode;

/** A request to the local daemon that is refused: nothing changed. The message is for the user. */
final class NodeFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final RpcCode code;

    NodeFailure(RpcCode code, String message) {
        super(message);
        this.code = code;
    }

    RpcCode code() {
        return code;
    }

    String text() {
        return String.valueOf(getMessage());
    }

    /** What belongs to a cluster while this node is in none, or the reverse: 503 in the Docker-compatible API. */
    static NodeFailure unavailable(String message) {
        return new NodeFailure(RpcCode.UNAVAILABLE, message);
    }

    static NodeFailure invalid(String message) {
        return new NodeFailure(RpcCode.INVALID_ARGUMENT, message);
    }
}
