package dev.muster.cli.network;

import dev.muster.cli.command.CommandFailure;
import java.math.BigInteger;
import java.net.InetAddress;

/** A range of addresses: the first ones' common bits. */
record Cidr(byte[] address, int bits) {

    static Cidr parse(String text) {
        int slash = text.indexOf('/');
        try {
            InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            int all = address.getAddress().length * 8;
            int bits = slash < 0 ? all : Integer.parseInt(text.substring(slash + 1));
            if (bits < 0 || bits > all) {
                throw new IllegalArgumentException(text);
            }
            return new Cidr(address.getAddress(), bits);
        } catch (IllegalArgumentException _) {
            throw new CommandFailure("invalid CIDR address: " + text);
        }
    }

    /** Whether the other's first address lies in this range. */
    boolean contains(Cidr other) {
        return address.length == other.address.length && prefix(address, bits).equals(prefix(other.address, bits));
    }

    private static BigInteger prefix(byte[] address, int bits) {
        return new BigInteger(1, address).shiftRight(address.length * 8 - bits);
    }
}
