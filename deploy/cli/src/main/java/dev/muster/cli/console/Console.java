package dev.muster.cli.console;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * What a command is run in: streams, environment, directory, clocks. A test builds one over byte arrays.
 *
 * @param terminal which of the streams are terminals
 * @param nanos a monotonic clock
 */
public record Console(
        PrintStream out,
        PrintStream err,
        InputStream in,
        Terminal terminal,
        Map<String, String> environment,
        Path directory,
        InstantSource clock,
        LongSupplier nanos) {

    /** The width of lines if the terminal does not say. */
    private static final int DEFAULT_COLUMNS = 80;

    public Console {
        environment = Map.copyOf(environment);
    }

    public record Terminal(boolean in, boolean out, int columns) {
        public static final Terminal NONE = new Terminal(false, false, DEFAULT_COLUMNS);
    }

    public String variable(String name) {
        return environment.getOrDefault(name, "");
    }

    /** Colours and cursor movement only on a terminal, and not where the user does not want them. */
    public boolean colours() {
        return terminal.out()
                && variable("NO_COLOR").isEmpty()
                && !variable("TERM").equals("dumb");
    }

    public void print(String line) {
        out.print(line);
        out.print('\n');
    }

    public void warn(String line) {
        err.print(line);
        err.print('\n');
    }
}
