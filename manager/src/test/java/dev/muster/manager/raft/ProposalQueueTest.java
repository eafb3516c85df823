package dev.muster.manager.raft;

import static dev.muster.manager.raft.TestManagers.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.ChangeSet;
import dev.muster.api.Config;
import dev.muster.api.LogEntry;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Rejection;
import dev.muster.manager.state.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProposalQueueTest {
    private static final long TERM = 9;

    /** A log that keeps what it is given until it is told what became of it. */
    private final List<Sent> sent = new CopyOnWriteArrayList<>();

    private final ProposalQueue queue = new ProposalQueue(
            TERM, new ClusterStates(), DiskRoom.boundless(), (entry, outcome) -> sent.add(new Sent(entry, outcome)));
    private final Map<String, ProposalResult> results = new ConcurrentHashMap<>();

    private record Sent(LogEntry entry, ProposalQueue.Outcome outcome) {
        List<String> ids() {
            return entry.getChangeSetsList().stream()
                    .map(changeSet ->
                            changeSet.getChanges(0).getObject().getConfig().getId())
                    .toList();
        }

        void accept(long firstVersion) {
            outcome.applied(IntStream.range(0, entry.getChangeSetsCount())
                    .<Verdict>mapToObj(i -> new Verdict.Accepted(firstVersion + i))
                    .toList());
        }
    }

    @AfterEach
    void close() {
        queue.close();
    }

    @Test
    void whatIsProposedWhileEntriesAreOnTheirWaySharesTheNextOne() {
        propose("a");
        await("the first entry", () -> sent.size() == 1);
        propose("b");
        await("the second entry", () -> sent.size() == 2);
        var late = IntStream.range(0, 20).mapToObj(i -> "c" + i).toList();
        late.forEach(this::propose);
        sent.get(0).accept(1);
        sent.get(1).accept(2);
        await("the rest", () -> sent.stream().mapToInt(one -> one.ids().size()).sum() == 22);
        assertThat(sent.size()).isLessThan(12);
        assertThat(sent.get(0).entry().getFence().getTerm()).isEqualTo(TERM);
        for (var one : sent.subList(2, sent.size())) {
            one.accept(3);
        }
        await("all answers", () -> results.size() == 22);
        assertThat(results.get("a")).isEqualTo(new ProposalResult.Accepted(1));
        assertThat(results.get("b")).isEqualTo(new ProposalResult.Accepted(2));
    }

    @Test
    void eachChangeSetGetsItsOwnAnswer() {
        var rejection = new Rejection.Illegal(dev.muster.manager.state.ObjectKey.config("b"), "no");
        var proposing = Thread.ofVirtual()
                .start(() -> assertThat(queue.propose(List.of(changes("a"), changes("b"))))
                        .containsExactly(
                                new ProposalResult.Accepted(5), new ProposalResult.Rejected(List.of(rejection)))
                        .satisfies(answers -> results.put("done", answers.getFirst())));
        await("the entry", () -> sent.size() == 1);
        assertThat(sent.getFirst().ids()).containsExactly("a", "b");
        sent.getFirst().outcome().applied(List.of(new Verdict.Accepted(5), new Verdict.Rejected(List.of(rejection))));
        await("the answer", () -> results.containsKey("done"));
        assertThat(proposing).isNotNull();
    }

    @Test
    void closingRefusesWhatWaitsAndLeavesWhatIsOnItsWayToTheLog() {
        propose("a");
        await("the first entry", () -> sent.size() == 1);
        propose("b");
        await("the second entry", () -> sent.size() == 2);
        propose("c");
        await("c waits", () -> queue.waiting() == 1);

        queue.close();

        await("c is refused", () -> results.get("c") instanceof ProposalResult.Refused);
        propose("d");
        await("d is refused", () -> results.get("d") instanceof ProposalResult.Refused);
        assertThat(results).doesNotContainKeys("a", "b");
        sent.get(0).accept(1);
        sent.get(1).outcome().failed(new ProposalResult.Unknown("leadership was lost"));
        await("the others", () -> results.size() == 4);
        assertThat(results.get("a")).isEqualTo(new ProposalResult.Accepted(1));
        assertThat(results.get("b")).isEqualTo(new ProposalResult.Unknown("leadership was lost"));
        assertThat(sent).hasSize(2);
    }

    @Test
    void aCallerThatIsInterruptedLearnsWhetherItsChangeWasSent() {
        propose("a");
        await("the first entry", () -> sent.size() == 1);
        propose("b");
        await("the second entry", () -> sent.size() == 2);
        var waiting = propose("c");
        await("c waits", () -> queue.waiting() == 1);
        waiting.interrupt();
        await("c is taken back", () -> results.get("c") instanceof ProposalResult.Refused);
        assertThat(queue.waiting()).isZero();
    }

    private Thread propose(String id) {
        return Thread.ofVirtual()
                .start(() -> results.put(id, queue.propose(List.of(changes(id))).getFirst()));
    }

    private static ChangeSet changes(String id) {
        return new ChangeSetBuilder(Instant.EPOCH, "test")
                .create(Config.newBuilder().setId(id).build())
                .build();
    }
}
