package dev.muster.manager.control;

import dev.muster.api.ChangeSet;
import dev.muster.http.RpcCode;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.state.ReadFailedException;
import dev.muster.manager.state.Rejection;
import java.time.InstantSource;
import java.util.List;

/**
 * Reads, decides and proposes, again if somebody else was faster. What a user is told comes from the decision made on
 * the state as it then is: the reducer's reasons are only the last resort. Any thread.
 */
final class Transactions {
    /** Each retry means that somebody else's change went through: more than this in a row is a storm. */
    private static final int MAX_ATTEMPTS = 32;

    /** The same refusal this often for something that the decision did not see: telling it is better than trying on. */
    private static final int MAX_REFUSALS = 3;

    /** Reads the state, checks, and puts what is to change into the change set; an empty one is not proposed. */
    @FunctionalInterface
    interface Decision<T> {
        T decide(ClusterState state, ChangeSetBuilder changes);
    }

    private final Proposer proposer;
    private final ClusterStates states;
    private final InstantSource clock;

    Transactions(Proposer proposer, ClusterStates states, InstantSource clock) {
        this.proposer = proposer;
        this.states = states;
        this.clock = clock;
    }

    /** The state with every acknowledged change in it. */
    ClusterState read() {
        try {
            return proposer.read();
        } catch (ReadFailedException e) {
            throw ControlFailure.unavailable(e.getMessage());
        }
    }

    /** The state after this manager's last own change, without asking the others. */
    ClusterState afterwards() {
        return states.current();
    }

    /** What the decision returned when its change was accepted. */
    <T> T commit(String origin, Decision<T> decision) {
        var refusals = 0;
        for (var attempt = 1; ; attempt++) {
            var state = read();
            var changes = new ChangeSetBuilder(clock.instant(), origin);
            var result = decision.decide(state, changes);
            if (changes.isEmpty()) {
                return result;
            }
            switch (propose(changes.build())) {
                case ProposalResult.Accepted _ -> {
                    return result;
                }
                case ProposalResult.Rejected rejected -> {
                    if (!outrun(rejected.reasons())) {
                        refusals++;
                    }
                    if (refusals >= MAX_REFUSALS || attempt >= MAX_ATTEMPTS) {
                        throw failure(rejected);
                    }
                }
                case ProposalResult.NotLeader notLeader -> throw ControlFailure.unavailable(notLeader.message());
                case ProposalResult.Refused refused -> throw ControlFailure.unavailable(refused.message());
                case ProposalResult.TooLarge tooLarge -> throw ControlFailure.invalid(tooLarge.message());
                case ProposalResult.Unknown unknown ->
                    throw new ControlFailure(RpcCode.DEADLINE_EXCEEDED, unknown.message());
            }
        }
    }

    private ProposalResult propose(ChangeSet changeSet) {
        return proposer.propose(changeSet);
    }

    /** Whether somebody else wrote in between, so that trying again is likely to go through. */
    private static boolean outrun(List<Rejection> reasons) {
        return reasons.stream()
                .allMatch(reason -> reason instanceof Rejection.VersionConflict
                        || reason instanceof Rejection.RequirementFailed
                        || reason instanceof Rejection.StaleFence);
    }

    private static ControlFailure failure(ProposalResult.Rejected rejected) {
        var code = switch (rejected.reasons().getFirst()) {
            case Rejection.NameTaken _, Rejection.AlreadyExists _ -> RpcCode.ALREADY_EXISTS;
            case Rejection.Missing _ -> RpcCode.NOT_FOUND;
            case Rejection.InUse _, Rejection.Illegal _, Rejection.MissingReference _ -> RpcCode.FAILED_PRECONDITION;
            case Rejection.VersionConflict _, Rejection.RequirementFailed _ -> RpcCode.ABORTED;
            case Rejection.StaleFence _ -> RpcCode.UNAVAILABLE;
        };
        return new ControlFailure(code, rejected.message());
    }
}
