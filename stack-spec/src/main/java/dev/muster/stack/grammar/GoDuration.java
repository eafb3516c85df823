package dev.muster.stack.grammar;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;

/**
 * Durations in Go's syntax: {@code 1h2m3.5s}, {@code 300ms}; units ns, us, µs, ms, s, m, h; at most about 292 years.
 */
public final class GoDuration {

    private static final long SECOND = 1_000_000_000L;

    private GoDuration() {}

    public static Duration parse(String text) {
        String rest = text;
        boolean negative = rest.startsWith("-");
        if (negative || rest.startsWith("+")) {
            rest = rest.substring(1);
        }
        if (rest.equals("0")) {
            return Duration.ZERO;
        }
        if (rest.isEmpty()) {
            throw invalid(text);
        }
        BigDecimal nanos = BigDecimal.ZERO;
        int at = 0;
        while (at < rest.length()) {
            int digits = at;
            while (at < rest.length() && isNumeric(rest.charAt(at))) {
                at++;
            }
            String number = rest.substring(digits, at);
            if (number.isEmpty() || number.equals(".") || number.indexOf('.') != number.lastIndexOf('.')) {
                throw invalid(text);
            }
            int unit = at;
            while (at < rest.length() && !isNumeric(rest.charAt(at))) {
                at++;
            }
            if (unit == at) {
                throw new SyntaxFailure("time: missing unit in duration \"" + text + "\"");
            }
            nanos = nanos.add(
                    new BigDecimal(number).multiply(BigDecimal.valueOf(unit(rest.substring(unit, at), text))));
        }
        if (nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw invalid(text);
        }
        long whole = nanos.setScale(0, RoundingMode.DOWN).longValueExact();
        return Duration.ofNanos(negative ? -whole : whole);
    }

    private static boolean isNumeric(char letter) {
        return letter == '.' || (letter >= '0' && letter <= '9');
    }

    private static long unit(String unit, String text) {
        return switch (unit) {
            case "ns" -> 1;
            case "us", "µs", "μs" -> 1_000;
            case "ms" -> 1_000_000;
            case "s" -> SECOND;
            case "m" -> 60 * SECOND;
            case "h" -> 3600 * SECOND;
            default -> throw new SyntaxFailure("time: unknown unit \"" + unit + "\" in duration \"" + text + "\"");
        };
    }

    private static SyntaxFailure invalid(String text) {
        return new SyntaxFailure("time: invalid duration \"" + text + "\"");
    }

    /** As Go prints it: {@code 1m30s}, {@code 1.5s}, {@code 100µs}, {@code 0s}. */
    public static String format(Duration duration) {
        long nanos = duration.toNanos();
        if (nanos == 0) {
            return "0s";
        }
        String sign = nanos < 0 ? "-" : "";
        nanos = Math.abs(nanos);
        if (nanos < SECOND) {
            return sign
                    + (nanos < 1_000
                            ? nanos + "ns"
                            : nanos < 1_000_000 ? fraction(nanos, 3) + "µs" : fraction(nanos, 6) + "ms");
        }
        long seconds = nanos / SECOND;
        String rest = fraction(seconds % 60 * SECOND + nanos % SECOND, 9) + "s";
        if (seconds < 60) {
            return sign + rest;
        }
        long minutes = seconds / 60;
        rest = minutes % 60 + "m" + rest;
        return sign + (minutes < 60 ? rest : minutes / 60 + "h" + rest);
    }

    private static String fraction(long nanos, int digits) {
        return BigDecimal.valueOf(nanos, digits).stripTrailingZeros().toPlainString();
    }
}
