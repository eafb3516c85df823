package dev.muster.stack.document;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class YamlWriterTest {

    /** Texts that need care: each must come back as the same string. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "x y",
                "a: b",
                " x",
                "x ",
                "#x",
                "x #y",
                "a\nb\n",
                "a\n\nb",
                "it's",
                "@x",
                "on",
                "1:20",
                "a\tb",
                "{x}",
                "-",
                "- a",
                "-a",
                "é",
                "2001-01-01",
                "0x1",
                "=",
                "!x",
                "*x",
                "\"x\"",
                "<<",
                "a,b",
                "[",
                "null",
                ".5",
                "1_000",
                "\n",
                "x:",
                "?",
                "Yes",
                "",
                "a\\b",
                "\u0001",
                "a\r\nb",
                "  indented\nblock",
                "x\n\n",
                "---",
                "...",
                "~",
                "%x",
                "`x`",
                "|",
                ">"
            })
    void writesStringsThatReadBackTheSame(String text) {
        Position at = Position.start("f");
        Value.Mapping document = Value.Mapping.empty(at)
                .with("key", Value.Scalar.of(at, text))
                .with("list", new Value.Sequence(at, java.util.List.of(Value.Scalar.of(at, text))));
        Problems problems = new Problems();
        Value.Mapping read = (Value.Mapping)
                YamlReader.read("f", YamlWriter.write(document), problems).orElseThrow();
        assertThat(problems.all()).isEmpty();
        assertThat(read.scalar("key").orElseThrow().content()).isEqualTo(text);
        assertThat(((Value.Scalar) read.items("list").getFirst()).content()).isEqualTo(text);
    }
}
