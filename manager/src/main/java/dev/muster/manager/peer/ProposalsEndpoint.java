package dev.muster.manager.peer;

import dev.muster.api.ProposalsGrpc;
import dev.muster.api.ProposeRequest;
import dev.muster.api.ProposeResponse;
import dev.muster.api.WithdrawRequest;
import dev.muster.api.WithdrawResponse;
import dev.muster.manager.state.ProposalResult;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Takes what other managers propose, while this one leads; never passes it on. Callers are managers: that is checked before. */
public final class ProposalsEndpoint extends ProposalsGrpc.ProposalsImplBase {
    /** As many as share one entry; a change of one user is one. */
    private static final int MOST_CHANGE_SETS = 1_000;

    /** For what is on its way to get through; the caller asks again. */
    private static final Duration WITHDRAWAL = Duration.ofSeconds(3);

    private final TermProposer local;
    private final Attempts attempts = new Attempts();

    /**
     * @param local of this manager: says if it does not lead
     */
    public ProposalsEndpoint(TermProposer local) {
        this.local = local;
    }

    @Override
    public void propose(ProposeRequest request, StreamObserver<ProposeResponse> responses) {
        if (request.getChangeSetsCount() == 0 || request.getChangeSetsCount() > MOST_CHANGE_SETS) {
            responses.onError(Status.INVALID_ARGUMENT
                    .withDescription(
                            "1 to " + MOST_CHANGE_SETS + " change sets at a time, not " + request.getChangeSetsCount())
                    .asRuntimeException());
            return;
        }
        if (request.getAttempt().isEmpty()) {
            responses.onError(Status.INVALID_ARGUMENT
                    .withDescription("a proposal needs an attempt's name")
                    .asRuntimeException());
            return;
        }
        var response = ProposeResponse.newBuilder();
        results(request).forEach(result -> response.addOutcomes(ProposalMessages.outcome(result)));
        responses.onNext(response.build());
        responses.onCompleted();
    }

    private List<ProposalResult> results(ProposeRequest request) {
        if (request.getTerm() != local.leadingTerm()) {
            return all(request, new ProposalResult.NotLeader(Optional.empty()));
        }
        if (!attempts.begin(request.getTerm(), request.getAttempt())) {
            return all(request, new ProposalResult.Refused("it came after it was withdrawn"));
        }
        try {
            return local.propose(request.getTerm(), request.getChangeSetsList());
        } finally {
            attempts.end(request.getAttempt());
        }
    }

    private static List<ProposalResult> all(ProposeRequest request, ProposalResult result) {
        return request.getChangeSetsList().stream().map(_ -> result).toList();
    }

    @Override
    public void withdraw(WithdrawRequest request, StreamObserver<WithdrawResponse> responses) {
        long leading = local.leadingTerm();
        if (leading == 0 || leading < request.getTerm()) {
            responses.onError(Status.FAILED_PRECONDITION
                    .withDescription("this manager does not lead in term " + request.getTerm() + " or a later one")
                    .asRuntimeException());
            return;
        }
        try {
            if (leading > request.getTerm() || attempts.withdraw(leading, request.getAttempt(), WITHDRAWAL)) {
                responses.onNext(WithdrawResponse.getDefaultInstance());
                responses.onCompleted();
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        responses.onError(Status.UNAVAILABLE
                .withDescription("it is still on its way into the log")
                .asRuntimeException());
    }
}
