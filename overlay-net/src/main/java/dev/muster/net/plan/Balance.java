package dev.muster.net.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What stands for which tasks, as the kernel's maps hold it.
 *
 * @param <K> a virtual address, or a published port
 */
public record Balance<K extends Comparable<K>>(SortedMap<K, Slots> entries) {
    /** Backends of one key as the tables have them, in no order. */
    public record Target(Set<Ipv4> backends, int targetPort) {}

    /** One key's slots in force and to be; null: the key is unknown on that side. */
    public record Change<K>(
            K key, @Nullable Slots before, @Nullable Slots after) {}

    public static <K extends Comparable<K>> Balance<K> empty() {
        return new Balance<K>(new TreeMap<K, Slots>());
    }

    /** The balance that the targets ask for, with slots as near to this one's as can be. */
    public Balance<K> follow(SortedMap<K, Target> targets) {
        var next = new TreeMap<K, Slots>();
        targets.forEach((key, target) -> {
            var before = entries.getOrDefault(key, new Slots(List.of(), target.targetPort));
            next.put(key, before.follow(target.backends, target.targetPort));
        });
        return new Balance<>(next);
    }

    /** What differs, in the order of the keys. */
    public List<Change<K>> changesTo(Balance<K> next) {
        var keys = new TreeSet<>(entries.keySet());
        keys.addAll(next.entries.keySet());
        var changes = new ArrayList<Change<K>>();
        for (var key : keys) {
            var before = entries.get(key);
            var after = next.entries.get(key);
            if (before == null || !before.equals(after)) {
                changes.add(new Change<>(key, before, after));
            }
        }
        return changes;
    }
}
