package dev.muster.stack.grammar;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes like {@code 512m}, {@code 1.5gb}, {@code 64MiB}: base 1024, units b k m g t p. */
public final class ByteSize {

    private static final Pattern SIZE = Pattern.compile("([0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)\\s?(.*)", Pattern.DOTALL);
    private static final Pattern SUFFIX = Pattern.compile("(|b|[kmgtp](|b|ib))");
    private static final String UNITS = "kmgtp";

    private ByteSize() {}

    public static long parse(String text) {
        Matcher match = SIZE.matcher(text);
        if (!match.matches()) {
            throw new SyntaxFailure("invalid size: '" + text + "'");
        }
        String suffix = match.group(2).toLowerCase(Locale.ROOT);
        if (!SUFFIX.matcher(suffix).matches()) {
            throw new SyntaxFailure("invalid suffix: '" + match.group(2) + "'");
        }
        double size = Double.parseDouble(match.group(1));
        int unit = suffix.isEmpty() ? -1 : UNITS.indexOf(suffix.charAt(0));
        double bytes = size * Math.pow(1024, unit + 1.0);
        if (bytes >= Long.MAX_VALUE) {
            throw new SyntaxFailure("invalid size: '" + text + "' is too large");
        }
        return (long) bytes;
    }
}
