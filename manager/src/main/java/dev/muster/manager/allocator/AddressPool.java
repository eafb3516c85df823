package dev.muster.manager.allocator;

import dev.muster.api.IpamConfig;
import dev.muster.api.Network;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Gives the addresses of one network, in order from the one given last and round again, so that an address that was
 * released comes back late. Mutable, for one pass.
 */
final class AddressPool {
    private final Network network;
    private final List<Span> spans = new ArrayList<>();
    private final Set<Long> used = new HashSet<>();
    private long cursor;
    private boolean exhausted;

    /** Addresses that may be given, both ends included. */
    private record Span(Subnet subnet, long first, long last) {
        long size() {
            return Math.max(0, last - first + 1);
        }
    }

    AddressPool(Network network) {
        this.network = network;
        this.cursor = Subnet.address(network.getAddressCursor()).orElse(-1L);
        for (var config : network.getIpam().getConfigsList()) {
            Subnet.parse(config.getSubnet()).ifPresent(subnet -> add(subnet, config));
        }
    }

    private void add(Subnet subnet, IpamConfig config) {
        // Neither the network's own address nor its broadcast address, whatever range is asked for.
        long first = subnet.first() + 1;
        long last = subnet.last() - 1;
        var range = Subnet.parse(config.getRange());
        if (range.isPresent()) {
            first = Math.max(first, range.get().first());
            last = Math.min(last, range.get().last());
        }
        spans.add(new Span(subnet, first, last));
        Subnet.address(config.getGateway()).ifPresent(used::add);
        config.getAuxiliaryMap().values().forEach(this::take);
    }

    Network network() {
        return network;
    }

    /** Notes that something has the address. */
    void take(String address) {
        Subnet.address(address).ifPresent(used::add);
    }

    /** Takes an address back that was given in this pass and not used. */
    void release(String address) {
        Subnet.address(address).ifPresent(used::remove);
        exhausted = false;
    }

    /** The next free address with its prefix length; empty if there is none. */
    Optional<String> next() {
        if (exhausted) {
            return Optional.empty();
        }
        int start = spanOfCursor();
        // The span of the cursor comes twice: its rest first, its beginning last.
        for (int step = 0; step <= spans.size(); step++) {
            var span = spans.isEmpty() ? null : spans.get((start + step) % spans.size());
            if (span == null) {
                break;
            }
            long from = step == 0 && cursor >= span.first() && cursor <= span.last() ? cursor + 1 : span.first();
            for (long address = from; address <= span.last(); address++) {
                if (used.add(address)) {
                    cursor = address;
                    return Optional.of(
                            Subnet.text(address) + "/" + span.subnet().prefixBits());
                }
            }
        }
        exhausted = true;
        return Optional.empty();
    }

    /** What the cursor has become, if addresses were given. */
    Optional<String> movedCursor() {
        return cursor == Subnet.address(network.getAddressCursor()).orElse(-1L)
                ? Optional.empty()
                : Optional.of(Subnet.text(cursor));
    }

    /** Why there is no address, for users. */
    String exhaustion() {
        long size = spans.stream().mapToLong(Span::size).sum();
        return "no free address in network "
                + network.getSpec().getAnnotations().getName() + " ("
                + String.join(
                        ", ",
                        spans.stream().map(span -> span.subnet().toString()).toList())
                + "): all " + size + " are in use; use a network with a larger subnet";
    }

    private int spanOfCursor() {
        for (int i = 0; i < spans.size(); i++) {
            if (spans.get(i).subnet().contains(cursor)) {
                return i;
            }
        }
        return 0;
    }
}
