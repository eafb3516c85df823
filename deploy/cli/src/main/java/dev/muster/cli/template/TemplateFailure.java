package dev.muster.cli.template;

/** A template that cannot be read, or does not fit the value that it is rendered with. */
public final class TemplateFailure extends RuntimeException {

    public TemplateFailure(String message) {
        super(message);
    }
}
