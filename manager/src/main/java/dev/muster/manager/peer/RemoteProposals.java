package dev.muster.manager.peer;

import dev.muster.api.ChangeSet;
import dev.muster.api.Ids;
import dev.muster.api.ProposalsGrpc;
import dev.muster.api.ProposeRequest;
import dev.muster.api.WithdrawRequest;
import dev.muster.manager.state.ProposalResult;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** Proposals made at the leader over gRPC. Any thread. */
final class RemoteProposals implements LeaderProposer.Remote {
    /** A leader that is cut off or frozen does not answer; by then there is another. */
    private static final long TIMEOUT_SECONDS = 5;

    private final LeaderLink link;
    private final TermProposer terms;
    private final RandomGenerator random;

    /**
     * @param terms of this manager
     * @param random names attempts, unlike any other's
     */
    RemoteProposals(LeaderLink link, TermProposer terms, RandomGenerator random) {
        this.link = link;
        this.terms = terms;
        this.random = random;
    }

    @Override
    public Optional<LeaderProposer.Sent> propose(List<ChangeSet> changeSets) {
        // Read before the leader is looked up: another pair of the two is refused by the leader, and tried again.
        var lost = new LeaderProposer.Lost(terms.term(), Ids.create(random));
        var channel = link.channel();
        if (channel.isEmpty()) {
            return Optional.empty();
        }
        try {
            var response = ProposalsGrpc.newBlockingStub(channel.get())
                    .withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .propose(ProposeRequest.newBuilder()
                            .addAllChangeSets(changeSets)
                            .setTerm(lost.term())
                            .setAttempt(lost.attempt())
                            .build());
            if (response.getOutcomesCount() != changeSets.size()) {
                return all(
                        changeSets,
                        new ProposalResult.Unknown("the leader did not answer for each change set"),
                        Optional.of(lost));
            }
            return Optional.of(new LeaderProposer.Sent(
                    response.getOutcomesList().stream()
                            .map(ProposalMessages::result)
                            .toList(),
                    Optional.empty()));
        } catch (StatusRuntimeException e) {
            return failure(changeSets, e.getStatus(), lost);
        }
    }

    @Override
    public boolean withdraw(LeaderProposer.Lost lost) {
        if (terms.leadingTerm() > lost.term()) {
            return true;
        }
        var channel = link.channel();
        if (channel.isEmpty()) {
            return false;
        }
        try {
            var _ = ProposalsGrpc.newBlockingStub(channel.get())
                    .withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .withdraw(WithdrawRequest.newBuilder()
                            .setTerm(lost.term())
                            .setAttempt(lost.attempt())
                            .build());
            return true;
        } catch (StatusRuntimeException e) {
            return false;
        }
    }

    private static Optional<LeaderProposer.Sent> all(
            List<ChangeSet> changeSets, ProposalResult result, Optional<LeaderProposer.Lost> lost) {
        return Optional.of(
                new LeaderProposer.Sent(changeSets.stream().map(_ -> result).toList(), lost));
    }

    private static Optional<LeaderProposer.Sent> failure(
            List<ChangeSet> changeSets, Status status, LeaderProposer.Lost lost) {
        var text = "the leader: " + status.getCode()
                + (status.getDescription() == null ? "" : ": " + status.getDescription());
        return switch (status.getCode()) {
            // Said before the call was let in.
            case PERMISSION_DENIED, UNAUTHENTICATED, UNIMPLEMENTED, INVALID_ARGUMENT, NOT_FOUND ->
                all(changeSets, new ProposalResult.Refused(text), Optional.empty());
            default -> all(changeSets, new ProposalResult.Unknown(text), Optional.of(lost));
        };
    }
}
