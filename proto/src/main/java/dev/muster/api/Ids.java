package dev.muster.api;

import java.math.BigInteger;
import java.util.random.RandomGenerator;

/** Object ids: 128 random bits as 25 lower-case base-36 characters, zero-padded. Pure. */
public final class Ids {
    /** Characters of an id: 36^25 is the first power above 2^128. */
    public static final int LENGTH = 25;

    private static final int RADIX = 36;
    private static final int BITS = 128;

    private Ids() {}

    /** A new id from the given source. */
    public static String create(RandomGenerator random) {
        var bytes = new byte[BITS / Byte.SIZE];
        random.nextBytes(bytes);
        return pad(new BigInteger(1, bytes).toString(RADIX));
    }

    /** Whether the text has the form of an id. */
    public static boolean isId(String text) {
        if (text.length() != LENGTH) {
            return false;
        }
        for (int i = 0; i < LENGTH; i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z')) {
                return false;
            }
        }
        return true;
    }

    /** The id of a service's revision: {@code SERVICE.REVISION}. */
    public static String revision(String serviceId, long revision) {
        return serviceId + "." + Long.toUnsignedString(revision);
    }

    /** The revision that a task was made from. */
    public static String revision(Task task) {
        return revision(task.getServiceId(), task.getRevision());
    }

    private static String pad(String digits) {
        return "0".repeat(LENGTH - digits.length()) + digits;
    }
}
