package dev.muster.cli.template;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a template consists of. */
sealed interface Node {

    record Text(String text) implements Node {}

    /** Prints a pipeline's value, unless it only sets a variable. */
    record Action(Pipeline pipeline) implements Node {}

    record If(Pipeline condition, List<Node> then, List<Node> otherwise) implements Node {}

    record With(Pipeline subject, List<Node> then, List<Node> otherwise) implements Node {}

    /** Variables are empty if the loop names none. */
    record Range(Pipeline subject, Optional<String> key, Optional<String> value, List<Node> body, List<Node> otherwise)
            implements Node {}

    record Break() implements Node {}

    record Continue() implements Node {}

    /** Commands from left to right; each one's value is the last argument of the next. */
    record Pipeline(Optional<String> variable, boolean declares, List<Call> calls) {}

    /** An operand with arguments: a function or a field with them; or an operand alone. */
    record Call(Operand head, List<Operand> arguments) {}

    sealed interface Operand {
        record Literal(@Nullable Object value) implements Operand {}

        record Dot() implements Operand {}

        record Variable(String name) implements Operand {}

        record Function(String name) implements Operand {}

        record Nested(Pipeline pipeline) implements Operand {}

        /** {@code .A.B} of an operand. */
        record Field(Operand of, List<String> names) implements Operand {}
    }
}
