package dev.muster.manager.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.Annotations;
import dev.muster.api.ChangeSet;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.state.ReadFailedException;
import dev.muster.manager.state.Rejection;
import dev.muster.manager.state.Touched;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** A follower: the log is the leader's, and what happens on the way to it is scripted. */
class LeaderProposerTest {
    private static final ProposalResult NOBODY = new ProposalResult.NotLeader(Optional.empty());
    private static final ProposalResult LOST = new ProposalResult.Unknown("connection lost");

    private final LocalLog log = new LocalLog(new ClusterStates());

    /** What this manager has heard of so far: all of the log once it has read. */
    private final ClusterStates own = new ClusterStates();

    private final Deque<Function<List<ChangeSet>, Optional<List<ProposalResult>>>> script = new ArrayDeque<>();

    /** What was sent without an answer, and has not been withdrawn. */
    private final Deque<List<ChangeSet>> onTheWay = new ArrayDeque<>();

    private int failingWithdrawals;
    private final AtomicLong nanos = new AtomicLong();
    private int failingReads;

    private final Proposer follower = new Proposer() {
        @Override
        public List<ProposalResult> propose(List<ChangeSet> changeSets) {
            return all(changeSets, NOBODY);
        }

        @Override
        public ClusterState read() {
            if (failingReads > 0) {
                failingReads--;
                throw new ReadFailedException("no leader", new IllegalStateException());
            }
            own.publish(log.states().current(), Touched.EVERYTHING);
            return own.current();
        }
    };

    /** A second goes by with each look at the clock. */
    private final LeaderProposer proposer = new LeaderProposer(
            follower,
            own,
            new LeaderProposer.Remote() {
                @Override
                public Optional<LeaderProposer.Sent> propose(List<ChangeSet> changeSets) {
                    var results = script.isEmpty()
                            ? Optional.of(log.propose(changeSets))
                            : script.poll().apply(changeSets);
                    var noAnswer = onTheWay.isEmpty()
                            ? Optional.<LeaderProposer.Lost>empty()
                            : Optional.of(new LeaderProposer.Lost(1, "attempt"));
                    return results.map(known -> new LeaderProposer.Sent(known, noAnswer));
                }

                @Override
                public boolean withdraw(LeaderProposer.Lost lost) {
                    if (failingWithdrawals > 0) {
                        failingWithdrawals--;
                        return false;
                    }
                    onTheWay.clear();
                    return true;
                }
            },
            () -> nanos.addAndGet(Duration.ofSeconds(1).toNanos()));

    private static List<ProposalResult> all(List<ChangeSet> changeSets, ProposalResult result) {
        return changeSets.stream().map(_ -> result).toList();
    }

    private void then(ProposalResult result) {
        script.add(changeSets -> Optional.of(all(changeSets, result)));
    }

    /** The leader commits it, and dies before it says so. */
    private void thenCommittedAndLost() {
        script.add(changeSets -> {
            log.propose(changeSets);
            return Optional.of(all(changeSets, LOST));
        });
    }

    private static Config config(String id) {
        return Config.newBuilder()
                .setId(id)
                .setSpec(ConfigSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName(id)))
                .build();
    }

    private static ChangeSetBuilder changes() {
        return new ChangeSetBuilder(Instant.EPOCH, "test");
    }

    private static ChangeSet create(String id) {
        return changes().create(config(id)).build();
    }

    private ChangeSet label(String id, String value) {
        var config = log.states().current().config(id).orElseThrow().toBuilder();
        config.getSpecBuilder().getAnnotationsBuilder().putLabels("k", value);
        return changes().update(config.build()).build();
    }

    @Test
    void whatTheLeaderAcceptedIsInTheOwnState() {
        assertThat(proposer.propose(create("c1"))).isEqualTo(new ProposalResult.Accepted(1));
        assertThat(own.current().config("c1")).isPresent();
    }

    @Test
    void anElectionIsWaitedFor() {
        script.add(_ -> Optional.empty());
        then(NOBODY);
        then(new ProposalResult.Refused("this manager's leadership has ended"));
        assertThat(proposer.propose(create("c1"))).isEqualTo(new ProposalResult.Accepted(1));
    }

    @Test
    void withoutALeaderItSaysSoInTheEnd() {
        for (int i = 0; i < 100; i++) {
            script.add(_ -> Optional.empty());
        }
        assertThat(proposer.propose(create("c1"))).isEqualTo(NOBODY);
        assertThat(log.states().current().config("c1")).isEmpty();
    }

    @Test
    void whatGotLostButIsCommittedIsAcceptedAndNotMadeTwice() {
        thenCommittedAndLost();
        failingReads = 2;
        assertThat(proposer.propose(create("c1"))).isEqualTo(new ProposalResult.Accepted(1));
        assertThat(log.entries()).hasSize(1);

        thenCommittedAndLost();
        assertThat(proposer.propose(label("c1", "new"))).isEqualTo(new ProposalResult.Accepted(2));
        var delete = changes()
                .delete(log.states().current().config("c1").orElseThrow())
                .build();
        thenCommittedAndLost();
        assertThat(proposer.propose(delete).accepted()).isTrue();
        assertThat(log.entries()).hasSize(3);
    }

    @Test
    void whatGotLostAndIsNotCommittedIsProposedAgain() {
        then(LOST);
        assertThat(proposer.propose(create("c1"))).isEqualTo(new ProposalResult.Accepted(1));
        then(LOST);
        assertThat(proposer.propose(label("c1", "new")).accepted()).isTrue();
        assertThat(own.current()
                        .config("c1")
                        .orElseThrow()
                        .getSpec()
                        .getAnnotations()
                        .getLabelsMap())
                .containsEntry("k", "new");
    }

    @Test
    void aCopyThatArrivesLateDoesNotMakeARefusalOfWhatHappened() {
        // Looked up while it was still on its way, then committed in front of its own repetition.
        then(LOST);
        script.add(changeSets -> {
            log.propose(changeSets);
            return Optional.of(log.propose(changeSets));
        });
        assertThat(proposer.propose(create("c1")).accepted()).isTrue();
        assertThat(log.states().current().configs()).hasSize(1);
    }

    @Test
    void whatOthersHaveOverwrittenSinceStaysUnknown() {
        proposer.propose(create("c1"));
        var mine = label("c1", "mine");
        script.add(changeSets -> {
            log.propose(changeSets);
            log.propose(label("c1", "theirs"));
            return Optional.of(all(changeSets, LOST));
        });
        assertThat(proposer.propose(mine)).isInstanceOf(ProposalResult.Unknown.class);
    }

    /** Lost with a leader that may yet commit it, and then nobody leads until there is no time left. */
    @Test
    void whatGotLostAndFindsNoLeaderAgainStaysUnknown() {
        then(LOST);
        for (int i = 0; i < 100; i++) {
            script.add(_ -> Optional.empty());
        }
        assertThat(proposer.propose(create("c1"))).isEqualTo(LOST);
    }

    /** Its own copy made the version another one; it cannot be looked up, so the rejection proves nothing. */
    @Test
    void aRejectionByWhatMayBeItsOwnCopyStaysUnknown() {
        proposer.propose(create("c1"));
        then(LOST);
        script.add(changeSets -> {
            log.propose(changeSets);
            failingReads = 100;
            return Optional.of(log.propose(changeSets));
        });
        assertThat(proposer.propose(label("c1", "mine"))).isEqualTo(LOST);
    }

    @Test
    void aRejectionIsARejection() {
        proposer.propose(create("c1"));
        assertThat(proposer.propose(create("c1")))
                .isInstanceOfSatisfying(
                        ProposalResult.Rejected.class,
                        rejected -> assertThat(rejected.reasons())
                                .hasAtLeastOneElementOfType(Rejection.AlreadyExists.class));
    }

    @Test
    void ofSeveralOnlyWhatCameToNothingIsProposedAgain() {
        script.add(changeSets -> Optional.of(
                List.of(log.propose(changeSets.getFirst()), new ProposalResult.Refused("the leadership has ended"))));
        assertThat(proposer.propose(List.of(create("c1"), create("c2"))))
                .containsExactly(new ProposalResult.Accepted(1), new ProposalResult.Accepted(2));
        assertThat(log.entries()).hasSize(2);
    }

    @Test
    void aCommitThatThisManagerDoesNotHearOfIsNotAcknowledged() {
        failingReads = 100;
        assertThat(proposer.propose(create("c1"))).isInstanceOf(ProposalResult.Unknown.class);
    }

    /** Without the withdrawal the first copy would bring back what has been removed since. */
    @Test
    void whatIsStillOnItsWayIsWithdrawnBeforeItIsProposedAgain() {
        script.add(changeSets -> {
            onTheWay.add(changeSets);
            return Optional.of(all(changeSets, LOST));
        });
        failingWithdrawals = 2;
        script.add(changeSets -> {
            assertThat(onTheWay).isEmpty();
            return Optional.of(log.propose(changeSets));
        });
        assertThat(proposer.propose(create("c1"))).isEqualTo(new ProposalResult.Accepted(1));
    }

    @Test
    void whatCannotBeWithdrawnStaysUnknownAndIsNotProposedAgain() {
        script.add(changeSets -> {
            onTheWay.add(changeSets);
            return Optional.of(all(changeSets, LOST));
        });
        failingWithdrawals = 100;
        assertThat(proposer.propose(create("c1"))).isEqualTo(LOST);
        assertThat(log.entries()).isEmpty();
    }

    /** Withdrawn and not there: the first copy is no reason to doubt what is said of the second. */
    @Test
    void aRejectionAfterAWithdrawalIsARejection() {
        proposer.propose(create("c1"));
        script.add(changeSets -> {
            onTheWay.add(changeSets);
            return Optional.of(all(changeSets, LOST));
        });
        script.add(changeSets -> {
            log.propose(label("c1", "theirs"));
            return Optional.of(log.propose(changeSets));
        });
        assertThat(proposer.propose(label("c1", "mine"))).isInstanceOf(ProposalResult.Rejected.class);
    }

    @Test
    void readsWaitForALeaderToo() {
        failingReads = 3;
        assertThat(proposer.read().version()).isZero();
        failingReads = 100;
        assertThatThrownBy(proposer::read).isInstanceOf(ReadFailedException.class);
    }
}
