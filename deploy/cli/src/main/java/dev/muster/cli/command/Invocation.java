package dev.muster.cli.command;

import dev.muster.cli.console.Console;
import dev.muster.cli.flag.Arguments;
import dev.muster.cli.transport.Daemon;

/**
 * One run of a command.
 *
 * @param path the command as the user calls it: {@code muster service create}
 * @param daemon connects when first asked
 */
public record Invocation(String path, Command command, Arguments arguments, Console console, Daemon daemon) {

    /** Prints a line on standard output. */
    public void print(String line) {
        console.print(line);
    }

    public boolean is(String flag) {
        return arguments.is(flag);
    }

    public String text(String flag) {
        return arguments.text(flag);
    }

    /** Prints the command's help: for one that does nothing unless it is told what. */
    public void printHelp() {
        console.out()
                .print(new Help(console.terminal().columns())
                        .ofCommand(path, command, command.flags().get()));
    }

    public CommandFailure failure(String message) {
        return new CommandFailure(message);
    }
}
