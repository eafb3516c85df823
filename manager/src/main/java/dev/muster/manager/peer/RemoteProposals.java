package dev.muster.manager.peer;

import dev.muster.api.ChangeSet;
import dev.muster.api.ProposalsGrpc;
import dev.muster.api.ProposeRequest;
import dev.muster.manager.state.ProposalResult;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Proposals made at the leader over gRPC. Any thread. */
final class RemoteProposals implements LeaderProposer.Remote {
    /** A leader that is cut off or frozen does not answer; by then there is another. */
    private static final long TIMEOUT_SECONDS = 5;

    private final LeaderLink link;

    RemoteProposals(LeaderLink link) {
        this.link = link;
    }

    @Override
    public Optional<List<ProposalResult>> propose(List<ChangeSet> changeSets) {
        var channel = link.channel();
        if (channel.isEmpty()) {
            return Optional.empty();
        }
        try {
            var response = ProposalsGrpc.newBlockingStub(channel.get())
                    .withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .propose(ProposeRequest.newBuilder()
                            .addAllChangeSets(changeSets)
                            .build());
            if (response.getOutcomesCount() != changeSets.size()) {
                return all(changeSets, new ProposalResult.Unknown("the leader did not answer for each change set"));
            }
            return Optional.of(response.getOutcomesList().stream()
                    .map(ProposalMessages::result)
                    .toList());
        } catch (StatusRuntimeException e) {
            return all(changeSets, failure(e.getStatus()));
        }
    }

    private static Optional<List<ProposalResult>> all(List<ChangeSet> changeSets, ProposalResult result) {
        return Optional.of(changeSets.stream().map(_ -> result).toList());
    }

    private static ProposalResult failure(Status status) {
        var text = "the leader: " + status.getCode()
                + (status.getDescription() == null ? "" : ": " + status.getDescription());
        return switch (status.getCode()) {
            // Said before the call was let in.
            case PERMISSION_DENIED, UNAUTHENTICATED, UNIMPLEMENTED, INVALID_ARGUMENT, NOT_FOUND ->
                new ProposalResult.Refused(text);
            default -> new ProposalResult.Unknown(text);
        };
    }
}
