package dev.muster.manager.write;

import com.google.protobuf.Message;
import dev.muster.api.ChangeSet;
import dev.muster.api.Meta;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.state.Rejection;
import dev.muster.manager.state.StoredObjects;
import java.time.InstantSource;
import java.util.List;

/**
 * Reads, decides and proposes, again if somebody else was faster. A decision that refuses throws: what is told comes
 * from the state as it then is, and the reducer's reasons are only the last resort. Any thread; blocks.
 */
public final class Writer {
    /** Each retry means that somebody else's change went through: more than this in a row is a storm. */
    private static final int MAX_ATTEMPTS = 32;

    /** The same refusal this often for something that the decision did not see: telling it is better than trying on. */
    private static final int MAX_REFUSALS = 3;

    /** Reads the state, checks, and puts what is to change into the change set; an empty one is not proposed. */
    @FunctionalInterface
    public interface Decision<T> {
        T decide(ClusterState state, ChangeSetBuilder changes);
    }

    private final Proposer proposer;
    private final ClusterStates states;
    private final InstantSource clock;

    public Writer(Proposer proposer, ClusterStates states, InstantSource clock) {
        this.proposer = proposer;
        this.states = states;
        this.clock = clock;
    }

    /** The state with every acknowledged change in it. */
    public ClusterState read() {
        return proposer.read();
    }

    /** This manager's state as it is: it has at least this manager's own changes. */
    public ClusterState current() {
        return states.current();
    }

    /** What a decision returned, and the change that it made. */
    private record Committed<T>(T value, ChangeSet changes, long version) {}

    /**
     * What the decision returned when its change was accepted.
     *
     * @param origin the call that asks, for explanations
     * @throws WriteFailure if the change was not taken
     */
    public <T> T commit(String origin, Decision<T> decision) {
        return committed(origin, decision).value();
    }

    /**
     * The object that the decision returned, as the change has left it: with its new version and times, whatever others have
     * made of it since.
     *
     * @param type of the object; the decision has written it, or left it alone as it was read
     * @throws WriteFailure if the change was not taken
     */
    public <T extends Message> T write(String origin, Class<T> type, Decision<T> decision) {
        var committed = committed(origin, decision);
        var object = committed.value();
        var key = StoredObjects.key(object);
        boolean written = committed.changes().getChangesList().stream()
                .anyMatch(change -> change.hasObject()
                        && StoredObjects.key(StoredObjects.unwrap(change.getObject()))
                                .equals(key));
        if (!written) {
            return object;
        }
        var before = StoredObjects.meta(object);
        var at = committed.changes().getAt();
        var meta = Meta.newBuilder()
                .setVersion(committed.version())
                .setCreatedAt(before.getVersion() == 0 ? at : before.getCreatedAt())
                .setUpdatedAt(at)
                .build();
        return type.cast(StoredObjects.withMeta(object, meta));
    }

    private <T> Committed<T> committed(String origin, Decision<T> decision) {
        // This manager's state may lag behind what others acknowledged: a first look is linearizable, later ones follow
        // from a rejection and need only be newer than what was rejected.
        var state = proposer.read();
        var refusals = 0;
        for (var attempt = 1; ; attempt++) {
            var changes = new ChangeSetBuilder(clock.instant(), origin);
            var result = decision.decide(state, changes);
            if (changes.isEmpty()) {
                return new Committed<>(result, ChangeSet.getDefaultInstance(), 0);
            }
            var changeSet = changes.build();
            var outcome = proposer.propose(changeSet);
            if (outcome instanceof ProposalResult.Accepted(long version)) {
                return new Committed<>(result, changeSet, version);
            }
            if (!(outcome instanceof ProposalResult.Rejected rejected)) {
                throw new WriteFailure(outcome);
            }
            if (!outrun(rejected.reasons())) {
                refusals++;
            }
            if (refusals >= MAX_REFUSALS || attempt >= MAX_ATTEMPTS) {
                throw new WriteFailure(rejected);
            }
            state = states.current();
        }
    }

    /** Whether somebody else wrote in between, so that trying again is likely to go through. */
    private static boolean outrun(List<Rejection> reasons) {
        return reasons.stream()
                .allMatch(reason ->
                        reason instanceof Rejection.VersionConflict || reason instanceof Rejection.RequirementFailed);
    }
}
