package dev.muster.manager.control;

import dev.muster.http.RpcCode;

/** A request that is refused or cannot be served now: nothing changed. The message is for the user, in swarm's words. */
public final class ControlFailure extends RuntimeException {
    private final RpcCode code;

    public ControlFailure(RpcCode code, String message) {
        super(message);
        this.code = code;
    }

    public RpcCode code() {
        return code;
    }

    public String text() {
        var message = getMessage();
        return message == null ? code.wireName() : message;
    }

    public static ControlFailure invalid(String message) {
        return new ControlFailure(RpcCode.INVALID_ARGUMENT, message);
    }

    static ControlFailure notFound(String what, String reference) {
        return new ControlFailure(RpcCode.NOT_FOUND, what + " " + reference + " not found");
    }

    static ControlFailure precondition(String message) {
        return new ControlFailure(RpcCode.FAILED_PRECONDITION, message);
    }

    static ControlFailure exists(String message) {
        return new ControlFailure(RpcCode.ALREADY_EXISTS, message);
    }

    static ControlFailure unimplemented(String message) {
        return new ControlFailure(RpcCode.UNIMPLEMENTED, message);
    }

    /** Something swarm has and this version has not: said, never ignored. */
    static ControlFailure notYet(String what) {
        return unimplemented(what + ": not supported yet");
    }

    /** The object was written since the caller read it. Swarm has no code of its own for it: clients look at the text. */
    static ControlFailure outOfSequence() {
        return new ControlFailure(RpcCode.UNKNOWN, "update out of sequence");
    }

    public static ControlFailure unavailable(String message) {
        return new ControlFailure(RpcCode.UNAVAILABLE, message);
    }
}
