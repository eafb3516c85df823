package dev.muster.manager.placement;

import java.net.InetAddress;
import java.util.Optional;

/** An IP address, or all addresses with the same first bits: {@code 10.1.0.0/16}. */
record AddressRange(InetAddress address, int prefixBits) {
    /** The range; empty if the text is neither an address nor a range. Never resolves a name. */
    static Optional<AddressRange> parse(String text) {
        int slash = text.indexOf('/');
        var address = literal(slash < 0 ? text : text.substring(0, slash));
        if (address.isEmpty()) {
            return Optional.empty();
        }
        int bits = address.get().getAddress().length * Byte.SIZE;
        if (slash < 0) {
            return Optional.of(new AddressRange(address.get(), bits));
        }
        var length = text.substring(slash + 1);
        if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > bits) {
            return Optional.empty();
        }
        return Optional.of(new AddressRange(address.get(), Integer.parseInt(length)));
    }

    /** Whether the text is an address in the range. */
    boolean contains(String text) {
        var other = literal(text);
        if (other.isEmpty()) {
            return false;
        }
        var mine = address.getAddress();
        var theirs = other.get().getAddress();
        if (mine.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < prefixBits; bit++) {
            int mask = 0x80 >> (bit % Byte.SIZE);
            if (((mine[bit / Byte.SIZE] ^ theirs[bit / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    private static Optional<InetAddress> literal(String text) {
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
