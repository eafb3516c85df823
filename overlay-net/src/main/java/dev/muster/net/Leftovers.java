package dev.muster.net;

import dev.muster.net.plan.Ipv4;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which ports to remove by hand. A port ends by itself, cheaply and together with others, when its container's
 * namespace does; removing it costs the kernel 20 ms under the lock that every other change of links needs. So only a
 * port that is still there at the second look is removed: something keeps its namespace alive.
 */
final class Leftovers {
    private Set<Ipv4> seen = Set.of();
    /** At first: who knows what an earlier daemon left. */
    private boolean expected = true;

    /** A port is about to end. */
    void expect() {
        expected = true;
    }

    /** Whether it is worth looking. */
    boolean any() {
        return expected || !seen.isEmpty();
    }

    /**
     * One look.
     *
     * @param present the ports that belong to no sandbox
     * @return those that were there at the look before
     */
    SortedSet<Ipv4> due(Set<Ipv4> present) {
        var due = new TreeSet<>(present);
        due.retainAll(seen);
        seen = new TreeSet<>(present);
        seen.removeAll(due);
        expected = false;
        return due;
    }
}
