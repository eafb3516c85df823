package dev.muster.worker.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalsTest {
    @ParameterizedTest
    @CsvSource({"'',15", "SIGTERM,15", "term,15", "9,9", "SIGQUIT,3", "RTMIN,34", "SIGRTMIN+3,37", "SIGRTMAX-1,63"})
    void readsNamesAndNumbers(String text, int number) {
        assertThat(Signals.number(text)).isEqualTo(number);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SIGFOO", "0", "65", "-1", "RTMIN+x", "RTMIN-1", "SIG"})
    void refusesOthers(String text) {
        assertThatThrownBy(() -> Signals.number(text)).hasMessage("invalid signal: " + text);
    }
}
