package dev.muster.cli.command;

/** A command that cannot go on. The message is the last thing that the user reads. */
public final class CommandFailure extends RuntimeException {

    /** For templates that cannot be read. */
    public static final int TEMPLATE = 64;

    private final int exitCode;

    public CommandFailure(String message) {
        this(message, 1);
    }

    public CommandFailure(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
