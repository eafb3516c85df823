package dev.muster.stack.grammar;

import java.math.BigDecimal;
import java.util.regex.Pattern;

/** CPUs as decimal text, {@code 0.5} or {@code 2}, in billionths: at most nine decimals. */
public final class NanoCpus {

    private static final Pattern DECIMAL = Pattern.compile("[-+]?([0-9]{1,12}(\\.[0-9]{0,30})?|\\.[0-9]{1,30})");
    private static final BigDecimal NANOS = BigDecimal.valueOf(1_000_000_000L);
    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

    private NanoCpus() {}

    public static long parse(String text) {
        if (!DECIMAL.matcher(text).matches()) {
            throw new SyntaxFailure("failed to parse " + text + " as a rational number");
        }
        BigDecimal nanos = new BigDecimal(text).multiply(NANOS);
        if (nanos.stripTrailingZeros().scale() > 0) {
            throw new SyntaxFailure("value is too precise");
        }
        if (nanos.abs().compareTo(MOST) > 0) {
            throw new SyntaxFailure("failed to parse " + text + " as a number of CPUs: too large");
        }
        return nanos.longValueExact();
    }

    public static String format(long nanoCpus) {
        BigDecimal cpus = BigDecimal.valueOf(nanoCpus, 9).stripTrailingZeros();
        return cpus.scale() < 0 ? cpus.toBigInteger().toString() : cpus.toPlainString();
    }
}
