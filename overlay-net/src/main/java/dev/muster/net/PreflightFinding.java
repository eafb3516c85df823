package dev.muster.net;

/**
 * Something that the host lacks.
 *
 * @param check what was looked at, one word ({@code vxlan})
 * @param problem what is wrong, as a sentence
 * @param remedy what to do about it, as a sentence
 */
public record PreflightFinding(Severity severity, String check, String problem, String remedy) {
    public enum Severity {
        /** The overlay cannot work. */
        FATAL,
        /** A part of it may not work. */
        WARNING
    }

    @Override
    public String toString() {
        return severity + " " + check + ": " + problem + " " + remedy;
    }
}
