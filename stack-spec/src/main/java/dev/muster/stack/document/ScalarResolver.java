package dev.muster.stack.document;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a plain scalar means, by the rules of Go's yaml.v3: YAML 1.2's words, and numbers as Go's {@code ParseInt} with
 * base 0 reads them, so that {@code 0440} and {@code 0o440} are octal. Dates and {@code yes} stay strings.
 */
final class ScalarResolver {

    private static final Pattern INTEGER =
            Pattern.compile("[-+]?(0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|0|[1-9][0-9_]*)");
    private static final Pattern FLOAT = Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
    private static final Pattern INFINITE = Pattern.compile("[-+]?\\.(inf|Inf|INF)");

    private ScalarResolver() {}

    static @Nullable Object resolve(String plain) {
        return switch (plain) {
            case "", "~", "null", "Null", "NULL" -> null;
            case "true", "True", "TRUE" -> true;
            case "false", "False", "FALSE" -> false;
            case ".nan", ".NaN", ".NAN" -> Double.NaN;
            default -> number(plain);
        };
    }

    private static Object number(String plain) {
        char first = plain.charAt(0);
        if (first != '+' && first != '-' && first != '.' && (first < '0' || first > '9')) {
            return plain;
        }
        if (INTEGER.matcher(plain).matches()) {
            return integer(plain.replace("_", ""), plain);
        }
        if (FLOAT.matcher(plain).matches()) {
            return Double.valueOf(plain);
        }
        if (INFINITE.matcher(plain).matches()) {
            return first == '-' ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        return plain;
    }

    private static Object integer(String text, String plain) {
        boolean negative = text.startsWith("-");
        String digits = (negative || text.startsWith("+") ? text.substring(1) : text).toLowerCase(Locale.ROOT);
        int radix = 10;
        if (digits.startsWith("0x")) {
            radix = 16;
            digits = digits.substring(2);
        } else if (digits.startsWith("0b")) {
            radix = 2;
            digits = digits.substring(2);
        } else if (digits.startsWith("0o")) {
            radix = 8;
            digits = digits.substring(2);
        } else if (digits.length() > 1 && digits.startsWith("0")) {
            radix = 8;
            digits = digits.substring(1);
        }
        if (digits.isEmpty()) {
            return plain;
        }
        BigInteger value = new BigInteger(digits, radix);
        value = negative ? value.negate() : value;
        return value.bitLength() < 64 ? value.longValue() : value;
    }
}
