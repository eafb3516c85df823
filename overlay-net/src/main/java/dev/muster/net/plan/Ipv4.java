package dev.muster.net.plan;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** An IPv4 address, ordered as numbers are. */
public record Ipv4(int bits) implements Comparable<Ipv4> {
    public static final Ipv4 LOOPBACK = new Ipv4(0x7f000001);

    /**
     * Reads {@code 10.0.1.5}.
     *
     * @throws IllegalArgumentException unless {@code text} is four decimal numbers
     */
    public static Ipv4 parse(String text) {
        int bits = 0;
        int at = 0;
        for (int octet = 0; octet < 4; octet++) {
            int start = at;
            int value = 0;
            while (at < text.length() && at - start < 3 && Character.digit(text.charAt(at), 10) >= 0) {
                value = value * 10 + Character.digit(text.charAt(at++), 10);
            }
            boolean ends = octet == 3 ? at == text.length() : at < text.length() && text.charAt(at) == '.';
            if (at == start || value > 255 || !ends) {
                throw new IllegalArgumentException("\"" + text + "\" is not an IPv4 address");
            }
            at++;
            bits = (bits << 8) | value;
        }
        return new Ipv4(bits);
    }

    public static Ipv4 of(byte[] octets) {
        return new Ipv4(((octets[0] & 0xff) << 24)
                | ((octets[1] & 0xff) << 16)
                | ((octets[2] & 0xff) << 8)
                | (octets[3] & 0xff));
    }

    public byte[] octets() {
        return new byte[] {(byte) (bits >>> 24), (byte) (bits >>> 16), (byte) (bits >>> 8), (byte) bits};
    }

    public InetAddress toInetAddress() {
        try {
            return Inet4Address.getByAddress(octets());
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Eight hexadecimal digits, for names of links and chains. */
    public String hex() {
        return String.format("%08x", bits);
    }

    @Override
    public int compareTo(Ipv4 other) {
        return Integer.compareUnsigned(bits, other.bits);
    }

    @Override
    public String toString() {
        return (bits >>> 24) + "." + (bits >>> 16 & 0xff) + "." + (bits >>> 8 & 0xff) + "." + (bits & 0xff);
    }
}
