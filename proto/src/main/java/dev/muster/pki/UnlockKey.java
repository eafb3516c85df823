package dev.muster.pki;

import com.google.protobuf.ByteString;
import java.util.Base64;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * {@code SWMKEY-1-KEY}: opens a locked manager. The key is 32 random bytes, in base64 without padding; it stands in the
 * cluster's state and with its operators, and on no manager's disk.
 */
public record UnlockKey(ByteString key) {
    public static final int BYTES = 32;
    private static final String PREFIX = "SWMKEY-1-";

    public UnlockKey {
        if (key.size() != BYTES) {
            throw new IllegalArgumentException("an unlock key has " + BYTES + " bytes, not " + key.size());
        }
    }

    public static UnlockKey create(RandomGenerator random) {
        var bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return new UnlockKey(ByteString.copyFrom(bytes));
    }

    /** Empty if the text is not an unlock key. */
    public static Optional<UnlockKey> parse(String text) {
        if (!text.startsWith(PREFIX)) {
            return Optional.empty();
        }
        try {
            var bytes = Base64.getDecoder().decode(text.substring(PREFIX.length()));
            return bytes.length == BYTES ? Optional.of(new UnlockKey(ByteString.copyFrom(bytes))) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    public String text() {
        return PREFIX + Base64.getEncoder().withoutPadding().encodeToString(key.toByteArray());
    }

    /** Without the key: it must not reach logs. */
    @Override
    public String toString() {
        return PREFIX + "…";
    }
}
