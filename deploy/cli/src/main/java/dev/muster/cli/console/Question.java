package dev.muster.cli.console;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** Asks the user on the terminal, or reads the answer from what standard input is instead. */
public final class Question {

    private static final int MOST = 1000;

    private Question() {}

    /** Asks yes or no; everything but yes is no. */
    public static boolean ask(Console console, String question) {
        console.out().print(question);
        console.out().flush();
        String word = line(console).strip().toLowerCase(Locale.ROOT);
        return word.equals("y") || word.equals("yes");
    }

    /**
     * Asks for something that must not be seen: a terminal shows nothing of it. Without a terminal, the first line.
     *
     * @return empty if the terminal cannot be kept from showing it
     */
    public static Optional<String> secret(Console console, String question) {
        if (!console.terminal().in()) {
            return Optional.of(line(console).strip());
        }
        console.out().print(question);
        console.out().flush();
        // An interrupt in the middle must not leave the terminal silent.
        Thread restore = new Thread(() -> echo(true));
        Runtime.getRuntime().addShutdownHook(restore);
        if (!echo(false)) {
            return Optional.empty();
        }
        try {
            return Optional.of(line(console).strip());
        } finally {
            echo(true);
            Runtime.getRuntime().removeShutdownHook(restore);
            console.print("");
        }
    }

    private static boolean echo(boolean on) {
        try {
            Process process = new ProcessBuilder("stty", on ? "echo" : "-echo")
                    .redirectInput(Redirect.INHERIT)
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
            return process.onExit().join().exitValue() == 0;
        } catch (IOException _) {
            return false;
        }
    }

    private static String line(Console console) {
        var answer = new ByteArrayOutputStream();
        try {
            for (int next = console.in().read();
                    next >= 0 && next != '\n' && answer.size() < MOST;
                    next = console.in().read()) {
                answer.write(next);
            }
        } catch (IOException _) {
            return "";
        }
        return answer.toString(StandardCharsets.ISO_8859_1);
    }
}
