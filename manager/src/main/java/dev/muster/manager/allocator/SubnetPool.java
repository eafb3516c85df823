package dev.muster.manager.allocator;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gives subnets of one size out of address pools, in order and round again, leaving out what overlaps. Mutable. */
final class SubnetPool {
    private final List<Subnet> pools;
    private final int prefixBits;
    private final List<Subnet> taken = new ArrayList<>();
    private Optional<Subnet> cursor;

    /** @param cursor the subnet given last */
    SubnetPool(List<Subnet> pools, int prefixBits, Optional<Subnet> cursor) {
        this.pools = List.copyOf(pools);
        this.prefixBits = prefixBits;
        this.cursor = cursor;
    }

    /** Leaves a subnet out that something has. */
    void take(Subnet subnet) {
        taken.add(subnet);
    }

    /** A subnet that something has and that overlaps this one. */
    Optional<Subnet> conflict(Subnet subnet) {
        return taken.stream().filter(subnet::overlaps).findFirst();
    }

    /** The next free subnet; empty if there is none. */
    Optional<Subnet> next() {
        long total = pools.stream().mapToLong(this::count).sum();
        long start = cursor.map(given -> index(given) + 1).orElse(0L);
        for (long step = 0; step < total; step++) {
            long index = (start + step) % total;
            var candidate = at(index);
            var conflict = conflict(candidate);
            if (conflict.isEmpty()) {
                take(candidate);
                cursor = Optional.of(candidate);
                return cursor;
            }
            // A large one in the way is passed in one step.
            step += Math.max(
                    0,
                    Math.min(conflict.get().last() - candidate.last(), remainingInPool(index))
                            >> (Integer.SIZE - prefixBits));
        }
        return Optional.empty();
    }

    Optional<Subnet> cursor() {
        return cursor;
    }

    private long count(Subnet pool) {
        return prefixBits < pool.prefixBits() ? 0 : 1L << (prefixBits - pool.prefixBits());
    }

    private Subnet at(long index) {
        long left = index;
        for (var pool : pools) {
            if (left < count(pool)) {
                return new Subnet(pool.first() + (left << (Integer.SIZE - prefixBits)), prefixBits);
            }
            left -= count(pool);
        }
        throw new IndexOutOfBoundsException("subnet " + index);
    }

    /** Addresses of the index's pool behind its subnet. */
    private long remainingInPool(long index) {
        var subnet = at(index);
        return pools.stream()
                .filter(pool -> pool.contains(subnet.first()))
                .mapToLong(pool -> pool.last() - subnet.last())
                .findFirst()
                .orElse(0);
    }

    /** The subnet's place in the order; before the first if it is of none of the pools. */
    private long index(Subnet subnet) {
        long before = 0;
        for (var pool : pools) {
            if (pool.contains(subnet.first())) {
                return before + ((subnet.first() - pool.first()) >> (Integer.SIZE - prefixBits));
            }
            before += count(pool);
        }
        return -1;
    }
}
