package dev.muster.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    @ParameterizedTest
    @ValueSource(strings = {"web", "a", "1", "guide_web", "a--b", "A-1_b"})
    void takesServiceNamesThatAreDnsComponents(String name) {
        assertThat(Names.problemOfService(name)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-a", "a-", "a.b", "a b", "_", "ä", "a/b"})
    void refusesServiceNamesThatAreNot(String name) {
        assertThat(Names.problemOfService(name)).contains("name must be valid as a DNS name component");
    }

    @Test
    void refusesServiceNamesThatAreMissingOrLong() {
        assertThat(Names.problemOfService("")).contains("meta: name must be provided");
        assertThat(Names.problemOfService("a".repeat(63))).isEmpty();
        assertThat(Names.problemOfService("a".repeat(64))).contains("name must be 63 characters or fewer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"db_password", "site.conf", "a", "a-b.c_d"})
    void takesSecretNames(String name) {
        assertThat(Names.problemOfSecret(name)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".a", "a.", "a b", "-", "a/b"})
    void refusesOtherSecretNames(String name) {
        assertThat(Names.problemOfSecret(name))
                .hasValueSatisfying(problem ->
                        assertThat(problem).startsWith("invalid name, only 64 [a-zA-Z0-9-_.] characters allowed"));
    }

    @Test
    void secretNamesHave64CharactersAtMost() {
        assertThat(Names.problemOfSecret("a".repeat(64))).isEmpty();
        assertThat(Names.problemOfSecret("a".repeat(65))).isPresent();
    }

    @Test
    @Timeout(5)
    void refusesAHugeNameQuickly() {
        assertThat(Names.problemOfService("a".repeat(20_000) + "!")).isPresent();
        assertThat(Names.problemOfService("a-".repeat(20_000))).isPresent();
    }

    @Test
    void durationsGoThroughProtobufUnchanged() {
        for (var duration : new Duration[] {
            Duration.ZERO, Duration.ofMillis(1500), Duration.ofMillis(-1500), Duration.ofNanos(-1), Duration.ofDays(90)
        }) {
            var message = Durations.of(duration);
            assertThat(Durations.duration(message)).isEqualTo(duration);
            assertThat(Long.signum(message.getSeconds()) * message.getNanos())
                    .isGreaterThanOrEqualTo(message.getSeconds() == 0 ? Integer.MIN_VALUE : 0);
        }
    }
}
