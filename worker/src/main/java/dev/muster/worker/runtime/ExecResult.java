package dev.muster.worker.runtime;

/** What became of a command run inside a container. */
public sealed interface ExecResult {

    /** The first part of what it wrote to both streams. */
    String output();

    /** It ended by itself. */
    record Ended(int exitCode, String output) implements ExecResult {}

    /** It was killed because its time was over. */
    record TimedOut(String output) implements ExecResult {}

    /** It could not be started, as with a command that is not in the image. */
    record NotStarted(String reason) implements ExecResult {
        @Override
        public String output() {
            return reason;
        }
    }
}
