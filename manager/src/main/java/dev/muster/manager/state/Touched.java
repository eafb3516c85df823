package dev.muster.manager.state;

import com.google.protobuf.Message;
import dev.muster.api.Kind;
import dev.muster.api.Service;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which objects may differ between two states: a hint, never the whole truth. When too many do, it says everything.
 * Immutable.
 */
public final class Touched {
    public static final Touched NOTHING = new Touched(false, new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
    public static final Touched EVERYTHING = new Touched(true, new TreeSet<>(), new TreeSet<>(), new TreeSet<>());

    /** Ids kept before it says everything: a full pass costs less than sets of this size (some megabytes). */
    static final int MAX_KEYS = 20_000;

    private final boolean everything;
    private final SortedSet<ObjectKey> keys;
    private final SortedSet<String> services;
    private final SortedSet<String> nodes;

    private Touched(
            boolean everything, SortedSet<ObjectKey> keys, SortedSet<String> services, SortedSet<String> nodes) {
        this.everything = everything;
        this.keys = keys;
        this.services = services;
        this.nodes = nodes;
    }

    /** Everything may differ: look at all of the state. The sets are empty then. */
    public boolean everything() {
        return everything;
    }

    public boolean nothing() {
        return !everything && keys.isEmpty();
    }

    public SortedSet<ObjectKey> keys() {
        return Collections.unmodifiableSortedSet(keys);
    }

    /** The ids of touched objects of a kind, deleted ones too. */
    public SortedSet<String> ids(Kind kind) {
        var ids = new TreeSet<String>();
        for (var key : keys) {
            if (key.kind() == kind) {
                ids.add(key.id());
            }
        }
        return Collections.unmodifiableSortedSet(ids);
    }

    /** Whether an object of the kind was touched, or may have been. */
    public boolean touches(Kind kind) {
        return everything || keys.stream().anyMatch(key -> key.kind() == kind);
    }

    /** Services that were touched themselves or by way of their tasks and revisions, deleted ones too. */
    public SortedSet<String> services() {
        return Collections.unmodifiableSortedSet(services);
    }

    /** Nodes that were touched themselves or by way of their tasks, deleted ones too. */
    public SortedSet<String> nodes() {
        return Collections.unmodifiableSortedSet(nodes);
    }

    /** What either of the two touched. */
    public Touched and(Touched other) {
        return union(List.of(this, other));
    }

    /** What any of them touched. */
    public static Touched union(List<Touched> all) {
        var some = all.stream().filter(one -> !one.nothing()).toList();
        if (some.isEmpty()) {
            return NOTHING;
        }
        if (some.size() == 1) {
            return some.getFirst();
        }
        if (some.stream().anyMatch(one -> one.everything)
                || some.stream().mapToInt(Touched::size).sum() > MAX_KEYS) {
            return EVERYTHING;
        }
        var collector = new Collector();
        for (var one : some) {
            collector.keys.addAll(one.keys);
            collector.services.addAll(one.services);
            collector.nodes.addAll(one.nodes);
        }
        return collector.touched();
    }

    /** Keys that it holds. */
    int size() {
        return keys.size();
    }

    @Override
    public String toString() {
        return everything ? "everything" : keys.toString();
    }

    /** Collects what is touched. One thread. */
    static final class Collector {
        private final SortedSet<ObjectKey> keys = new TreeSet<>();
        private final SortedSet<String> services = new TreeSet<>();
        private final SortedSet<String> nodes = new TreeSet<>();

        void add(ObjectKey key, @Nullable Message before, @Nullable Message after) {
            keys.add(key);
            if (key.kind() == Kind.KIND_NODE) {
                nodes.add(key.id());
            }
            note(before);
            note(after);
        }

        void addAll(Collector other) {
            keys.addAll(other.keys);
            services.addAll(other.services);
            nodes.addAll(other.nodes);
        }

        Touched touched() {
            return keys.size() > MAX_KEYS
                    ? EVERYTHING
                    : new Touched(false, new TreeSet<>(keys), new TreeSet<>(services), new TreeSet<>(nodes));
        }

        private void note(@Nullable Message object) {
            switch (object) {
                case Service service -> services.add(service.getId());
                case ServiceRevision revision -> services.add(revision.getServiceId());
                case Task task -> {
                    services.add(task.getServiceId());
                    if (!task.getNodeId().isEmpty()) {
                        nodes.add(task.getNodeId());
                    }
                }
                case null, default -> {}
            }
        }
    }
}
