package dev.muster.manager.peer;

import dev.muster.api.ProposalsGrpc;
import dev.muster.api.ProposeRequest;
import dev.muster.api.ProposeResponse;
import dev.muster.manager.state.Proposer;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;

/** Takes what other managers propose, while this one leads; never passes it on. Callers are managers: that is checked before. */
public final class ProposalsEndpoint extends ProposalsGrpc.ProposalsImplBase {
    /** As many as share one entry; a change of one user is one. */
    private static final int MOST_CHANGE_SETS = 1_000;

    private final Proposer local;

    /**
     * @param local of this manager: says if it does not lead
     */
    public ProposalsEndpoint(Proposer local) {
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
        var response = ProposeResponse.newBuilder();
        local.propose(request.getChangeSetsList())
                .forEach(result -> response.addOutcomes(ProposalMessages.outcome(result)));
        responses.onNext(response.build());
        responses.onCompleted();
    }
}
