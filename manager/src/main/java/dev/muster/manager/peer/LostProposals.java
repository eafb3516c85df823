package dev.muster.manager.peer;

import dev.muster.api.Change;
import dev.muster.api.ChangeSet;
import dev.muster.api.Meta;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ObjectKey;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.StoredObjects;
import java.util.EnumSet;

/**
 * Finds out from the state what became of a change set whose outcome got lost. Sound because each change can happen at
 * most once: ids are new in the world, and an update or a deletion names the version it read. Pure.
 */
final class LostProposals {
    /** What the state says of a change. */
    private enum Trace {
        /** It is as the change would leave it. */
        DONE,
        /** It is as the change found it: it can still be made. */
        OPEN,
        /** Somebody has written it since: before the change or after it. */
        OVERWRITTEN
    }

    private LostProposals() {}

    /**
     * Accepted if all of it is in the state; refused, so free to be proposed again, if nothing is; unknown if others have
     * written there since.
     *
     * @param state read after the outcome got lost
     */
    static ProposalResult lookUp(ClusterState state, ChangeSet changeSet, String why) {
        var traces = EnumSet.noneOf(Trace.class);
        long newest = 0;
        for (var change : changeSet.getChangesList()) {
            var trace = trace(state, change);
            traces.add(trace);
            if (trace == Trace.DONE) {
                newest = Math.max(newest, version(state, change));
            }
        }
        if (traces.equals(EnumSet.of(Trace.DONE))) {
            return new ProposalResult.Accepted(newest);
        }
        if (traces.equals(EnumSet.of(Trace.OPEN))) {
            return new ProposalResult.Refused("it was lost on the way: " + why);
        }
        return new ProposalResult.Unknown(why);
    }

    private static Trace trace(ClusterState state, Change change) {
        var stored = state.object(key(change));
        return switch (change.getAction()) {
            case CREATE -> stored.isPresent() ? Trace.DONE : Trace.OPEN;
            case DELETE -> {
                if (stored.isEmpty()) {
                    yield Trace.DONE;
                }
                yield StoredObjects.meta(stored.get()).getVersion() == change.getVersion()
                        ? Trace.OPEN
                        : Trace.OVERWRITTEN;
            }
            case UPDATE -> {
                if (stored.isEmpty()) {
                    yield Trace.OVERWRITTEN;
                }
                var wanted = StoredObjects.unwrap(change.getObject());
                if (StoredObjects.meta(stored.get()).getVersion()
                        == StoredObjects.meta(wanted).getVersion()) {
                    yield Trace.OPEN;
                }
                var none = Meta.getDefaultInstance();
                yield StoredObjects.withMeta(stored.get(), none).equals(StoredObjects.withMeta(wanted, none))
                        ? Trace.DONE
                        : Trace.OVERWRITTEN;
            }
            case UNRECOGNIZED -> Trace.OVERWRITTEN;
        };
    }

    private static long version(ClusterState state, Change change) {
        return state.object(key(change))
                .map(object -> StoredObjects.meta(object).getVersion())
                .orElse(state.version());
    }

    private static ObjectKey key(Change change) {
        return change.getAction() == Change.Action.DELETE
                ? new ObjectKey(change.getKind(), change.getId())
                : StoredObjects.key(StoredObjects.unwrap(change.getObject()));
    }
}
