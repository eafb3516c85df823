package dev.muster.manager.control;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/** An IPv4 network as CIDR has it: {@code 10.0.9.0/24}. */
record Subnet(int address, int prefix) {
    private static final int ADDRESS_BITS = 32;

    Subnet {
        if (prefix < 0 || prefix > ADDRESS_BITS || (address & ~mask(prefix)) != 0) {
            throw new IllegalArgumentException("not a network: " + address + "/" + prefix);
        }
    }

    /** Bits behind the prefix are dropped; empty if it is not IPv4 in CIDR notation. */
    static Optional<Subnet> parse(String text) {
        var slash = text.indexOf('/');
        if (slash < 0) {
            return Optional.empty();
        }
        try {
            var prefix = Integer.parseInt(text.substring(slash + 1));
            if (prefix < 0 || prefix > ADDRESS_BITS) {
                return Optional.empty();
            }
            return address(text.substring(0, slash)).map(found -> new Subnet(found & mask(prefix), prefix));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** An IPv4 address; never asks DNS. */
    static Optional<Integer> address(String text) {
        try {
            return InetAddress.ofLiteral(text) instanceof Inet4Address found
                    ? Optional.of(ByteBuffer.wrap(found.getAddress()).getInt())
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    boolean contains(int other) {
        return (other & mask(prefix)) == address;
    }

    boolean contains(Subnet other) {
        return other.prefix >= prefix && contains(other.address);
    }

    boolean overlaps(Subnet other) {
        return contains(other) || other.contains(this);
    }

    @Override
    public String toString() {
        return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255)
                + "/" + prefix;
    }

    private static int mask(int prefix) {
        return prefix == 0 ? 0 : -1 << (ADDRESS_BITS - prefix);
    }
}
