package dev.muster.pki;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Optional;

/**
 * {@code SWMTKN-1-DIGEST-SECRET}: lets a node into one cluster in one role. The digest is that of the cluster's root
 * certificates, so that the joiner knows whom it talks to; the secret shows the manager that it may join.
 */
public record JoinToken(String rootDigest, String secret) {
    private static final String PREFIX = "SWMTKN-1-";
    private static final int SECRET_BYTES = 16;

    public JoinToken {
        if (!Base36.isEncoded(rootDigest, Base36.WIDTH_256) || !Base36.isEncoded(secret, Base36.WIDTH_128)) {
            throw new IllegalArgumentException("malformed join token");
        }
    }

    /** Empty if the text is not a token. */
    public static Optional<JoinToken> parse(String text) {
        if (!text.startsWith(PREFIX)) {
            return Optional.empty();
        }
        var parts = text.substring(PREFIX.length()).split("-", -1);
        if (parts.length != 2
                || !Base36.isEncoded(parts[0], Base36.WIDTH_256)
                || !Base36.isEncoded(parts[1], Base36.WIDTH_128)) {
            return Optional.empty();
        }
        return Optional.of(new JoinToken(parts[0], parts[1]));
    }

    public static String newSecret(SecureRandom random) {
        var bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        return Base36.encode(bytes, Base36.WIDTH_128);
    }

    /** Compares in a time that does not depend on where the two differ. */
    public boolean carries(String expectedSecret) {
        return MessageDigest.isEqual(
                secret.getBytes(StandardCharsets.US_ASCII), expectedSecret.getBytes(StandardCharsets.US_ASCII));
    }

    public String text() {
        return PREFIX + rootDigest + "-" + secret;
    }

    /** Without the secret: tokens must not reach logs. */
    @Override
    public String toString() {
        return PREFIX + rootDigest + "-…";
    }
}
