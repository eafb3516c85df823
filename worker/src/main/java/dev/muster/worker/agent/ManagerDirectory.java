package dev.muster.worker.agent;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which manager to try next: the leader if one named it, else one after the other. Not thread-safe. */
final class ManagerDirectory {
    /** Managers that point at each other, around an election, are not followed for ever. */
    private static final int MAX_HOPS = 3;

    private final List<String> seeds;
    private List<String> known = List.of();
    private Optional<String> leader = Optional.empty();
    private int hops;
    private int next;

    /**
     * @param seeds addresses that are always tried, such as a manager on this host; first
     */
    ManagerDirectory(List<String> seeds) {
        this.seeds = List.copyOf(seeds);
    }

    /** What the last session said: replaces what an earlier one said. */
    void learn(List<String> addresses) {
        known = List.copyOf(addresses);
    }

    /** A manager named the leader. True if it should be tried at once. */
    boolean follow(String address) {
        leader = Optional.of(address);
        hops++;
        if (hops <= MAX_HOPS) {
            return true;
        }
        // After a pause it is worth following again.
        hops = 0;
        return false;
    }

    /** A session was established: the next search begins afresh. */
    void connected() {
        hops = 0;
    }

    String next() {
        if (leader.isPresent()) {
            var address = leader.get();
            leader = Optional.empty();
            return address;
        }
        var all = all();
        if (all.isEmpty()) {
            throw new LinkFailure("no manager is known");
        }
        next = Math.floorMod(next, all.size());
        return all.get(next++);
    }

    List<String> all() {
        Set<String> all = new LinkedHashSet<>(seeds);
        all.addAll(known);
        return new ArrayList<>(all);
    }
}
