package dev.muster.manager.control;

import com.google.protobuf.Message;
import dev.muster.http.RpcCode;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.state.ReadFailedException;
import dev.muster.manager.state.Rejection;
import dev.muster.manager.write.WriteFailure;
import dev.muster.manager.write.Writer;
import java.time.InstantSource;
import java.util.function.Supplier;

/** Reads and changes in the name of a user: what goes wrong becomes a {@link ControlFailure}. Any thread. */
final class Transactions {
    private final Writer writer;

    Transactions(Proposer proposer, ClusterStates states, InstantSource clock) {
        this.writer = new Writer(proposer, states, clock);
    }

    /** The state with every acknowledged change in it. */
    ClusterState read() {
        return failing(writer::read);
    }

    /** The state after this manager's last own change, without asking the others. */
    ClusterState afterwards() {
        return writer.current();
    }

    /** What the decision returned when its change was accepted. */
    <T> T commit(String origin, Writer.Decision<T> decision) {
        return failing(() -> writer.commit(origin, decision));
    }

    /** The object that the decision wrote, with the version that it got. */
    <T extends Message> T write(String origin, Class<T> type, Writer.Decision<T> decision) {
        return failing(() -> writer.write(origin, type, decision));
    }

    private static <T> T failing(Supplier<T> call) {
        try {
            return call.get();
        } catch (ReadFailedException e) {
            throw ControlFailure.unavailable(e.getMessage());
        } catch (WriteFailure e) {
            throw new ControlFailure(code(e.result()), e.text());
        }
    }

    private static RpcCode code(ProposalResult result) {
        return switch (result) {
            case ProposalResult.Rejected rejected -> code(rejected.reasons().getFirst());
            case ProposalResult.NotLeader _, ProposalResult.Refused _ -> RpcCode.UNAVAILABLE;
            case ProposalResult.TooLarge _ -> RpcCode.INVALID_ARGUMENT;
            case ProposalResult.Unknown _ -> RpcCode.DEADLINE_EXCEEDED;
            case ProposalResult.Accepted _ -> throw new IllegalArgumentException("an accepted change is no failure");
        };
    }

    private static RpcCode code(Rejection reason) {
        return switch (reason) {
            case Rejection.NameTaken _, Rejection.AlreadyExists _ -> RpcCode.ALREADY_EXISTS;
            case Rejection.Missing _ -> RpcCode.NOT_FOUND;
            case Rejection.InUse _, Rejection.Illegal _, Rejection.MissingReference _ -> RpcCode.FAILED_PRECONDITION;
            case Rejection.VersionConflict _, Rejection.RequirementFailed _ -> RpcCode.ABORTED;
            case Rejection.StaleFence _ -> RpcCode.UNAVAILABLE;
        };
    }
}
