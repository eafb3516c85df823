package dev.muster.cli.output;

import java.math.BigInteger;
import java.util.Comparator;

/** Sorts names as people do: runs of digits by their value, {@code web2} before {@code web10}. */
public final class NaturalOrder {

    public static final Comparator<String> INSTANCE = NaturalOrder::compare;

    private NaturalOrder() {}

    private static int compare(String one, String other) {
        int i = 0;
        int j = 0;
        while (i < one.length() && j < other.length()) {
            boolean digits = isDigit(one.charAt(i)) && isDigit(other.charAt(j));
            if (!digits) {
                int order = Character.compare(one.charAt(i++), other.charAt(j++));
                if (order != 0) {
                    return order;
                }
                continue;
            }
            int oneEnd = endOfDigits(one, i);
            int otherEnd = endOfDigits(other, j);
            int order =
                    new BigInteger(one.substring(i, oneEnd)).compareTo(new BigInteger(other.substring(j, otherEnd)));
            if (order != 0) {
                return order;
            }
            i = oneEnd;
            j = otherEnd;
        }
        int rest = Integer.compare(one.length() - i, other.length() - j);
        return rest != 0 ? rest : one.compareTo(other);
    }

    private static int endOfDigits(String text, int from) {
        int end = from;
        while (end < text.length() && isDigit(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static boolean isDigit(char letter) {
        return letter >= '0' && letter <= '9';
    }
}
