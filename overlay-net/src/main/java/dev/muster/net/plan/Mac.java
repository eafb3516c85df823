package dev.muster.net.plan;

/**
 * The hardware address that an interface has because of its IPv4 address: nobody needs to ask for it. 02 is "locally
 * administered" (IEEE 802), 42 is Docker's choice.
 */
public record Mac(Ipv4 address) {
    private static final int LENGTH = 6;

    public byte[] octets() {
        byte[] octets = new byte[LENGTH];
        octets[0] = 0x02;
        octets[1] = 0x42;
        System.arraycopy(address.octets(), 0, octets, 2, 4);
        return octets;
    }

    /** The address that a hardware address stands for; false for those that are not ours. */
    public static boolean isOurs(byte[] octets) {
        return octets.length == LENGTH && octets[0] == 0x02 && octets[1] == 0x42;
    }

    public static Mac of(byte[] octets) {
        if (!isOurs(octets)) {
            throw new IllegalArgumentException("not a hardware address derived from IPv4");
        }
        return new Mac(Ipv4.of(new byte[] {octets[2], octets[3], octets[4], octets[5]}));
    }

    @Override
    public String toString() {
        int bits = address.bits();
        return String.format(
                "02:42:%02x:%02x:%02x:%02x", bits >>> 24, bits >>> 16 & 0xff, bits >>> 8 & 0xff, bits & 0xff);
    }
}
