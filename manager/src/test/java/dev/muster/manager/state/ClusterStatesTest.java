package dev.muster.manager.state;

import static dev.muster.manager.state.Objects.changes;
import static dev.muster.manager.state.Objects.config;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Kind;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ClusterStatesTest {
    private final ClusterStates states = new ClusterStates();
    private final LocalLog log = new LocalLog(states);

    @Test
    void aSubscriptionSeesEverythingThatHappenedBetweenTwoLooks() {
        try (var subscription = states.subscribe()) {
            assertThat(subscription.poll()).isEmpty();
            create("a");
            var afterFirst = states.current();
            create("b");
            var update = subscription.poll().orElseThrow();
            assertThat(update.before()).isSameAs(ClusterState.EMPTY);
            assertThat(update.after()).isSameAs(states.current());
            assertThat(update.touched().ids(Kind.KIND_CONFIG)).containsExactly("a", "b");
            assertThat(afterFirst.version()).isEqualTo(1);
            assertThat(subscription.poll()).isEmpty();
        }
    }

    @Test
    void aReaderThatNeverLooksCostsABoundedAmount() {
        try (var subscription = states.subscribe()) {
            for (int i = 0; i <= Touched.MAX_KEYS; i += 500) {
                var builder = changes();
                for (int j = i; j < i + 500; j++) {
                    builder.create(config("c" + j, "name" + j));
                }
                assertThat(log.propose(builder.build()).accepted()).isTrue();
            }
            var update = subscription.poll().orElseThrow();
            assertThat(update.touched().everything()).isTrue();
            assertThat(update.touched().keys()).isEmpty();
        }
    }

    @Test
    void awaitReturnsWhenSomethingHappens() throws InterruptedException {
        var seen = new AtomicReference<Touched>();
        try (var subscription = states.subscribe()) {
            var waiter = Thread.ofVirtual().start(() -> {
                try {
                    subscription.await(Duration.ofSeconds(15)).ifPresent(update -> seen.set(update.touched()));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            create("a");
            assertThat(waiter.join(Duration.ofSeconds(10))).isTrue();
        }
        assertThat(seen.get().ids(Kind.KIND_CONFIG)).containsExactly("a");
    }

    @Test
    void awaitEndsWhenTheSubscriptionIsClosed() throws InterruptedException {
        var subscription = states.subscribe();
        var waiter = Thread.ofVirtual().start(() -> {
            try {
                subscription.await(Duration.ofDays(10_000));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        subscription.close();
        assertThat(waiter.join(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void awaitVersionSeesTheStateOfAnAcknowledgedChange() throws InterruptedException {
        var accepted = (ProposalResult.Accepted) create("a");
        assertThat(states.awaitVersion(accepted.version(), Duration.ofSeconds(1))
                        .orElseThrow()
                        .config("a"))
                .isPresent();
        assertThat(states.awaitVersion(accepted.version() + 1, Duration.ofMillis(1)))
                .isEmpty();
    }

    @Test
    void aChangeLargerThanAnEntryIsRefusedWithTheLargestObjects() {
        var huge = config("c", "huge").toBuilder();
        huge.getSpecBuilder().setData(com.google.protobuf.ByteString.copyFrom(new byte[Proposer.MAX_ENTRY_BYTES]));
        var result = log.propose(
                changes().create(config("d", "small")).create(huge.build()).build());
        assertThat(result).isInstanceOfSatisfying(ProposalResult.TooLarge.class, tooLarge -> {
            assertThat(tooLarge.bytes()).isGreaterThan(tooLarge.limit());
            assertThat(tooLarge.largestObjects().getFirst()).startsWith("config c huge (");
        });
        assertThat(states.current()).isSameAs(ClusterState.EMPTY);
    }

    @Test
    void aDeposedLeadershipChangesNothing() {
        var old = log.elect();
        log.elect();
        assertThat(old.proposer().propose(changes().create(config("a", "a")).build()))
                .isInstanceOfSatisfying(
                        ProposalResult.Rejected.class,
                        rejected -> assertThat(rejected.reasons())
                                .singleElement()
                                .isInstanceOf(Rejection.StaleFence.class));
        assertThat(states.current()).isSameAs(ClusterState.EMPTY);
    }

    private ProposalResult create(String id) {
        return log.propose(changes().create(config(id, "name-" + id)).build());
    }
}
