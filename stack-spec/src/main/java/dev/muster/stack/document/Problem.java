package dev.muster.stack.document;

/**
 * One thing that is wrong with a document: where, what, and what was expected or may help (empty if the message says
 * it all).
 */
public record Problem(Position at, String message, String hint) {

    /** {@code FILE:LINE:COLUMN: MESSAGE (HINT)}. */
    @Override
    public String toString() {
        return at + ": " + message + (hint.isEmpty() ? "" : " (" + hint + ")");
    }
}
