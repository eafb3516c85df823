package dev.muster.worker.template;

/** A template cannot be read or expanded. The message quotes the action that is wrong and says why. */
public final class TemplateFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    TemplateFailure(String message) {
        super(message);
    }
}
