package dev.muster.stack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Interpolation, and the environments of services. */
class EnvironmentTest {

    @ParameterizedTest
    @CsvSource(quoteCharacter = '\0', delimiterString = "=>", textBlock = """
        $SET              => set
        ${SET}            => set
        a${SET}b$SET      => asetbset
        $$SET             => $SET
        ${UNSET}x         => x
        ${UNSET:-d}       => d
        ${UNSET-d}        => d
        ${EMPTY:-d}       => d
        ${EMPTY-d}x       => x
        ${SET:-d}         => set
        ${SET?no}         => set
        ${UNSET:-${SET}}  => ${SET}
        $UNSET:-d} e      => d} e
        ${SET:?m}         => set
        """)
    void replacesVariables(String template, String expected) {
        var web = Stacks.service("hostname: '" + template + "'")
                .with("SET", "set")
                .with("EMPTY", "")
                .web();
        assertThat(web.getTask().getContainer().getHostname()).isEqualTo(expected);
    }

    @Test
    void castsWhatTheSchemaWantsAsNumbers() {
        var stack = Stacks.service(
                        "tty: \"${T}\", deploy: {replicas: \"${N:-4}\", update_config: {max_failure_ratio: \"${R}\"}}")
                .with("T", "on")
                .with("R", "0.25");
        assertThat(stack.web().getTask().getContainer().getTty()).isTrue();
        assertThat(stack.web().getReplicated().getReplicas()).isEqualTo(4);
        assertThat(stack.web().getUpdate().getMaxFailureRatio()).isEqualTo(0.25f);
    }

    @Test
    void leavesKeysVersionAndExtensionsAlone() {
        assertThat(Stacks.of("x-a: $X\nservices: {a: {image: i, labels: {$X: $X}}}")
                        .with("X", "1")
                        .config())
                .isEqualTo("""
                    version: "3.13"
                    services:
                      a:
                        image: i
                        labels:
                          $X: "1"
                    x-a: $X
                    """);
    }

    @Test
    void envFilesComeBeforeTheEnvironmentAndTheCallersValuesFillGaps() {
        var stack = Stacks.service("env_file: [one.env, ./two.env], environment: {B: own, BARE: , EMPTY: \"\", NONE: }")
                .file("/stack/one.env", "\uFEFFA=1\r\nB=1\nC=one # kept\n# comment\n\n  D=\"q\"\nFROM\nGONE\nFILLED=\n")
                .file("/stack/two.env", "C=two\n")
                .with("FROM", "caller")
                .with("FILLED", "caller")
                .with("BARE", "caller")
                .with("EMPTY", "caller");
        assertThat(stack.web().getTask().getContainer().getEnvList())
                .containsExactly(
                        "A=1",
                        "B=own",
                        "BARE=caller",
                        "C=two",
                        "D=\"q\"",
                        "EMPTY=caller",
                        "FILLED=caller",
                        "FROM=caller",
                        "NONE");
    }

    @Test
    void namesTheLineOfABrokenEnvFile() {
        var stack = Stacks.service("env_file: a.env").file("/stack/a.env", "A=1\nB C=2\n=x\n");
        assertThat(stack.problems()).isEqualTo("""
            /stack/a.env:2:1: variable 'B C' contains whitespaces
            /stack/a.env:3:1: no variable name on line '=x'\
            """);
    }
}
