package dev.muster.cli.transport;

/** The daemon's no: its code and its words. */
public final class DaemonFailure extends RuntimeException {

    private final String code;
    private final String words;

    public DaemonFailure(String code, String words) {
        super("Error response from daemon: " + words);
        this.code = code;
        this.words = words;
    }

    /** As Connect names it, such as {@code not_found}. */
    public String code() {
        return code;
    }

    /** What the daemon said, without the prefix. */
    public String words() {
        return words;
    }

    public boolean isNotFound() {
        return code.equals("not_found");
    }
}
