package dev.muster.net.plan;

import java.util.Optional;
import java.util.Set;

/**
 * Addresses on the egress bridge: the first of the subnet is the bridge's own, the others are given one after another,
 * so that one comes back late.
 */
public final class EgressPool {
    private static final int GATEWAY = 1;

    private EgressPool() {}

    public static Subnet gateway(Subnet subnet) {
        return new Subnet(subnet.at(GATEWAY), subnet.prefixLength());
    }

    /**
     * The next free address.
     *
     * @param last the one given before
     * @return absent when all are used
     */
    public static Optional<Ipv4> next(Subnet subnet, Set<Ipv4> used, Optional<Ipv4> last) {
        int capacity = (int) Math.min(subnet.size() - 1, Integer.MAX_VALUE) - GATEWAY - 1;
        int start = last.filter(subnet::contains).map(subnet::hostPart).orElse(GATEWAY) - GATEWAY;
        for (int i = 0; i < capacity; i++) {
            var candidate = subnet.at(GATEWAY + 1 + (start + i) % capacity);
            if (!used.contains(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }
}
