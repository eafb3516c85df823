package dev.muster.manager.placement;

import dev.muster.api.GenericResource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Generic resources of one node that nobody holds: a number of each discrete kind, the names of each named kind.
 * Mutable, one thread.
 */
public final class GenericPool {
    private final Map<String, Long> discrete = new TreeMap<>();
    private final Map<String, TreeSet<String>> named = new TreeMap<>();

    /** A pool of all that a node has. */
    public GenericPool(List<GenericResource> all) {
        add(all);
    }

    /** Gives resources back. */
    public void add(List<GenericResource> resources) {
        for (var resource : resources) {
            if (resource.hasNamed()) {
                named.computeIfAbsent(resource.getKind(), _ -> new TreeSet<>()).add(resource.getNamed());
            } else {
                discrete.merge(resource.getKind(), resource.getDiscrete(), Long::sum);
            }
        }
    }

    /** Takes out what a task holds. What the node no longer has counts against what it still has. */
    public void take(List<GenericResource> held) {
        for (var resource : held) {
            if (resource.hasNamed()) {
                var names = named.get(resource.getKind());
                if (names != null) {
                    names.remove(resource.getNamed());
                }
            } else {
                discrete.merge(resource.getKind(), -resource.getDiscrete(), Long::sum);
            }
        }
    }

    /** Whether a reservation, which names a number of each kind, could be met. */
    public boolean covers(List<GenericResource> wanted) {
        var totals = new TreeMap<String, Long>();
        wanted.forEach(resource -> totals.merge(resource.getKind(), resource.getDiscrete(), Long::sum));
        return totals.entrySet().stream().allMatch(entry -> available(entry.getKey()) >= entry.getValue());
    }

    /** Meets the reservation and answers what the task holds from now on; empty, and nothing taken, if it cannot. */
    public Optional<List<GenericResource>> claim(List<GenericResource> wanted) {
        if (!covers(wanted)) {
            return Optional.empty();
        }
        var claimed = new ArrayList<GenericResource>();
        for (var resource : wanted) {
            var part = pick(resource);
            take(part);
            claimed.addAll(part);
        }
        return Optional.of(List.copyOf(claimed));
    }

    private List<GenericResource> pick(GenericResource wanted) {
        var names = named.get(wanted.getKind());
        if (names == null || names.isEmpty()) {
            return List.of(wanted);
        }
        return names.stream()
                .limit(wanted.getDiscrete())
                .map(name -> GenericResource.newBuilder()
                        .setKind(wanted.getKind())
                        .setNamed(name)
                        .build())
                .toList();
    }

    private long available(String kind) {
        var names = named.get(kind);
        return names == null || names.isEmpty() ? discrete.getOrDefault(kind, 0L) : names.size();
    }
}
