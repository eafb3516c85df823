package dev.muster.stack.grammar;

import java.util.ArrayList;
import java.util.List;

/** Splits a command line into words as a shell does: quotes and backslashes, no expansion of anything. */
public final class ShellWords {

    private ShellWords() {}

    public static List<String> split(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        for (int i = 0; i < line.length(); i++) {
            char letter = line.charAt(i);
            if (quote == '\'' || (quote == '"' && letter == '"')) {
                if (letter == quote) {
                    quote = 0;
                } else {
                    word.append(letter);
                }
            } else if (letter == '\\') {
                if (++i == line.length()) {
                    throw new SyntaxFailure("invalid command line string: it ends in a backslash");
                }
                inWord = true;
                char next = line.charAt(i);
                if (quote == '"' && "\"\\$`".indexOf(next) < 0) {
                    word.append('\\');
                }
                word.append(next);
            } else if (quote == '"') {
                word.append(letter);
            } else if (letter == '"' || letter == '\'') {
                quote = letter;
                inWord = true;
            } else if (" \t\r\n".indexOf(letter) >= 0) {
                if (inWord) {
                    words.add(word.toString());
                    word.setLength(0);
                    inWord = false;
                }
            } else {
                inWord = true;
                word.append(letter);
            }
        }
        if (quote != 0) {
            throw new SyntaxFailure("invalid command line string: a " + quote + " is not closed");
        }
        if (inWord) {
            words.add(word.toString());
        }
        return words;
    }
}
