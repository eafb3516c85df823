package dev.muster.manager.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.ChangeSet;
import dev.muster.api.ProposalOutcome.OutcomeCase;
import dev.muster.api.ProposeRequest;
import dev.muster.api.ProposeResponse;
import dev.muster.api.WithdrawRequest;
import dev.muster.api.WithdrawResponse;
import dev.muster.manager.state.ProposalResult;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a leader does with proposals whose senders have given up waiting. */
@Timeout(20)
class ProposalsEndpointTest {
    private long leading = 7;
    private final List<ChangeSet> taken = new ArrayList<>();
    private final CountDownLatch arrived = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private boolean slow;

    private final ProposalsEndpoint endpoint = new ProposalsEndpoint(new TermProposer() {
        @Override
        public long term() {
            return leading;
        }

        @Override
        public long leadingTerm() {
            return leading;
        }

        @Override
        public List<ProposalResult> propose(long term, List<ChangeSet> changeSets) {
            arrived.countDown();
            if (slow) {
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            synchronized (taken) {
                taken.addAll(changeSets);
            }
            return changeSets.stream()
                    .<ProposalResult>map(_ -> new ProposalResult.Accepted(1))
                    .toList();
        }
    });

    private OutcomeCase propose(long term, String attempt) {
        var answers = new Answers<ProposeResponse>();
        endpoint.propose(
                ProposeRequest.newBuilder()
                        .addChangeSets(ChangeSet.getDefaultInstance())
                        .setTerm(term)
                        .setAttempt(attempt)
                        .build(),
                answers);
        return answers.one().getOutcomes(0).getOutcomeCase();
    }

    private Optional<Status.Code> withdraw(long term, String attempt) {
        var answers = new Answers<WithdrawResponse>();
        endpoint.withdraw(
                WithdrawRequest.newBuilder().setTerm(term).setAttempt(attempt).build(), answers);
        return answers.error();
    }

    @Test
    void onlyTheLeadershipThatIsMeantTakesIt() {
        assertThat(propose(7, "a")).isEqualTo(OutcomeCase.ACCEPTED_VERSION);
        assertThat(propose(6, "b")).isEqualTo(OutcomeCase.NOT_LEADER);
        assertThat(propose(8, "c")).isEqualTo(OutcomeCase.NOT_LEADER);
        leading = 0;
        assertThat(propose(7, "d")).isEqualTo(OutcomeCase.NOT_LEADER);
        assertThat(taken).hasSize(1);
    }

    @Test
    void whatArrivesAfterItsWithdrawalIsNotTaken() {
        assertThat(withdraw(7, "late")).isEmpty();
        assertThat(propose(7, "late")).isEqualTo(OutcomeCase.REFUSED);
        assertThat(taken).isEmpty();
        assertThat(propose(7, "other")).isEqualTo(OutcomeCase.ACCEPTED_VERSION);
    }

    @Test
    void aWithdrawalWaitsForWhatIsOnItsWay() throws InterruptedException {
        slow = true;
        var proposal = Thread.ofVirtual().start(() -> propose(7, "slow"));
        arrived.await();
        var withdrawal = Thread.ofVirtual().start(() -> {
            assertThat(withdraw(7, "slow")).isEmpty();
            synchronized (taken) {
                taken.add(ChangeSet.newBuilder().build());
            }
        });
        goOn.countDown();
        proposal.join();
        withdrawal.join();
        assertThat(taken).hasSize(2);
    }

    @Test
    void whatGetsNoOutcomeIsNotWithdrawn() throws InterruptedException {
        slow = true;
        var proposal = Thread.ofVirtual().start(() -> propose(7, "stuck"));
        arrived.await();
        assertThat(withdraw(7, "stuck")).contains(Status.Code.UNAVAILABLE);
        goOn.countDown();
        proposal.join();
        assertThat(withdraw(7, "stuck")).isEmpty();
    }

    @Test
    void ofAnEarlierTermNothingCanCome() {
        assertThat(withdraw(6, "a")).isEmpty();
        assertThat(withdraw(8, "a")).contains(Status.Code.FAILED_PRECONDITION);
        leading = 0;
        assertThat(withdraw(7, "a")).contains(Status.Code.FAILED_PRECONDITION);
    }

    @Test
    void withdrawalsAreBoundedInATerm() {
        for (int i = 0; i < Attempts.MOST_WITHDRAWN; i++) {
            assertThat(withdraw(7, "w" + i)).isEmpty();
        }
        assertThat(withdraw(7, "one more")).contains(Status.Code.UNAVAILABLE);
        leading = 8;
        assertThat(withdraw(8, "one more")).isEmpty();
    }

    private static final class Answers<T> implements StreamObserver<T> {
        private final List<T> values = new ArrayList<>();
        private Optional<Status.Code> failure = Optional.empty();

        @Override
        public void onNext(T value) {
            values.add(value);
        }

        @Override
        public void onError(Throwable error) {
            failure = Optional.of(Status.fromThrowable(error).getCode());
        }

        @Override
        public void onCompleted() {
            assertThat(values).hasSize(1);
        }

        T one() {
            assertThat(failure).isEmpty();
            return values.getFirst();
        }

        Optional<Status.Code> error() {
            return failure;
        }
    }
}
