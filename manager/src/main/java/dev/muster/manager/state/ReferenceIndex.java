package dev.muster.manager.state;

import com.google.protobuf.Message;
import dev.muster.api.Kind;
import dev.muster.api.Names;
import dev.muster.api.Service;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * Who is called what, and which services use which networks, secrets and configs. Immutable: {@link #with} gives the
 * index of the next state.
 *
 * @param names the id behind each unique name
 * @param users services by what their current spec refers to
 */
record ReferenceIndex(TreePMap<NameKey, String> names, Index<ObjectKey, Service> users) {
    static final ReferenceIndex EMPTY = new ReferenceIndex(TreePMap.empty(), Index.empty());

    /** A name in the form in which names are compared. */
    record NameKey(Kind kind, String name) implements Comparable<NameKey> {
        static NameKey of(Kind kind, String name) {
            return new NameKey(kind, Names.key(name));
        }

        @Override
        public int compareTo(NameKey other) {
            int byKind = Integer.compare(kind.getNumber(), other.kind.getNumber());
            return byKind != 0 ? byKind : name.compareTo(other.name);
        }
    }

    /** The index after an object was created, changed or deleted. */
    ReferenceIndex with(ObjectKey key, @Nullable Message before, @Nullable Message after) {
        var newNames = names;
        if (before != null && !StoredObjects.uniqueName(before).isEmpty()) {
            newNames = newNames.minus(NameKey.of(key.kind(), StoredObjects.uniqueName(before)));
        }
        if (after != null && !StoredObjects.uniqueName(after).isEmpty()) {
            newNames = newNames.plus(NameKey.of(key.kind(), StoredObjects.uniqueName(after)), key.id());
        }
        var newUsers = users;
        if (before instanceof Service service) {
            for (var used : references(service)) {
                newUsers = newUsers.minus(used, service.getId());
            }
        }
        if (after instanceof Service service) {
            for (var used : references(service)) {
                newUsers = newUsers.plus(used, service.getId(), service);
            }
        }
        return new ReferenceIndex(newNames, newUsers);
    }

    /** The networks, secrets and configs that the service's current spec names. */
    static SortedSet<ObjectKey> references(Service service) {
        var keys = new TreeSet<ObjectKey>();
        var task = service.getSpec().getTask();
        task.getNetworksList().forEach(network -> add(keys, Kind.KIND_NETWORK, network.getTarget()));
        task.getContainer().getSecretsList().forEach(secret -> add(keys, Kind.KIND_SECRET, secret.getSecretId()));
        task.getContainer().getConfigsList().forEach(config -> add(keys, Kind.KIND_CONFIG, config.getConfigId()));
        return keys;
    }

    private static void add(SortedSet<ObjectKey> keys, Kind kind, String id) {
        if (!id.isEmpty()) {
            keys.add(new ObjectKey(kind, id));
        }
    }
}
