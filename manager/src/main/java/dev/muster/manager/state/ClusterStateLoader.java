package dev.muster.manager.state;

import com.google.protobuf.Message;
import dev.muster.api.Kind;
import dev.muster.api.StoredObject;
import java.util.function.Consumer;

/** Puts a state together again from the objects of a snapshot, in the order in which {@link #write} gave them. One thread. */
public final class ClusterStateLoader {
    private ClusterState state = ClusterState.EMPTY;

    /** Gives every object of the state, kinds in order, so that revisions come before the tasks that name them. */
    public static void write(ClusterState state, Consumer<StoredObject> out) {
        for (var kind : Kind.values()) {
            for (Message object : state.objects(kind).values()) {
                out.accept(StoredObjects.wrap(object));
            }
        }
    }

    public ClusterStateLoader add(StoredObject stored) {
        var object = StoredObjects.unwrap(stored);
        state = state.with(StoredObjects.key(object), object);
        return this;
    }

    /** The whole state, at the version it had. */
    public ClusterState load(long version) {
        if (state.featureLevel() > ClusterReducer.FEATURE_LEVEL) {
            throw new UnreadableLogException("the cluster has feature level " + state.featureLevel()
                    + ", this manager knows levels up to " + ClusterReducer.FEATURE_LEVEL + ": run a newer version");
        }
        return state.withVersion(version);
    }
}
