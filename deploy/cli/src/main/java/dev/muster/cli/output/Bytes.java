package dev.muster.cli.output;

import java.math.BigDecimal;
import java.math.MathContext;

/** Sizes for people: binary units, four digits at most. */
public final class Bytes {

    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    private static final MathContext DIGITS = new MathContext(4);

    private Bytes() {}

    public static String format(long bytes) {
        double size = bytes;
        int unit = 0;
        while (size >= 1024 && unit < UNITS.length - 1) {
            size /= 1024;
            unit++;
        }
        return new BigDecimal(size, DIGITS).stripTrailingZeros().toPlainString() + UNITS[unit];
    }
}
