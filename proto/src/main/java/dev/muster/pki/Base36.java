package dev.muster.pki;

import java.math.BigInteger;

/** Bytes as an unsigned number in base 36, lower case, padded to a fixed width. */
final class Base36 {
    /** Digits that hold 16 bytes. */
    static final int WIDTH_128 = 25;

    /** Digits that hold 32 bytes. */
    static final int WIDTH_256 = 50;

    private Base36() {}

    static String encode(byte[] bytes, int width) {
        var digits = new BigInteger(1, bytes).toString(36);
        if (digits.length() > width) {
            throw new IllegalArgumentException(bytes.length + " bytes do not fit in " + width + " digits");
        }
        return "0".repeat(width - digits.length()) + digits;
    }

    static boolean isEncoded(String text, int width) {
        return text.length() == width && text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'));
    }
}
