package dev.muster.worker.template;

import java.util.List;

/** A function that templates may call by name. */
@FunctionalInterface
public interface TemplateFunction {

    /**
     * Values are texts, {@link Long}, {@link Boolean}, and {@link java.util.Map} of text to values. Texts hold one byte of
     * UTF-8 per character, as {@link Template#bytes} makes them.
     *
     * @throws TemplateFailure through {@link Template#failure}, if the arguments are wrong
     */
    Object call(List<Object> arguments);
}
