package dev.muster.pki;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class UnlockKeyTest {
    @Test
    void isReadAsItIsWritten() {
        var key = UnlockKey.create(new SecureRandom());
        assertThat(key.text()).matches("SWMKEY-1-[A-Za-z0-9+/]{43}");
        assertThat(UnlockKey.parse(key.text())).contains(key);
        assertThat(key.toString()).as("what a log may show").isEqualTo("SWMKEY-1-…");
    }

    @Test
    void isSwarmsForm() {
        var key = new UnlockKey(ByteString.copyFrom(new byte[32]));
        assertThat(key.text()).isEqualTo("SWMKEY-1-" + "A".repeat(43));
    }

    @Test
    void somethingElseIsNone() {
        for (var text : new String[] {
            "", "SWMKEY-1-", "SWMKEY-2-" + "A".repeat(43), "SWMKEY-1-" + "A".repeat(42), "SWMKEY-1-!" + "A".repeat(42)
        }) {
            assertThat(UnlockKey.parse(text)).as(text).isEmpty();
        }
    }
}
