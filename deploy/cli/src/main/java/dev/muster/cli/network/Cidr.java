package dev.muster.cli.network;

import dev.muster.cli.command.CommandFailure;
import java.math.BigInteger;
import java.net.InetAddress;

/** A range of addresses: all that begin with the same bits. */
record Cidr(BigInteger address, int length, int bits) {

    static Cidr parse(String text) {
        int slash = text.indexOf('/');
        try {
            byte[] address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash))
                    .getAddress();
            int length = address.length * 8;
            int bits = slash < 0 ? length : Integer.parseInt(text.substring(slash + 1));
            if (bits < 0 || bits > length) {
                throw new IllegalArgumentException(text);
            }
            return new Cidr(new BigInteger(1, address), length, bits);
        } catch (IllegalArgumentException _) {
            throw new CommandFailure("invalid CIDR address: " + text);
        }
    }

    /** Whether the other's first address lies in this range. */
    boolean contains(Cidr other) {
        return length == other.length
                && address.shiftRight(length - bits).equals(other.address.shiftRight(length - bits));
    }
}
