package dev.muster.worker.template;

import java.util.ArrayList;
import java.util.List;

/** Walks through the text of one action. */
final class ActionTokens {
    private final String source;
    private final String text;
    private int at;

    /**
     * @param source the whole action, for messages
     * @param text the part to walk through
     */
    ActionTokens(String source, String text) {
        this.source = source;
        this.text = text;
    }

    TemplateFailure wrong(String why) {
        return new TemplateFailure("template: in {{" + Template.text(source) + "}}: " + why);
    }

    /** The next character that is no space; 0 at the end. */
    char peek() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at < text.length() ? text.charAt(at) : 0;
    }

    boolean skip(char expected) {
        if (peek() != expected) {
            return false;
        }
        at++;
        return true;
    }

    boolean operandFollows() {
        char c = peek();
        return c != 0 && c != '|' && c != ')';
    }

    void expectEnd() {
        if (peek() != 0) {
            throw wrong("unexpected \"" + text.charAt(at) + "\"");
        }
    }

    /** {@code .A.B} from here, without spaces; the dot alone gives none. */
    List<String> fields() {
        var names = new ArrayList<String>();
        while (at < text.length() && text.charAt(at) == '.') {
            at++;
            int start = at;
            while (at < text.length() && isNamePart(text.charAt(at))) {
                at++;
            }
            if (start == at) {
                if (names.isEmpty()) {
                    return names;
                }
                throw wrong("a name is missing after a dot");
            }
            names.add(text.substring(start, at));
        }
        return names;
    }

    String identifier() {
        int start = at;
        while (at < text.length() && isNamePart(text.charAt(at))) {
            at++;
        }
        if (start == at) {
            throw wrong("unexpected \"" + text.charAt(at) + "\"");
        }
        return text.substring(start, at);
    }

    Long number() {
        int start = at;
        at++;
        while (at < text.length() && isNamePart(text.charAt(at))) {
            at++;
        }
        var digits = text.substring(start, at);
        try {
            return Long.decode(digits);
        } catch (NumberFormatException e) {
            throw wrong("\"" + digits + "\" is not a whole number");
        }
    }

    String string() {
        char quote = text.charAt(at++);
        var value = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == quote) {
                return value.toString();
            }
            value.append(c == '\\' && quote == '"' ? escape() : c);
        }
        throw wrong("a string is not closed");
    }

    private char escape() {
        if (at >= text.length()) {
            throw wrong("a string is not closed");
        }
        char c = text.charAt(at++);
        return switch (c) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case '\\', '"', '\'' -> c;
            default -> throw wrong("\"\\" + c + "\" is not an escape that is supported");
        };
    }

    private static boolean isNamePart(char c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
}
