package dev.muster.cli.template;

import dev.muster.cli.template.Lexer.Kind;
import dev.muster.cli.template.Lexer.Piece;
import dev.muster.cli.template.Lexer.Token;
import dev.muster.cli.template.Node.Call;
import dev.muster.cli.template.Node.Operand;
import dev.muster.cli.template.Node.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Builds nodes from a template's pieces by recursive descent. One use. */
final class TemplateParser {

    private static final Set<String> NOT_YET = Set.of("define", "template", "block");

    private final List<Piece> pieces;
    private int piece;
    private List<Token> tokens = List.of();
    private int token;

    private TemplateParser(List<Piece> pieces) {
        this.pieces = pieces;
    }

    static List<Node> parse(String template) {
        var parser = new TemplateParser(Lexer.cut(template));
        List<Node> nodes = parser.nodes();
        if (parser.piece < parser.pieces.size()) {
            throw broken("unexpected {{" + parser.tokens.getFirst().text() + "}}");
        }
        return nodes;
    }

    private static TemplateFailure broken(String what) {
        return new TemplateFailure("template parsing error: template: :1: " + what);
    }

    /** Up to the end, or up to an {{else}} or {{end}}, which is left in {@link #tokens}. */
    private List<Node> nodes() {
        List<Node> nodes = new ArrayList<>();
        while (piece < pieces.size()) {
            switch (pieces.get(piece)) {
                case Piece.Text(String text) -> {
                    if (!text.isEmpty()) {
                        nodes.add(new Node.Text(text));
                    }
                    piece++;
                }
                case Piece.Action(List<Token> action) -> {
                    tokens = action;
                    token = 0;
                    if (tokens.isEmpty()) {
                        throw broken("missing value for command");
                    }
                    if (peekWord("else") || peekWord("end")) {
                        return nodes;
                    }
                    piece++;
                    nodes.add(action());
                }
            }
        }
        return nodes;
    }

    private Node action() {
        Token first = tokens.getFirst();
        if (first.kind() == Kind.WORD) {
            if (NOT_YET.contains(first.text())) {
                throw broken("{{" + first.text() + "}} is not supported");
            }
            switch (first.text()) {
                case "if" -> {
                    token++;
                    return ifNode();
                }
                case "with" -> {
                    token++;
                    Pipeline subject = wholePipeline("with");
                    List<Node> then = nodes();
                    return new Node.With(subject, then, otherwise("with"));
                }
                case "range" -> {
                    token++;
                    return range();
                }
                case "break" -> {
                    return new Node.Break();
                }
                case "continue" -> {
                    return new Node.Continue();
                }
                default -> {}
            }
        }
        return new Node.Action(wholePipeline("command"));
    }

    private Node ifNode() {
        Pipeline condition = wholePipeline("if");
        List<Node> then = nodes();
        return new Node.If(condition, then, otherwise("if"));
    }

    /** What follows {{else}}, if it is there; consumes the {{end}}. */
    private List<Node> otherwise(String of) {
        if (piece >= pieces.size()) {
            throw broken("unexpected EOF: {{" + of + "}} has no {{end}}");
        }
        piece++;
        if (peekWord("end")) {
            return List.of();
        }
        token++;
        if (peekWord("if")) {
            token++;
            return List.of(ifNode());
        }
        if (token < tokens.size()) {
            throw broken("unexpected \"" + tokens.get(token).text() + "\" after else");
        }
        List<Node> nodes = nodes();
        if (piece >= pieces.size() || !peekWord("end")) {
            throw broken("unexpected EOF: {{else}} has no {{end}}");
        }
        piece++;
        return nodes;
    }

    private Node range() {
        Optional<String> key = Optional.empty();
        Optional<String> value = Optional.empty();
        int start = token;
        if (peek(Kind.VARIABLE)) {
            String first = tokens.get(token++).text();
            if (peekPunctuation(",")) {
                token++;
                if (!peek(Kind.VARIABLE)) {
                    throw broken("range expects two variables");
                }
                key = Optional.of(first);
                value = Optional.of(tokens.get(token++).text());
            } else {
                value = Optional.of(first);
            }
            if (peekPunctuation(":=")) {
                token++;
            } else {
                token = start;
                key = Optional.empty();
                value = Optional.empty();
            }
        }
        Pipeline subject = wholePipeline("range");
        List<Node> body = nodes();
        return new Node.Range(subject, key, value, body, otherwise("range"));
    }

    private Pipeline wholePipeline(String of) {
        Pipeline pipeline = pipeline(of);
        if (token < tokens.size()) {
            throw broken("unexpected \"" + tokens.get(token).text() + "\" in " + of);
        }
        return pipeline;
    }

    private Pipeline pipeline(String of) {
        Optional<String> variable = Optional.empty();
        boolean declares = false;
        boolean assigns = peek(Kind.VARIABLE)
                && token + 1 < tokens.size()
                && (tokens.get(token + 1).is(":=") || tokens.get(token + 1).is("="));
        if (assigns) {
            variable = Optional.of(tokens.get(token).text());
            declares = tokens.get(token + 1).is(":=");
            token += 2;
        }
        List<Call> calls = new ArrayList<>();
        calls.add(call(of));
        while (peekPunctuation("|")) {
            token++;
            calls.add(call(of));
        }
        return new Pipeline(variable, declares, calls);
    }

    private Call call(String of) {
        if (!startsOperand()) {
            throw broken("missing value for " + of);
        }
        Operand head = operand();
        List<Operand> arguments = new ArrayList<>();
        while (startsOperand()) {
            arguments.add(operand());
        }
        boolean takes = head instanceof Operand.Function || head instanceof Operand.Field;
        if (!arguments.isEmpty() && !takes) {
            throw broken("can't give argument to a value that is neither function nor field");
        }
        return new Call(head, arguments);
    }

    private boolean startsOperand() {
        return token < tokens.size()
                && (tokens.get(token).kind() != Kind.PUNCTUATION
                        || tokens.get(token).is("("));
    }

    private Operand operand() {
        Token first = tokens.get(token++);
        Operand operand = switch (first.kind()) {
            case STRING -> new Operand.Literal(first.text());
            case NUMBER -> new Operand.Literal(number(first.text()));
            case DOT -> new Operand.Dot();
            case FIELD ->
                new Operand.Field(new Operand.Dot(), List.of(first.text().substring(1)));
            case VARIABLE -> new Operand.Variable(first.text());
            case WORD -> word(first.text());
            case PUNCTUATION -> nested();
        };
        List<String> names = new ArrayList<>();
        while (peek(Kind.FIELD) && !tokens.get(token).afterBlank()) {
            names.add(tokens.get(token++).text().substring(1));
        }
        if (names.isEmpty()) {
            return operand;
        }
        if (operand instanceof Operand.Field(Operand of, List<String> before)) {
            names.addAll(0, before);
            return new Operand.Field(of, names);
        }
        return new Operand.Field(operand, names);
    }

    private Operand nested() {
        Pipeline pipeline = pipeline("parenthesized pipeline");
        if (!peekPunctuation(")")) {
            throw broken("unclosed left paren");
        }
        token++;
        return new Operand.Nested(pipeline);
    }

    private static Operand word(String word) {
        return switch (word) {
            case "true" -> new Operand.Literal(true);
            case "false" -> new Operand.Literal(false);
            case "nil" -> new Operand.Literal(null);
            default -> {
                if (!TemplateFunctions.isKnown(word)) {
                    throw broken("function \"" + word + "\" not defined; there are " + TemplateFunctions.names());
                }
                yield new Operand.Function(word);
            }
        };
    }

    private static Object number(String text) {
        try {
            return text.contains(".") ? (Object) new java.math.BigDecimal(text) : Long.valueOf(text);
        } catch (NumberFormatException _) {
            throw broken("bad number syntax: \"" + text + "\"");
        }
    }

    private boolean peek(Kind kind) {
        return token < tokens.size() && tokens.get(token).kind() == kind;
    }

    private boolean peekWord(String word) {
        return token < tokens.size() && tokens.get(token).isWord(word);
    }

    private boolean peekPunctuation(String text) {
        return token < tokens.size() && tokens.get(token).is(text);
    }
}
