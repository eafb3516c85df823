package dev.muster.manager.dispatcher;

import dev.muster.manager.state.ProposalResult;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Optional;

/** What agents are told when something cannot be done, and by which code they know it. Pure. */
final class DispatcherStatus {
    /** Names the leader's HOST:PORT, if it is known, to an agent that asked another manager. */
    static final Metadata.Key<String> LEADER = Metadata.Key.of("muster-leader", Metadata.ASCII_STRING_MARSHALLER);

    private DispatcherStatus() {}

    /** FAILED_PRECONDITION: try the leader named in the trailer, or any other manager. */
    static StatusRuntimeException notLeader(Optional<String> leader) {
        var trailers = new Metadata();
        leader.ifPresent(address -> trailers.put(LEADER, address));
        return Status.FAILED_PRECONDITION
                .withDescription(leader.map(address -> "this manager is not the leader; the leader is " + address)
                        .orElse("this manager is not the leader"))
                .asRuntimeException(trailers);
    }

    /** ABORTED: register again. Not NOT_FOUND, which tells an agent that its node was removed. */
    static StatusRuntimeException unknownSession(String sessionId) {
        return Status.ABORTED
                .withDescription("session " + (sessionId.isEmpty() ? "(none)" : sessionId) + " is not known")
                .asRuntimeException();
    }

    /** NOT_FOUND: the node was removed from the cluster. */
    static StatusRuntimeException unknownNode(String nodeId) {
        return Status.NOT_FOUND
                .withDescription("node " + nodeId + " is not part of the cluster")
                .asRuntimeException();
    }

    /** RESOURCE_EXHAUSTED: register again, later. */
    static StatusRuntimeException tooManyRegistrations(String nodeId, int most, Duration window) {
        return Status.RESOURCE_EXHAUSTED
                .withDescription("node " + nodeId + " registers too often: at most " + most + " times in "
                        + window.toSeconds() + " s")
                .asRuntimeException();
    }

    /** ABORTED: this session or stream is over because a newer one took its place, or its heartbeats stopped. */
    static StatusRuntimeException over(String why) {
        return Status.ABORTED.withDescription(why).asRuntimeException();
    }

    static StatusRuntimeException invalid(String what) {
        return Status.INVALID_ARGUMENT.withDescription(what).asRuntimeException();
    }

    /** For a proposal that was not accepted. UNAVAILABLE: send the same again. */
    static StatusRuntimeException of(ProposalResult result, Optional<String> leader) {
        return switch (result) {
            case ProposalResult.NotLeader _ -> notLeader(leader);
            case ProposalResult.Rejected _, ProposalResult.Unknown _, ProposalResult.Refused _ ->
                Status.UNAVAILABLE.withDescription(result.message()).asRuntimeException();
            case ProposalResult.TooLarge _ ->
                Status.INVALID_ARGUMENT.withDescription(result.message()).asRuntimeException();
            case ProposalResult.Accepted _ -> throw new IllegalArgumentException("an accepted proposal is no failure");
        };
    }
}
