package dev.muster.stack.grammar;

/** A text that does not follow its grammar. The message is for the user who wrote it. */
public final class SyntaxFailure extends RuntimeException {

    public SyntaxFailure(String message) {
        super(message);
    }
}
