package dev.muster.cli.flag;

/** Arguments that a command does not take. The message is what the user reads before the usage line. */
public final class UsageFailure extends RuntimeException {

    /** For a flag that is unknown or has a broken value. */
    public static final int FLAG = 125;

    /** For a wrong number of arguments. */
    public static final int ARGUMENTS = 1;

    private final int exitCode;

    public UsageFailure(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
