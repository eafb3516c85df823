package dev.muster.cli.flag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlagParserTest {

    private static Flags flags() {
        return new Flags()
                .quiet("q")
                .bool("follow", 'f', "f")
                .boolTrue("detach", 'd', "d")
                .text("name", 'n', "string", "anon", "n")
                .list("env", 'e', "e")
                .duration("delay", "5s", "d")
                .bytes("limit", "l")
                .count("replicas", "", "r")
                .bool("tls", "t")
                .notYet();
    }

    private static Arguments parse(String... words) {
        return FlagParser.parse(flags(), true, List.of(words));
    }

    @Test
    void readsFlagsInAllTheirForms() {
        Arguments arguments = parse("a", "-qf", "--name=x", "-e", "A=1", "-eB=2", "--env", "C", "--delay", "1m", "b");
        assertThat(arguments.rest()).containsExactly("a", "b");
        assertThat(arguments.is("quiet")).isTrue();
        assertThat(arguments.is("follow")).isTrue();
        assertThat(arguments.text("name")).isEqualTo("x");
        assertThat(arguments.list("env")).containsExactly("A=1", "B=2", "C");
        assertThat(arguments.duration("delay")).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void knowsDefaultsAndWhetherAFlagWasGiven() {
        Arguments arguments = parse();
        assertThat(arguments.text("name")).isEqualTo("anon");
        assertThat(arguments.duration("delay")).isEqualTo(Duration.ofSeconds(5));
        assertThat(arguments.is("detach")).isTrue();
        assertThat(arguments.is("quiet")).isFalse();
        assertThat(arguments.has("name")).isFalse();
        assertThat(parse("--name", "anon").has("name")).isTrue();
    }

    @Test
    void aBooleanTakesItsValueOnlyWithAnEqualsSign() {
        assertThat(parse("--detach=false").is("detach")).isFalse();
        assertThat(parse("-d=false").is("detach")).isFalse();
        assertThat(parse("-q=1").is("quiet")).isTrue();
        Arguments apart = parse("--quiet", "false");
        assertThat(apart.is("quiet")).isTrue();
        assertThat(apart.rest()).containsExactly("false");
    }

    @Test
    void theLastValueCountsWhereOnlyOneCan() {
        assertThat(parse("--name", "a", "--name", "b").text("name")).isEqualTo("b");
    }

    @Test
    void aValueMayLookLikeAFlag() {
        assertThat(parse("--name", "-x").text("name")).isEqualTo("-x");
        assertThat(parse("--name", "--quiet").text("name")).isEqualTo("--quiet");
        assertThat(parse("--env", "A=--b=c").list("env")).containsExactly("A=--b=c");
    }

    @Test
    void everythingAfterTwoDashesIsAnArgument() {
        assertThat(parse("-q", "--", "-f", "--name").rest()).containsExactly("-f", "--name");
    }

    @Test
    void aSingleDashAndEmptyWordsAreArguments() {
        assertThat(parse("-", "", "@file").rest()).containsExactly("-", "", "@file");
    }

    @Test
    void flagsMayEndAtTheFirstArgument() {
        Arguments arguments = FlagParser.parse(flags(), false, List.of("-q", "nginx", "-f", "--name", "x", "--", "y"));
        assertThat(arguments.rest()).containsExactly("nginx", "-f", "--name", "x", "--", "y");
        assertThat(arguments.is("follow")).isFalse();
    }

    @Test
    void valuesKeepTheirQuotesAndVariables() {
        Arguments arguments = parse("--name", "\"x y\"", "--env", "${HOME}");
        assertThat(arguments.text("name")).isEqualTo("\"x y\"");
        assertThat(arguments.list("env")).containsExactly("${HOME}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        --bogus          | unknown flag: --bogus
        --bogus=3        | unknown flag: --bogus
        -z               | unknown shorthand flag: 'z' in -z
        -qz              | unknown shorthand flag: 'z' in -z
        --name           | flag needs an argument: --name
        --quiet=x        | invalid argument "x" for "-q, --quiet" flag: "x" is neither true nor false
        --delay=x        | invalid argument "x" for "--delay" flag: time: invalid duration "x"
        --limit=5x       | invalid argument "5x" for "--limit" flag: invalid suffix: 'x'
        --replicas=-1    | invalid argument "-1" for "--replicas" flag: "-1" is not a whole number from 0 on
        --filter=x       | invalid argument "x" for "-f, --filter" flag: bad format of filter (expected name=value)
        --tls            | --tls is not supported yet
        """)
    void saysWhatIsWrong(String word, String message) {
        Flags flags = word.startsWith("--filter") ? new Flags().filter() : flags();
        assertThatThrownBy(() -> FlagParser.parse(flags, true, List.of(word)))
                .isInstanceOfSatisfying(
                        UsageFailure.class,
                        failure -> assertThat(failure.exitCode()).isEqualTo(125))
                .hasMessage(message);
    }

    @Test
    void filtersOfOneKeyAreAlternatives() {
        assertThat(Filters.of(List.of("Name = web", "label=a=b", "name=db")))
                .containsExactly(Filters.filter("name", List.of("web", "db")), Filters.filter("label", "a=b"));
    }
}
