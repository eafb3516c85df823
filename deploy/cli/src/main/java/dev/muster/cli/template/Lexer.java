package dev.muster.cli.template;

import java.util.ArrayList;
import java.util.List;

/** Cuts a template into text and actions, and an action into tokens. */
final class Lexer {

    /** Text outside of actions, or the tokens of one action. */
    sealed interface Piece {
        record Text(String text) implements Piece {}

        record Action(List<Token> tokens) implements Piece {}
    }

    enum Kind {
        WORD,
        FIELD,
        DOT,
        VARIABLE,
        STRING,
        NUMBER,
        PUNCTUATION
    }

    /** Whether blanks come before it matters: {@code .A .B} are two operands, {@code .A.B} is one. */
    record Token(Kind kind, String text, boolean afterBlank) {
        boolean is(String punctuation) {
            return kind == Kind.PUNCTUATION && text.equals(punctuation);
        }

        boolean isWord(String word) {
            return kind == Kind.WORD && text.equals(word);
        }
    }

    private Lexer() {}

    static List<Piece> cut(String template) {
        List<Piece> pieces = new ArrayList<>();
        int at = 0;
        boolean trim = false;
        while (true) {
            int open = template.indexOf("{{", at);
            String text = template.substring(at, open < 0 ? template.length() : open);
            if (trim) {
                text = text.stripLeading();
            }
            boolean trimBefore = open >= 0 && template.startsWith("{{- ", open);
            pieces.add(new Piece.Text(trimBefore ? text.stripTrailing() : text));
            if (open < 0) {
                return pieces;
            }
            int start = open + (trimBefore ? 3 : 2);
            String inside = template.substring(start).stripLeading();
            boolean comment = inside.startsWith("/*");
            int close = comment ? commentEnd(template, start) : actionEnd(template, start);
            trim = template.startsWith(" -", close - 2) && close - 2 >= start - 1;
            if (!comment) {
                pieces.add(new Piece.Action(tokens(template.substring(start, trim ? close - 1 : close))));
            }
            at = close + 2;
        }
    }

    private static int commentEnd(String template, int start) {
        int end = template.indexOf("*/", start);
        int close = end < 0 ? -1 : template.indexOf("}}", end);
        if (close < 0) {
            throw new TemplateFailure("template parsing error: template: :1: unclosed comment");
        }
        return close;
    }

    /** The }} that ends an action: not one inside a string. */
    private static int actionEnd(String template, int start) {
        char quote = 0;
        for (int i = start; i < template.length(); i++) {
            char letter = template.charAt(i);
            if (quote == 0 && template.startsWith("}}", i)) {
                return i;
            }
            if (quote == 0 && (letter == '"' || letter == '`')) {
                quote = letter;
            } else if (quote == '"' && letter == '\\') {
                i++;
            } else if (letter == quote) {
                quote = 0;
            }
        }
        throw new TemplateFailure("template parsing error: template: :1: unclosed action");
    }

    private static List<Token> tokens(String action) {
        List<Token> tokens = new ArrayList<>();
        int at = 0;
        while (at < action.length()) {
            int start = at;
            while (at < action.length() && Character.isWhitespace(action.charAt(at))) {
                at++;
            }
            if (at == action.length()) {
                break;
            }
            boolean afterBlank = at > start || at == 0;
            int end = tokenEnd(action, at);
            String text = action.substring(at, end);
            tokens.add(token(text, afterBlank));
            at = end;
        }
        return tokens;
    }

    private static int tokenEnd(String action, int at) {
        char first = action.charAt(at);
        if (first == '"' || first == '`') {
            return stringEnd(action, at, first);
        }
        if (first == '.' || first == '$' || isName(first)) {
            return nameEnd(action, at + 1);
        }
        boolean sign = (first == '-' || first == '+') && at + 1 < action.length() && isDigit(action.charAt(at + 1));
        if (isDigit(first) || sign) {
            int end = at + 1;
            while (end < action.length() && (isDigit(action.charAt(end)) || action.charAt(end) == '.')) {
                end++;
            }
            return end;
        }
        if (action.startsWith(":=", at)) {
            return at + 2;
        }
        if ("|(),=".indexOf(first) >= 0) {
            return at + 1;
        }
        throw new TemplateFailure("template parsing error: template: :1: unexpected \"" + first + "\" in an action");
    }

    private static int stringEnd(String action, int at, char quote) {
        for (int i = at + 1; i < action.length(); i++) {
            if (quote == '"' && action.charAt(i) == '\\') {
                i++;
            } else if (action.charAt(i) == quote) {
                return i + 1;
            }
        }
        throw new TemplateFailure("template parsing error: template: :1: unterminated quoted string");
    }

    private static int nameEnd(String action, int from) {
        int end = from;
        while (end < action.length() && (isName(action.charAt(end)) || isDigit(action.charAt(end)))) {
            end++;
        }
        return end;
    }

    private static Token token(String text, boolean afterBlank) {
        char first = text.charAt(0);
        Kind kind = switch (first) {
            case '"', '`' -> Kind.STRING;
            case '.' -> text.length() == 1 ? Kind.DOT : Kind.FIELD;
            case '$' -> Kind.VARIABLE;
            default ->
                isName(first)
                        ? Kind.WORD
                        : isDigit(first) || (text.length() > 1 && !text.equals(":=")) ? Kind.NUMBER : Kind.PUNCTUATION;
        };
        return new Token(kind, kind == Kind.STRING ? unquote(text) : text, afterBlank);
    }

    private static String unquote(String quoted) {
        String inside = quoted.substring(1, quoted.length() - 1);
        if (quoted.charAt(0) == '`') {
            return inside;
        }
        try {
            return inside.translateEscapes();
        } catch (IllegalArgumentException _) {
            throw new TemplateFailure("template parsing error: template: :1: bad escape in " + quoted);
        }
    }

    private static boolean isName(char letter) {
        return letter == '_' || Character.isLetter(letter);
    }

    private static boolean isDigit(char letter) {
        return letter >= '0' && letter <= '9';
    }
}
