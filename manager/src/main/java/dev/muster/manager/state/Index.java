package dev.muster.manager.state;

import java.util.SortedMap;
import org.pcollections.TreePMap;

/**
 * A persistent sorted multimap: values by id under a key. Immutable; keys without values are absent.
 *
 * @param <K> what values are looked up by
 * @param <V> the values
 */
record Index<K extends Comparable<? super K>, V>(TreePMap<K, TreePMap<String, V>> entries) {
    static <K extends Comparable<? super K>, V> Index<K, V> empty() {
        return new Index<>(TreePMap.<K, TreePMap<String, V>>empty());
    }

    SortedMap<String, V> at(K key) {
        var found = entries.get(key);
        return found == null ? TreePMap.empty() : found;
    }

    Index<K, V> plus(K key, String id, V value) {
        var found = entries.get(key);
        var values = found == null ? TreePMap.<String, V>empty() : found;
        return new Index<>(entries.plus(key, values.plus(id, value)));
    }

    Index<K, V> minus(K key, String id) {
        var found = entries.get(key);
        if (found == null) {
            return this;
        }
        var values = found.minus(id);
        return new Index<>(values.isEmpty() ? entries.minus(key) : entries.plus(key, values));
    }
}
