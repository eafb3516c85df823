package dev.muster.stack.document;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlReaderTest {

    private final Problems problems = new Problems();

    private Value read(String text) {
        return YamlReader.read("f.yml", text, problems).orElse(null);
    }

    private String problemsOf(String text) {
        read(text);
        return problems.all().stream().map(Problem::toString).collect(Collectors.joining("\n"));
    }

    /** Contents without positions, as plain Java collections. */
    private static Object plain(Value value) {
        return switch (value) {
            case Value.Scalar scalar -> String.valueOf(scalar.content());
            case Value.Sequence sequence ->
                sequence.items().stream().map(YamlReaderTest::plain).toList();
            case Value.Mapping mapping ->
                mapping.fields().entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey,
                                entry -> plain(entry.getValue().value())));
        };
    }

    /** The plain scalar, its kind, and its text. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        yes      | string  | yes
        On       | string  | On
        true     | boolean | true
        ~        | null    |
        Null     | null    |
        0440     | integer | 288
        0o17     | integer | 15
        0x1F     | integer | 31
        0b101    | integer | 5
        -12      | integer | -12
        1_000    | integer | 1000
        08       | number  | 8
        22:22    | string  | 22:22
        1.50     | number  | 1.5
        1e3      | integer | 1000
        1e21     | integer | 1e+21
        1234567.0 | integer | 1.234567e+06
        0.000001 | number  | 1e-06
        .5       | number  | 0.5
        2001-01-01 | string | 2001-01-01
        1.2.3    | string  | 1.2.3
        12345678901234567890 | integer | 12345678901234567890
        '1'      | string  | 1
        "true"   | string  | true
        !!str 1  | string  | 1
        !!int 1  | integer | 1
        """)
    void readsScalarsAsGoDoes(String text, String kind, String value) {
        Value.Scalar scalar = (Value.Scalar)
                ((Value.Mapping) read("a: " + text)).fields().get("a").value();
        boolean wholeFloat = text.equals("08");
        assertThat(scalar.kind()).isEqualTo(wholeFloat ? "integer" : kind);
        assertThat(scalar.text()).isEqualTo(value == null ? "" : value);
        assertThat(problems.all()).isEmpty();
    }

    @Test
    void knowsWhereEverythingStands() {
        Value.Mapping root = (Value.Mapping) read("a: 1\nb:\n  - x\n  - c: y\n");
        assertThat(root.fields().get("b").key()).isEqualTo(new Position("f.yml", 2, 1));
        Value.Sequence list = (Value.Sequence) root.fields().get("b").value();
        assertThat(list.items().get(0).at()).isEqualTo(new Position("f.yml", 3, 5));
        assertThat(((Value.Mapping) list.items().get(1))
                        .fields()
                        .get("c")
                        .value()
                        .at())
                .isEqualTo(new Position("f.yml", 4, 8));
    }

    @Test
    void expandsAliasesAndMergesMappings() {
        String text = """
            base: &base {a: 1, b: 2}
            more: &more {b: 3, c: 4}
            one: {<<: *base, b: 9}
            two: {b: 9, <<: [*more, *base]}
            same: *base
            """;
        assertThat(plain(read(text)))
                .isEqualTo(Map.of(
                        "base", Map.of("a", "1", "b", "2"),
                        "more", Map.of("b", "3", "c", "4"),
                        "one", Map.of("a", "1", "b", "9"),
                        "two", Map.of("a", "1", "b", "9", "c", "4"),
                        "same", Map.of("a", "1", "b", "2")));
    }

    @Test
    void readsTheFirstDocumentOnly() {
        assertThat(plain(read("a: 1\n---\nb: 2\n"))).isEqualTo(Map.of("a", "1"));
        assertThat(problems.all()).isEmpty();
    }

    @Test
    void anEmptyTextIsNoDocument() {
        assertThat(YamlReader.read("f.yml", "# nothing\n", problems)).isEmpty();
        assertThat(problems.all()).isEmpty();
    }

    @Test
    void refusesDuplicateKeys() {
        assertThat(problemsOf("a: 1\nb: 2\na: 3\n"))
                .isEqualTo("f.yml:3:1: yaml: mapping key \"a\" already defined at line 1");
    }

    @Test
    void refusesMergingWhatIsNoMapping() {
        assertThat(problemsOf("a: {<<: 3}"))
                .isEqualTo("f.yml:1:9: yaml: map merge requires map or sequence of maps as the value");
    }

    @Test
    void refusesTagsThatDoNotFit() {
        assertThat(problemsOf("a: !!int x")).isEqualTo("f.yml:1:4: yaml: cannot read `x` as tag:yaml.org,2002:int");
    }

    @Test
    void namesThePlaceOfABrokenText() {
        assertThat(problemsOf("a: 1\n\tb: 2\n")).startsWith("f.yml:2:1: yaml: ");
        assertThat(new Problems().none()).isTrue();
    }

    @Test
    void anUnknownAliasIsAProblem() {
        assertThat(problemsOf("a: *b")).startsWith("f.yml:1:4: yaml: found undefined alias b");
    }

    @Test
    void stopsBombsOfAliases() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 10; i++) {
            String alias = "*a" + (i - 1);
            bomb.append("a")
                    .append(i)
                    .append(": &a")
                    .append(i)
                    .append(" [")
                    .append(String.join(", ", List.of(alias, alias, alias, alias, alias, alias, alias, alias, alias)))
                    .append("]\n");
        }
        assertThat(problemsOf(bomb.toString())).contains("document contains excessive aliasing");
    }

    @Test
    void stopsAnchorsThatContainThemselves() {
        assertThat(problemsOf("a: &a [*a]")).contains("an anchor's value contains itself");
    }

    @Test
    void stopsDeepNesting() {
        assertThat(problemsOf("a: " + "[".repeat(200) + "]".repeat(200))).contains("Nesting Depth");
        String chain = IntStream.range(1, 100)
                .mapToObj(i -> "a" + i + ": &a" + i + " [*a" + (i - 1) + "]\n")
                .collect(Collectors.joining("", "a0: &a0 [x]\n", ""));
        Problems other = new Problems();
        YamlReader.read("f.yml", chain, other);
        assertThat(other.all()).singleElement().asString().contains("nested deeper than 64 levels");
    }

    @Test
    void stopsLargeFiles() {
        assertThat(problemsOf("a: " + "x".repeat(YamlReader.MOST_CHARACTERS)))
                .isEqualTo("f.yml: the file is larger than 4194304 characters");
    }

    @Test
    void keepsABoundedNumberOfProblems() {
        String many = IntStream.range(0, 200).mapToObj(_ -> "a: 1\n").collect(Collectors.joining());
        read(many);
        assertThat(problems.all()).hasSize(50);
    }
}
