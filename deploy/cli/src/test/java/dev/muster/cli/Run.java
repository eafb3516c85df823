package dev.muster.cli;

import dev.muster.cli.console.Console;
import dev.muster.cli.console.Console.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One command line run in this process: what it printed, and its exit code. */
public record Run(int status, String out, String err) {

    public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    /** Words are split at blanks; a blank inside a word is written as _. */
    public static Run of(FakeDaemon daemon, String line) {
        return of(daemon, line, "");
    }

    public static Run of(FakeDaemon daemon, String line, String input) {
        List<String> words = List.of(line.split(" ")).stream()
                .map(word -> word.replace('_', ' '))
                .toList();
        return of(words, input, Map.of("MUSTER_HOST", daemon.host()), daemon.directory(), Terminal.NONE);
    }

    public static Run of(
            List<String> words, String input, Map<String, String> environment, Path directory, Terminal terminal) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Map<String, String> variables = new HashMap<>(environment);
        variables.putIfAbsent("HOME", "/nonexistent");
        var console = new Console(
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, false, StandardCharsets.UTF_8),
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                terminal,
                variables,
                directory,
                () -> NOW,
                System::nanoTime);
        int status = Muster.run(words, console);
        return new Run(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
