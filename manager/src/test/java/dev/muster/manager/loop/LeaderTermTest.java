package dev.muster.manager.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.Annotations;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Touched;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LeaderTermTest {
    private final ClusterStates states = new ClusterStates();
    private final LocalLog log = new LocalLog(states);
    private final InstantSource clock = InstantSource.system();

    /** Adds configs for as long as it is let. */
    private static final class Restless implements ControlLoop {
        private final String name;
        private final AtomicInteger passes = new AtomicInteger();

        Restless(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
            var id = name + passes.getAndIncrement();
            var config = Config.newBuilder()
                    .setId(id)
                    .setSpec(ConfigSpec.newBuilder()
                            .setAnnotations(Annotations.newBuilder().setName(id)))
                    .build();
            return Decision.propose(new ChangeSetBuilder(now, name).create(config));
        }
    }

    @Test
    void registeringStartsALoopAndClosingEndsAllAndStopsAllProposals() throws InterruptedException {
        var term = new LeaderTerm(log.elect(), states, clock, new SplittableRandom(1));
        var proposer = term.proposer();
        term.register(new Restless("a"));
        term.register(new Restless("b"));
        assertThat(states.awaitVersion(20, Duration.ofSeconds(10))).isPresent();
        assertThat(loopThreads()).containsExactlyInAnyOrder("loop-a", "loop-b");

        term.close();

        assertThat(loopThreads()).isEmpty();
        var afterClose = states.current();
        assertThat(proposer.propose(new ChangeSetBuilder(clock.instant(), "late")
                        .create(Config.newBuilder().setId("late").build())
                        .build()))
                .isInstanceOf(ProposalResult.Refused.class);
        assertThat(states.current()).isSameAs(afterClose);
        assertThatThrownBy(() -> term.register(new Restless("c"))).isInstanceOf(IllegalStateException.class);
        term.close();
    }

    @Test
    void closesWhatItOwnsInReverseOrderAndInterruptsWhatItForked() throws InterruptedException {
        var term = new LeaderTerm(log.elect(), states, clock, new SplittableRandom(1));
        var order = new ArrayList<String>();
        term.own(() -> order.add("first"));
        term.own(() -> order.add("second"));
        var started = new CountDownLatch(1);
        var ended = new CountDownLatch(1);
        term.fork("session", () -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                ended.countDown();
            }
        });
        started.await();
        term.close();
        assertThat(order).containsExactly("second", "first");
        assertThat(ended.await(1, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aTermIsOpenedAndClosedOncePerLeadership() {
        var opened = new ArrayList<LeaderTerm>();
        var terms = new LeaderTerms(states, clock, new SplittableRandom(1), opened::add);
        var first = log.elect();
        terms.leadershipBegan(first);
        assertThat(terms.current()).contains(opened.getFirst());
        terms.leadershipEnded(first);
        assertThat(terms.current()).isEmpty();
        assertThat(opened.getFirst().isClosed()).isTrue();
        var second = log.elect();
        terms.leadershipBegan(second);
        assertThat(terms.current().orElseThrow().term()).isEqualTo(second.term());
        terms.leadershipEnded(second);
        assertThat(opened).hasSize(2).allMatch(LeaderTerm::isClosed);
    }

    @Test
    void aTermThatCannotBeFilledIsClosed() {
        var opened = new ArrayList<LeaderTerm>();
        var terms = new LeaderTerms(states, clock, new SplittableRandom(1), term -> {
            opened.add(term);
            throw new IllegalStateException("no");
        });
        assertThatThrownBy(() -> terms.leadershipBegan(log.elect())).hasMessage("no");
        assertThat(terms.current()).isEmpty();
        assertThat(opened.getFirst().isClosed()).isTrue();
    }

    private static List<String> loopThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("loop-"))
                .toList();
    }
}
