package dev.muster.manager.state;

import com.google.protobuf.Message;
import dev.muster.api.Change;
import dev.muster.api.ChangeSet;
import dev.muster.api.Requirement;
import dev.muster.api.Timestamps;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Makes a change set: all of it happens or nothing does. Objects to update or delete are given as they were read (with
 * changed content, for updates), so that their meta names the version read. Several changes to one object become one:
 * the last content wins, the first version read stays. One thread.
 */
public final class ChangeSetBuilder {
    private final Instant at;
    private final String origin;
    private final Map<ObjectKey, Change> changes = new LinkedHashMap<>();
    private final Map<ObjectKey, Requirement> requirements = new LinkedHashMap<>();

    /**
     * @param at the time that is stamped on what changes: the reducer has no clock
     * @param origin the loop or call that proposes, for explanations
     */
    public ChangeSetBuilder(Instant at, String origin) {
        this.at = at;
        this.origin = origin;
    }

    /** Adds a new object. Its meta is filled in by the reducer. */
    public ChangeSetBuilder create(Message object) {
        var key = StoredObjects.key(object);
        var earlier = changes.get(key);
        if (earlier != null) {
            throw new IllegalStateException(key + " is in the change set already: " + earlier.getAction());
        }
        return put(key, Change.Action.CREATE, object);
    }

    /** Replaces an object that was read from the state. */
    public ChangeSetBuilder update(Message object) {
        var key = StoredObjects.key(object);
        var earlier = changes.get(key);
        if (earlier == null) {
            return put(key, Change.Action.UPDATE, object);
        }
        if (earlier.getAction() == Change.Action.DELETE) {
            throw new IllegalStateException(key + " is deleted by the same change set");
        }
        var meta = StoredObjects.meta(StoredObjects.unwrap(earlier.getObject()));
        return put(key, earlier.getAction(), StoredObjects.withMeta(object, meta));
    }

    /** Removes an object that was read from the state. */
    public ChangeSetBuilder delete(Message object) {
        var key = StoredObjects.key(object);
        var earlier = changes.get(key);
        if (earlier != null && earlier.getAction() == Change.Action.CREATE) {
            changes.remove(key);
            return this;
        }
        long version = earlier == null || earlier.getAction() == Change.Action.DELETE
                ? StoredObjects.meta(object).getVersion()
                : StoredObjects.meta(StoredObjects.unwrap(earlier.getObject())).getVersion();
        changes.put(
                key,
                Change.newBuilder()
                        .setAction(Change.Action.DELETE)
                        .setKind(key.kind())
                        .setId(key.id())
                        .setVersion(version)
                        .build());
        return this;
    }

    /** Relies on the object being exactly as it was read, without writing it. */
    public ChangeSetBuilder require(Message object) {
        return require(
                StoredObjects.key(object),
                requirement -> requirement.setVersion(StoredObjects.meta(object).getVersion()));
    }

    /** Relies on there being such an object, whatever is in it. */
    public ChangeSetBuilder requireExists(ObjectKey key) {
        return require(key, requirement -> {});
    }

    /** Relies on there being no such object. */
    public ChangeSetBuilder requireAbsent(ObjectKey key) {
        return require(key, requirement -> requirement.setAbsent(true));
    }

    /** Whether it changes nothing: proposing it would be pointless. */
    public boolean isEmpty() {
        return changes.isEmpty();
    }

    /** Objects written. */
    public int size() {
        return changes.size();
    }

    public ChangeSet build() {
        return ChangeSet.newBuilder()
                .addAllChanges(changes.values())
                .addAllRequires(requirements.values())
                .setAt(Timestamps.of(at))
                .setOrigin(origin)
                .build();
    }

    private ChangeSetBuilder put(ObjectKey key, Change.Action action, Message object) {
        changes.put(
                key,
                Change.newBuilder()
                        .setAction(action)
                        .setObject(StoredObjects.wrap(object))
                        .build());
        return this;
    }

    private ChangeSetBuilder require(ObjectKey key, Consumer<Requirement.Builder> condition) {
        var requirement = Requirement.newBuilder().setKind(key.kind()).setId(key.id());
        condition.accept(requirement);
        requirements.put(key, requirement.build());
        return this;
    }
}
