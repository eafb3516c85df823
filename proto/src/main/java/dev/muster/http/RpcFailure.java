package dev.muster.http;

/** A call's expected failure: a code and a message for the user. */
public final class RpcFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final RpcCode code;

    public RpcFailure(RpcCode code, String message) {
        super(message);
        this.code = code;
    }

    public RpcCode code() {
        return code;
    }

    String json() {
        String message = getMessage();
        return "{\"code\":" + JsonText.quote(code.wireName()) + ",\"message\":"
                + JsonText.quote(message == null ? "" : message) + "}";
    }
}
