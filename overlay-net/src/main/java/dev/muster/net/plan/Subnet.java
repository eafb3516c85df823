package dev.muster.net.plan;

/** An IPv4 address and the length of its network's prefix: an interface's address, or (host bits zero) a network. */
public record Subnet(Ipv4 address, int prefixLength) {
    public Subnet {
        if (prefixLength < 1 || prefixLength > 32) {
            throw new IllegalArgumentException("prefix length " + prefixLength + " of " + address + " is not in 1-32");
        }
    }

    /**
     * Reads {@code 10.0.1.5/24}.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static Subnet parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("\"" + text + "\" lacks a prefix length");
        }
        int length;
        try {
            length = Integer.parseInt(text.substring(slash + 1));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\"" + text + "\" has no valid prefix length", e);
        }
        return new Subnet(Ipv4.parse(text.substring(0, slash)), length);
    }

    public static Subnet host(Ipv4 address) {
        return new Subnet(address, 32);
    }

    public int mask() {
        return -1 << (32 - prefixLength);
    }

    public Ipv4 network() {
        return new Ipv4(address.bits() & mask());
    }

    public boolean contains(Ipv4 other) {
        return (other.bits() & mask()) == (address.bits() & mask());
    }

    public boolean overlaps(Subnet other) {
        return contains(other.network()) || other.contains(network());
    }

    /** Position of an address within the network: 0 is the network's own address. */
    public int hostPart(Ipv4 host) {
        return host.bits() & ~mask();
    }

    /** The address at a position. */
    public Ipv4 at(int hostPart) {
        return new Ipv4((address.bits() & mask()) | hostPart);
    }

    /** How many addresses there are, with the network's own and the broadcast address. */
    public long size() {
        return 1L << (32 - prefixLength);
    }

    @Override
    public String toString() {
        return address + "/" + prefixLength;
    }
}
