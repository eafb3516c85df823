package dev.muster.cli.flag;

/**
 * One flag of a command.
 *
 * @param shorthand a letter, or 0 if there is none
 * @param word the type's name in help; empty for booleans, which take no value
 * @param repeats whether each use adds a value; else the last one counts
 * @param defaultText shown in help, and the value if the flag is not given; empty if there is none
 * @param check throws {@code SyntaxFailure} for a value that does not follow the flag's grammar
 * @param supported false: the flag is known, and using it is answered with "not supported yet"
 */
public record Flag(
        String name,
        char shorthand,
        String word,
        boolean repeats,
        String defaultText,
        String help,
        Check check,
        boolean supported) {

    /** Looks at a value without keeping it. */
    @FunctionalInterface
    public interface Check {
        void check(String value);
    }

    public boolean isBoolean() {
        return word.isEmpty();
    }

    /** {@code -q, --quiet}, or {@code --quiet} without a shorthand: as messages name the flag. */
    public String title() {
        return shorthand == 0 ? "--" + name : "-" + shorthand + ", --" + name;
    }

    Flag unsupported() {
        return new Flag(name, shorthand, word, repeats, defaultText, help, check, false);
    }
}
