package dev.muster.cli.console;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Asks the user yes or no; everything but yes is no. */
public final class Question {

    private static final int MOST = 100;

    private Question() {}

    public static boolean ask(Console console, String question) {
        console.out().print(question);
        console.out().flush();
        StringBuilder answer = new StringBuilder();
        try {
            for (int next = console.in().read();
                    next >= 0 && next != '\n' && answer.length() < MOST;
                    next = console.in().read()) {
                answer.append(new String(new byte[] {(byte) next}, StandardCharsets.ISO_8859_1));
            }
        } catch (IOException _) {
            return false;
        }
        String word = answer.toString().strip().toLowerCase(Locale.ROOT);
        return word.equals("y") || word.equals("yes");
    }
}
