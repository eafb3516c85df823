package dev.muster.manager.state;

import com.google.protobuf.Message;
import dev.muster.api.Change;
import dev.muster.api.ChangeSet;
import dev.muster.api.Kind;
import dev.muster.api.Meta;
import dev.muster.api.Requirement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Applies one change set to a draft and finds every reason against it: first what it requires, then each change against
 * the draft as the changes before left it, then, on the whole draft, that nothing names what is not there. One thread,
 * used once.
 */
final class ChangeSetCheck {
    /** Reasons kept: more tell nobody more, and they travel back to the proposer. */
    private static final int MAX_REASONS = 16;

    private final ClusterState before;
    private final ChangeSet changeSet;
    private final long version;
    private final List<Rejection> reasons = new ArrayList<>();
    private final Map<ObjectKey, Boolean> written = new LinkedHashMap<>();
    private final Touched.Collector touched = new Touched.Collector();
    private ClusterState draft;

    ChangeSetCheck(ClusterState before, ChangeSet changeSet) {
        this.before = before;
        this.changeSet = changeSet;
        this.version = before.version() + 1;
        this.draft = before;
    }

    /** The reasons against it; empty if it is acceptable. */
    List<Rejection> run() {
        changeSet.getRequiresList().forEach(this::require);
        if (reasons.isEmpty()) {
            changeSet.getChangesList().forEach(this::change);
        }
        if (reasons.isEmpty()) {
            for (var key : written.keySet()) {
                ReferenceRules.check(before, draft, key, this::reject);
            }
        }
        return List.copyOf(reasons);
    }

    /** The state with the change set in it; only if there are no reasons against it. */
    ClusterState after() {
        return draft.withVersion(version);
    }

    Touched.Collector touched() {
        return touched;
    }

    private void require(Requirement requirement) {
        var key = new ObjectKey(requirement.getKind(), requirement.getId());
        var object = before.object(key);
        if (requirement.getAbsent()) {
            if (object.isPresent()) {
                reject(new Rejection.RequirementFailed(key, "exists"));
            }
        } else if (object.isEmpty()) {
            reject(new Rejection.RequirementFailed(key, "does not exist"));
        } else if (requirement.getVersion() != 0) {
            long stored = StoredObjects.meta(object.get()).getVersion();
            if (stored != requirement.getVersion()) {
                reject(new Rejection.RequirementFailed(
                        key, "was read at version " + requirement.getVersion() + " and is at " + stored));
            }
        }
    }

    private void change(Change change) {
        switch (change.getAction()) {
            case CREATE -> create(StoredObjects.unwrap(change.getObject()));
            case UPDATE -> update(StoredObjects.unwrap(change.getObject()));
            case DELETE -> delete(new ObjectKey(change.getKind(), change.getId()), change.getVersion());
            case UNRECOGNIZED ->
                throw new UnreadableLogException("a change has an action that is unknown here: "
                        + change.getActionValue() + ": run a newer version");
        }
    }

    private void create(Message object) {
        var key = StoredObjects.key(object);
        if (draft.contains(key)) {
            reject(new Rejection.AlreadyExists(key));
            return;
        }
        if (key.kind() == Kind.KIND_CLUSTER && draft.cluster().isPresent()) {
            reject(new Rejection.Illegal(key, "there is a cluster already"));
            return;
        }
        if (nameIsFree(key, object) && permitted(key, TransitionRules.onCreate(object))) {
            write(
                    key,
                    null,
                    StoredObjects.withMeta(
                            object,
                            Meta.newBuilder()
                                    .setVersion(version)
                                    .setCreatedAt(changeSet.getAt())
                                    .setUpdatedAt(changeSet.getAt())
                                    .build()));
        }
    }

    private void update(Message object) {
        var key = StoredObjects.key(object);
        var stored = stored(key, StoredObjects.meta(object).getVersion());
        if (stored != null && nameIsFree(key, object) && permitted(key, TransitionRules.onUpdate(stored, object))) {
            write(
                    key,
                    stored,
                    StoredObjects.withMeta(
                            object,
                            Meta.newBuilder()
                                    .setVersion(version)
                                    .setCreatedAt(StoredObjects.meta(stored).getCreatedAt())
                                    .setUpdatedAt(changeSet.getAt())
                                    .build()));
        }
    }

    private void delete(ObjectKey key, long readVersion) {
        var stored = stored(key, readVersion);
        if (stored == null) {
            return;
        }
        if (key.kind() == Kind.KIND_CLUSTER) {
            reject(new Rejection.Illegal(key, "the cluster cannot be deleted"));
            return;
        }
        write(key, stored, null);
    }

    /** The stored object, if it is the one that was read. */
    private @Nullable Message stored(ObjectKey key, long readVersion) {
        var stored = draft.object(key);
        if (stored.isEmpty()) {
            reject(new Rejection.Missing(key));
            return null;
        }
        // An object that this very change set wrote has its version: two changes to it cannot name what they read.
        long storedVersion = StoredObjects.meta(stored.get()).getVersion();
        if (storedVersion != readVersion) {
            reject(new Rejection.VersionConflict(key, readVersion, storedVersion));
            return null;
        }
        return stored.get();
    }

    private boolean nameIsFree(ObjectKey key, Message object) {
        var name = StoredObjects.uniqueName(object);
        var holder = name.isEmpty() ? null : draft.idNamed(key.kind(), name).orElse(null);
        if (holder == null || holder.equals(key.id())) {
            return true;
        }
        reject(new Rejection.NameTaken(key.kind(), name, holder));
        return false;
    }

    private boolean permitted(ObjectKey key, @Nullable String brokenRule) {
        if (brokenRule != null) {
            reject(new Rejection.Illegal(key, brokenRule));
        }
        return brokenRule == null;
    }

    private void write(ObjectKey key, @Nullable Message stored, @Nullable Message object) {
        draft = draft.with(key, object);
        written.put(key, true);
        touched.add(key, stored, object);
    }

    private void reject(Rejection reason) {
        if (reasons.size() < MAX_REASONS) {
            reasons.add(reason);
        }
    }
}
