package dev.muster.net.plan;

import dev.muster.api.PortProtocol;
import java.util.Comparator;

/** A port of the host, as the outside sees it. */
public record PublishedPort(PortProtocol protocol, int port) implements Comparable<PublishedPort> {
    private static final Comparator<PublishedPort> ORDER =
            Comparator.comparing(PublishedPort::protocolName).thenComparingInt(PublishedPort::port);

    public PublishedPort {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " is not within 1-65535");
        }
    }

    /** {@code tcp}, {@code udp} or {@code sctp}. */
    public String protocolName() {
        return switch (protocol) {
            case PROTOCOL_TCP -> "tcp";
            case PROTOCOL_UDP -> "udp";
            case PROTOCOL_SCTP -> "sctp";
            case UNRECOGNIZED -> throw new IllegalStateException("a protocol that this version does not know");
        };
    }

    @Override
    public int compareTo(PublishedPort other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return port + "/" + protocolName();
    }
}
