package dev.muster.pki;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JoinTokenTest {
    private static final SecureRandom RANDOM = new SecureRandom();

    @Test
    void isReadAsItWasWritten() {
        var roots = CertificateAuthority.create(RANDOM, Instant.EPOCH).roots();
        var token = new JoinToken(roots.digest(), JoinToken.newSecret(RANDOM));

        assertThat(token.text()).matches("SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}");
        assertThat(JoinToken.parse(token.text())).contains(token);
        assertThat(token.carries(token.secret())).isTrue();
        assertThat(token.carries(JoinToken.newSecret(RANDOM))).isFalse();
    }

    @Test
    void keepsItsSecretOutOfLogs() {
        var token = new JoinToken("0".repeat(50), JoinToken.newSecret(RANDOM));

        assertThat(token.toString()).doesNotContain(token.secret());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SWMTKN-1-",
                "SWMTKN-1-abc-def",
                "SWMTKN-2-00000000000000000000000000000000000000000000000000-0000000000000000000000000",
                "SWMTKN-1-0000000000000000000000000000000000000000000000000A-0000000000000000000000000",
                "SWMTKN-1-00000000000000000000000000000000000000000000000000-0000000000000000000000000-1",
            })
    void refusesWhatIsNotAToken(String text) {
        assertThat(JoinToken.parse(text)).isEmpty();
    }

    @Test
    void padsDigestsOfSmallNumbers() {
        assertThat(Base36.encode(new byte[] {0, 0, 1}, Base36.WIDTH_128)).isEqualTo("0".repeat(24) + "1");
        var largest = new byte[32];
        Arrays.fill(largest, (byte) -1);
        assertThat(Base36.encode(largest, Base36.WIDTH_256)).hasSize(50);
    }
}
