package dev.muster.cli.completion;

import dev.muster.cli.command.Command;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Flags;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** {@code muster completion bash|zsh}. */
public final class CompletionCommand {

    private CompletionCommand() {}

    public static Command command() {
        return Command.of(
                        "completion",
                        "bash|zsh",
                        "Print a completion script for a shell",
                        Flags::none,
                        CompletionCommand::run)
                .arguments(1, 1);
    }

    private static int run(Invocation invocation) {
        String shell = invocation.arguments().first();
        if (!shell.equals("bash") && !shell.equals("zsh")) {
            throw new CommandFailure("unknown shell " + shell + ": there are scripts for bash and zsh");
        }
        try (InputStream script = CompletionCommand.class.getResourceAsStream("completion." + shell)) {
            if (script == null) {
                throw new IllegalStateException("completion." + shell + " is missing from the jar");
            }
            invocation.console().out().print(new String(script.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return 0;
    }
}
