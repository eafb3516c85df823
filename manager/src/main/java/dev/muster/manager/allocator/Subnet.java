package dev.muster.manager.allocator;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Optional;

/**
 * A range of IPv4 addresses with the same first bits, {@code 10.0.1.0/24}; addresses are numbers.
 *
 * @param first the network's own address
 * @param prefixBits 0 to 32
 */
record Subnet(long first, int prefixBits) {
    private static final int ADDRESS_BITS = 32;

    Subnet {
        if (prefixBits < 0 || prefixBits > ADDRESS_BITS) {
            throw new IllegalArgumentException("no such prefix length: " + prefixBits);
        }
        first &= -(1L << (ADDRESS_BITS - prefixBits));
    }

    /** Reads {@code address/length}; empty for anything else, IPv6 included. */
    static Optional<Subnet> parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("\\d{1,2}")) {
            return Optional.empty();
        }
        int bits = Integer.parseInt(text.substring(slash + 1));
        return bits > ADDRESS_BITS
                ? Optional.empty()
                : address(text.substring(0, slash)).map(address -> new Subnet(address, bits));
    }

    /** Reads an address, with or without a prefix length behind it; empty for anything else. */
    static Optional<Long> address(String text) {
        int slash = text.indexOf('/');
        try {
            var parsed = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            if (!(parsed instanceof Inet4Address)) {
                return Optional.empty();
            }
            long address = 0;
            for (byte part : parsed.getAddress()) {
                address = address << Byte.SIZE | Byte.toUnsignedLong(part);
            }
            return Optional.of(address);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    static String text(long address) {
        return (address >> 24 & 0xff) + "." + (address >> 16 & 0xff) + "." + (address >> 8 & 0xff) + "."
                + (address & 0xff);
    }

    long size() {
        return 1L << (ADDRESS_BITS - prefixBits);
    }

    long last() {
        return first + size() - 1;
    }

    boolean contains(long address) {
        return first <= address && address <= last();
    }

    boolean overlaps(Subnet other) {
        return first <= other.last() && other.first <= last();
    }

    @Override
    public String toString() {
        return text(first) + "/" + prefixBits;
    }
}
