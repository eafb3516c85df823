package dev.muster.cli.command;

import dev.muster.cli.flag.Flags;
import java.util.List;
import java.util.function.Supplier;

/**
 * One command. Flags are made only when the command is used: there are hundreds in all.
 *
 * @param usage what follows the command's name in its usage line
 * @param least the least number of arguments
 * @param most the greatest number of arguments; {@link #ANY} if there is no bound
 * @param interspersed whether flags may come after arguments
 */
public record Command(
        String name,
        List<String> aliases,
        String usage,
        String summary,
        int least,
        int most,
        boolean interspersed,
        Supplier<Flags> flags,
        Action action) {

    public static final int ANY = Integer.MAX_VALUE;

    /** Does the work; returns the exit code. */
    @FunctionalInterface
    public interface Action {
        int run(Invocation invocation);
    }

    public static Command of(String name, String usage, String summary, Supplier<Flags> flags, Action action) {
        return new Command(name, List.of(), usage, summary, 0, 0, true, flags, action);
    }

    public Command alias(String... names) {
        return new Command(name, List.of(names), usage, summary, least, most, interspersed, flags, action);
    }

    public Command arguments(int fewest, int greatest) {
        return new Command(name, aliases, usage, summary, fewest, greatest, interspersed, flags, action);
    }

    /** What comes after the first argument is not read as flags: it is somebody else's command line. */
    public Command flagsFirst() {
        return new Command(name, aliases, usage, summary, least, most, false, flags, action);
    }

    public boolean isCalled(String word) {
        return name.equals(word) || aliases.contains(word);
    }

    /** A command that is known, described in help, and not there yet. */
    public static Command notYet(String name, String usage, String summary, Supplier<Flags> flags) {
        return new Command(name, List.of(), usage, summary, 0, ANY, true, flags, invocation -> {
            throw new CommandFailure(invocation.path() + " is not supported yet");
        });
    }
}
