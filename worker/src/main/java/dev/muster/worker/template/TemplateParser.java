package dev.muster.worker.template;

import dev.muster.worker.template.Template.Command;
import dev.muster.worker.template.Template.Node;
import dev.muster.worker.template.Template.Operand;
import dev.muster.worker.template.Template.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads a template's text: first into text and actions, then each action into nodes. One use. */
final class TemplateParser {
    private static final Set<String> NOT_SUPPORTED =
            Set.of("range", "with", "define", "template", "block", "break", "continue");

    /** Ifs in ifs: what a person writes is far below. */
    private static final int MAX_DEPTH = 32;

    /** A piece between, or outside of, double braces. */
    private record Piece(String text, boolean action) {}

    private final List<Piece> pieces = new ArrayList<>();
    private final Set<String> functions;
    private int at;

    TemplateParser(String text, Set<String> functions) {
        this.functions = functions;
        split(text);
    }

    List<Node> parse() {
        var nodes = block(0);
        if (at < pieces.size()) {
            throw new TemplateFailure("template: unexpected {{" + pieces.get(at).text() + "}}");
        }
        return nodes;
    }

    private void split(String text) {
        int from = 0;
        boolean trimNext = false;
        while (true) {
            int open = text.indexOf("{{", from);
            var literal = open < 0 ? text.substring(from) : text.substring(from, open);
            boolean trimBefore = open >= 0
                    && text.startsWith("-", open + 2)
                    && open + 3 < text.length()
                    && isSpace(text.charAt(open + 3));
            if (trimNext) {
                literal = literal.replaceFirst("^[ \\t\\r\\n]+", "");
            }
            if (trimBefore) {
                literal = literal.replaceFirst("[ \\t\\r\\n]+$", "");
            }
            if (!literal.isEmpty()) {
                pieces.add(new Piece(literal, false));
            }
            if (open < 0) {
                return;
            }
            int start = open + (trimBefore ? 3 : 2);
            int close = closing(text, start);
            var action = text.substring(start, close);
            trimNext = action.length() >= 2 && action.endsWith("-") && isSpace(action.charAt(action.length() - 2));
            if (trimNext) {
                action = action.substring(0, action.length() - 1);
            }
            action = action.strip();
            if (action.startsWith("/*")) {
                if (!action.endsWith("*/")) {
                    throw new TemplateFailure("template: unclosed comment in {{" + action + "}}");
                }
            } else {
                pieces.add(new Piece(action, true));
            }
            from = close + 2;
        }
    }

    /** Where the action's closing braces are: those in quotes do not count. */
    private static int closing(String text, int start) {
        char quote = 0;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote != 0) {
                if (c == '\\' && quote == '"') {
                    i++;
                } else if (c == quote) {
                    quote = 0;
                }
            } else if (c == '"' || c == '`') {
                quote = c;
            } else if (text.startsWith("}}", i)) {
                return i;
            }
        }
        int end = Math.min(text.length(), start + 40);
        throw new TemplateFailure("template: unclosed action {{" + text.substring(start, end));
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    private List<Node> block(int depth) {
        if (depth > MAX_DEPTH) {
            throw new TemplateFailure("template: more than " + MAX_DEPTH + " ifs in each other");
        }
        var nodes = new ArrayList<Node>();
        while (at < pieces.size()) {
            var piece = pieces.get(at);
            if (!piece.action()) {
                nodes.add(new Node.Text(piece.text()));
                at++;
                continue;
            }
            var word = keyword(piece.text());
            if (word.equals("end") || word.equals("else")) {
                return nodes;
            }
            at++;
            if (word.equals("if")) {
                nodes.add(branch(piece.text(), piece.text().substring(2), depth));
            } else if (NOT_SUPPORTED.contains(word)) {
                throw new TemplateFailure(
                        "template: \"" + word + "\" in {{" + piece.text() + "}} is not supported yet");
            } else {
                nodes.add(new Node.Output(pipeline(piece.text(), piece.text()), piece.text()));
            }
        }
        return nodes;
    }

    private Node branch(String source, String condition, int depth) {
        var test = pipeline(source, condition);
        var then = block(depth + 1);
        List<Node> otherwise = List.of();
        var next = next(source);
        if (keyword(next).equals("else")) {
            var rest = next.substring(4).strip();
            if (keyword(rest).equals("if")) {
                return new Node.If(test, source, then, List.of(branch(next, rest.substring(2), depth + 1)));
            }
            if (!rest.isEmpty()) {
                throw new TemplateFailure("template: unexpected {{" + next + "}}");
            }
            otherwise = block(depth + 1);
            next = next(source);
        }
        if (!next.equals("end")) {
            throw new TemplateFailure("template: unexpected {{" + next + "}}, {{" + source + "}} needs its {{end}}");
        }
        return new Node.If(test, source, then, otherwise);
    }

    private String next(String opened) {
        if (at >= pieces.size()) {
            throw new TemplateFailure("template: {{" + opened + "}} has no {{end}}");
        }
        return pieces.get(at++).text();
    }

    private static String keyword(String action) {
        int end = 0;
        while (end < action.length() && Character.isLetter(action.charAt(end))) {
            end++;
        }
        return action.substring(0, end);
    }

    private Pipeline pipeline(String source, String text) {
        var tokens = new ActionTokens(source, text);
        var result = pipeline(tokens, 0);
        tokens.expectEnd();
        return result;
    }

    private Pipeline pipeline(ActionTokens tokens, int depth) {
        if (depth > MAX_DEPTH) {
            throw tokens.wrong("more than " + MAX_DEPTH + " parentheses in each other");
        }
        var commands = new ArrayList<Command>();
        do {
            commands.add(command(tokens, depth));
        } while (tokens.skip('|'));
        return new Pipeline(List.copyOf(commands));
    }

    private Command command(ActionTokens tokens, int depth) {
        var operands = new ArrayList<Operand>();
        while (tokens.operandFollows()) {
            operands.add(operand(tokens, depth));
        }
        if (operands.isEmpty()) {
            throw tokens.wrong("a value is missing");
        }
        return new Command(List.copyOf(operands));
    }

    private Operand operand(ActionTokens tokens, int depth) {
        if (tokens.skip('(')) {
            var nested = pipeline(tokens, depth + 1);
            if (!tokens.skip(')')) {
                throw tokens.wrong("a ) is missing");
            }
            return new Operand.Nested(nested, tokens.fields());
        }
        if (tokens.peek() == '.') {
            return new Operand.Field(tokens.fields());
        }
        if (tokens.peek() == '"' || tokens.peek() == '`') {
            return new Operand.Literal(tokens.string());
        }
        if (tokens.peek() == '$') {
            throw tokens.wrong("variables are not supported yet");
        }
        if (tokens.peek() == '-' || Character.isDigit(tokens.peek())) {
            return new Operand.Literal(tokens.number());
        }
        var name = tokens.identifier();
        if (name.equals("true") || name.equals("false")) {
            return new Operand.Literal(Boolean.valueOf(name));
        }
        if (!functions.contains(name)) {
            throw tokens.wrong("function \"" + name + "\" not defined");
        }
        return new Operand.Function(name);
    }
}
