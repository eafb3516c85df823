package dev.muster.manager.state;

import dev.muster.api.Kind;
import java.util.Locale;

/** Names one stored object. Ordered by kind, then id. */
public record ObjectKey(Kind kind, String id) implements Comparable<ObjectKey> {
    public ObjectKey {
        if (kind == Kind.KIND_UNSPECIFIED || kind == Kind.UNRECOGNIZED) {
            throw new IllegalArgumentException("no such kind of object: " + kind);
        }
        if (id.isEmpty()) {
            throw new IllegalArgumentException("an object of kind " + kind + " without id");
        }
    }

    public static ObjectKey service(String id) {
        return new ObjectKey(Kind.KIND_SERVICE, id);
    }

    public static ObjectKey revision(String id) {
        return new ObjectKey(Kind.KIND_REVISION, id);
    }

    public static ObjectKey task(String id) {
        return new ObjectKey(Kind.KIND_TASK, id);
    }

    public static ObjectKey node(String id) {
        return new ObjectKey(Kind.KIND_NODE, id);
    }

    public static ObjectKey network(String id) {
        return new ObjectKey(Kind.KIND_NETWORK, id);
    }

    public static ObjectKey secret(String id) {
        return new ObjectKey(Kind.KIND_SECRET, id);
    }

    public static ObjectKey config(String id) {
        return new ObjectKey(Kind.KIND_CONFIG, id);
    }

    public static ObjectKey cluster(String id) {
        return new ObjectKey(Kind.KIND_CLUSTER, id);
    }

    @Override
    public int compareTo(ObjectKey other) {
        int byKind = Integer.compare(kind.getNumber(), other.kind.getNumber());
        return byKind != 0 ? byKind : id.compareTo(other.id);
    }

    /** The kind as users read it, and the id: {@code service abc}. */
    @Override
    public String toString() {
        return word(kind) + " " + id;
    }

    /** The kind as users read it. */
    public static String word(Kind kind) {
        return kind.name().substring("KIND_".length()).toLowerCase(Locale.ROOT);
    }
}
