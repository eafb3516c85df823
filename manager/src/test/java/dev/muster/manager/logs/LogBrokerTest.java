package dev.muster.manager.logs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.muster.api.LogContext;
import dev.muster.api.LogMessage;
import dev.muster.api.LogOptions;
import dev.muster.api.LogSelector;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeState;
import dev.muster.api.NodeStatus;
import dev.muster.api.PublishRequest;
import dev.muster.api.Service;
import dev.muster.api.ServiceLogsResponse;
import dev.muster.api.SubscriptionMessage;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.api.Timestamps;
import dev.muster.manager.loop.LeaderTerm;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStateBuilder;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Readers against scripted nodes, with a clock that the tests move. */
class LogBrokerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final LogSelector WEB =
            LogSelector.newBuilder().addServiceIds("0web").build();
    private static final LogOptions ALL =
            LogOptions.newBuilder().setStdout(true).setStderr(true).build();
    private static final LogOptions FOLLOW =
            ALL.toBuilder().setFollow(true).setTail(10).build();

    private final LocalLog log = new LocalLog(new ClusterStates(initial()));
    private final AtomicLong nanos = new AtomicLong();
    private final LogBroker broker = new LogBroker(log.states(), nanos::get, new SplittableRandom(8));
    private final LeaderTerm term = new LeaderTerm(log.elect(), log.states(), () -> NOW, new SplittableRandom(9));
    private final List<Reader> readers = new ArrayList<>();

    @BeforeEach
    void lead() {
        broker.begin(term);
    }

    @AfterEach
    void stop() throws InterruptedException {
        term.close();
        for (var reader : readers) {
            reader.thread.interrupt();
            assertThat(reader.thread.join(PATIENCE)).isTrue();
        }
    }

    /** Who reads, in a thread of its own. */
    private final class Reader {
        final List<LogMessage> lines = new CopyOnWriteArrayList<>();
        final List<String> warnings = new CopyOnWriteArrayList<>();
        final AtomicInteger pulses = new AtomicInteger();
        volatile boolean gone;
        volatile @Nullable Throwable failure;
        final Thread thread;

        Reader(LogSelector selector, LogOptions options) {
            readers.add(this);
            thread = Thread.ofVirtual().start(() -> {
                try {
                    broker.read(selector, options, this::take);
                } catch (IOException | RuntimeException e) {
                    failure = e;
                }
            });
        }

        private void take(ServiceLogsResponse response) throws IOException {
            if (gone) {
                throw new IOException("the reader has gone");
            }
            lines.addAll(response.getMessagesList());
            if (!response.getWarning().isEmpty()) {
                warnings.add(response.getWarning());
            }
            if (response.equals(ServiceLogsResponse.getDefaultInstance())) {
                pulses.incrementAndGet();
            }
        }

        List<String> texts() {
            return lines.stream().map(line -> line.getLine().toStringUtf8()).toList();
        }

        void awaitEnd() throws InterruptedException {
            assertThat(thread.join(PATIENCE)).as("the reader ends").isTrue();
        }
    }

    /** A connected node; the test says what it sends. */
    private final class FakeNode implements AgentLink, NodeFeed {
        final String nodeId;
        final List<SubscriptionMessage> told = new CopyOnWriteArrayList<>();
        final AtomicInteger granted = new AtomicInteger();
        volatile boolean ended;
        volatile String endOfLink = "";

        FakeNode(String nodeId) {
            this.nodeId = nodeId;
            broker.connect(nodeId, this);
        }

        @Override
        public void send(SubscriptionMessage message) {
            told.add(message);
        }

        @Override
        public void end(String why) {
            endOfLink = why;
        }

        @Override
        public void grant() {
            granted.incrementAndGet();
        }

        @Override
        public void end() {
            ended = true;
        }

        SubscriptionMessage asked() {
            await("the node to be asked", () -> !told.isEmpty());
            return told.getLast();
        }

        void publish(PublishRequest.Builder request) {
            var id = asked().getId();
            broker.subscription(id).orElseThrow().add(new Sent(nodeId, this, request.build()));
        }

        void line(String text, int second) {
            publish(PublishRequest.newBuilder()
                    .addMessages(LogMessage.newBuilder()
                            .setContext(LogContext.newBuilder().setNodeId(nodeId))
                            .setTimestamp(Timestamps.of(NOW.plusSeconds(second)))
                            .setLine(ByteString.copyFromUtf8(text))));
        }

        void done() {
            publish(PublishRequest.newBuilder().setDone(true));
        }

        void breakOff() {
            broker.subscription(asked().getId()).orElseThrow().add(new Over(nodeId, this, "the connection was lost"));
        }
    }

    @Test
    void readsAllNodesOfAServiceAndEndsWhenTheyAreDone() throws InterruptedException {
        var one = new FakeNode("node1");
        var two = new FakeNode("node2");
        var idle = new FakeNode("node3");

        var reader = new Reader(WEB, ALL);
        one.line("a", 1);
        two.line("b", 1);
        one.done();
        two.done();
        reader.awaitEnd();

        assertThat(reader.texts()).containsExactlyInAnyOrder("a", "b");
        assertThat(reader.warnings).isEmpty();
        assertThat(idle.told).isEmpty();
        assertThat(one.asked())
                .isEqualTo(SubscriptionMessage.newBuilder()
                        .setId(one.asked().getId())
                        .setSelector(WEB)
                        .setOptions(ALL)
                        .build());
        assertThat(one.ended).isTrue();
    }

    @Test
    void aNodeIsGrantedMoreOnlyWhenTheReaderHasTakenWhatItSent() {
        var one = new FakeNode("node1");
        var reader = new Reader(WEB, FOLLOW);
        one.line("a", 1);
        one.line("b", 2);
        await("both lines", () -> reader.lines.size() == 2);
        await("the grants", () -> one.granted.get() == 2);
    }

    @Test
    void aNodeThatIsDownIsNamedAtOnce() throws InterruptedException {
        node("node2", NodeState.NODE_DOWN);
        var one = new FakeNode("node1");
        var reader = new Reader(WEB, ALL);
        one.done();
        reader.awaitEnd();

        assertThat(reader.warnings)
                .containsExactly("warning: incomplete log stream. some logs could not be retrieved for the following"
                        + " reasons: node host2 is not available");
    }

    @Test
    void aNodeThatIsNotConnectedIsWaitedForABoundedTime() throws InterruptedException {
        var one = new FakeNode("node1");
        var reader = new Reader(WEB, ALL);
        one.done();
        assertThat(reader.thread.join(Duration.ofMillis(600))).as("it waits").isFalse();

        nanos.addAndGet(LogReading.CONNECT_BOUND.toNanos());
        reader.awaitEnd();

        assertThat(reader.warnings).singleElement().asString().contains("node host2 is not available");
    }

    @Test
    void aNodeThatConnectsInTimeIsNotMissing() throws InterruptedException {
        var one = new FakeNode("node1");
        var reader = new Reader(WEB, ALL);
        one.done();
        var late = new FakeNode("node2");
        late.line("late", 1);
        late.done();
        reader.awaitEnd();

        assertThat(reader.texts()).containsExactly("late");
        assertThat(reader.warnings).isEmpty();
    }

    @Test
    void aNodeThatFallsSilentDoesNotHoldTheReaderForEver() throws InterruptedException {
        var one = new FakeNode("node1");
        var mute = new FakeNode("node2");
        var reader = new Reader(WEB, ALL);
        one.done();
        mute.asked();
        await("node 1 to be done", () -> one.ended);

        nanos.addAndGet(LogReading.SILENCE_BOUND.toNanos());
        reader.awaitEnd();

        assertThat(reader.warnings).singleElement().asString().contains("node host2 does not answer");
        assertThat(mute.told).hasSize(1);
    }

    @Test
    void whatANodeSaysItCannotReadReachesTheReader() throws InterruptedException {
        var one = new FakeNode("node1");
        var two = new FakeNode("node2");
        var reader = new Reader(WEB, ALL);
        one.publish(PublishRequest.newBuilder().setError("task t: no log").setDone(true));
        two.done();
        reader.awaitEnd();

        assertThat(reader.warnings).singleElement().asString().endsWith("node host1: task t: no log");
    }

    @Test
    void followersHearOfNodesThatJoinAndOfThoseThatAreMissing() {
        var one = new FakeNode("node1");
        var two = new FakeNode("node2");
        var three = new FakeNode("node3");
        var reader = new Reader(WEB, FOLLOW);
        one.line("a", 1);
        two.asked();
        assertThat(three.told).isEmpty();

        put(task("web3", "node3"));
        three.line("new", 2);
        await("the new node's line", () -> reader.texts().contains("new"));

        broker.disconnect("node2", two);
        node("node2", NodeState.NODE_DOWN);
        await("a warning", () -> !reader.warnings.isEmpty());
        assertThat(reader.warnings).singleElement().asString().contains("node host2 is not available");
        one.line("still", 3);
        await("lines of the others", () -> reader.texts().contains("still"));
    }

    @Test
    void aNodeThatComesBackGoesOnAfterTheLastLine() {
        var one = new FakeNode("node1");
        var reader = new Reader(WEB, FOLLOW);
        one.line("a", 1);
        await("the first line", () -> reader.texts().contains("a"));

        broker.disconnect("node1", one);
        var again = new FakeNode("node1");
        var asked = again.asked();

        assertThat(asked.getOptions().hasTail()).isFalse();
        assertThat(Timestamps.instant(asked.getOptions().getSince()))
                .isEqualTo(NOW.plusSeconds(1).plusNanos(1));
        again.line("b", 2);
        await("the next line", () -> reader.texts().equals(List.of("a", "b")));
    }

    @Test
    void aNodeThatBreaksOffAgainAndAgainIsGivenUp() throws InterruptedException {
        var one = new FakeNode("node1");
        var two = new FakeNode("node2");
        var reader = new Reader(WEB, ALL);
        two.done();
        for (int i = 1; i <= 4; i++) {
            int times = i;
            await("the node to be asked again", () -> one.told.size() == times);
            one.publish(PublishRequest.newBuilder());
            one.breakOff();
        }
        reader.awaitEnd();

        assertThat(reader.warnings).singleElement().asString().contains("node host1 broke off");
    }

    @Test
    void aReaderThatHasGoneIsNoticedWhileNothingComes() throws InterruptedException {
        var one = new FakeNode("node1");
        var two = new FakeNode("node2");
        var reader = new Reader(WEB, FOLLOW);
        one.asked();
        two.asked();
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        await("a pulse", () -> reader.pulses.get() == 1);

        reader.gone = true;
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        reader.awaitEnd();

        assertThat(reader.failure).hasMessage("the reader has gone");
        assertThat(one.told).hasSize(2);
        assertThat(one.told.getLast().getClose()).isTrue();
        assertThat(broker.subscription(one.told.getFirst().getId())).isEmpty();
    }

    @Test
    void readersDoNotDisturbEachOther() throws InterruptedException {
        var one = new FakeNode("node1");
        var tasks = LogSelector.newBuilder().addTaskIds("web1").build();
        var first = new Reader(tasks, ALL);
        var id = one.asked().getId();
        var second = new Reader(tasks, ALL);
        await("both", () -> one.told.size() == 2);
        one.line("for the second", 1);
        one.done();
        second.awaitEnd();
        assertThat(first.thread.isAlive()).isTrue();

        broker.subscription(id)
                .orElseThrow()
                .add(new NodeFeed.Sent(
                        "node1", one, PublishRequest.newBuilder().setDone(true).build()));
        first.awaitEnd();
        assertThat(first.texts()).isEmpty();
        assertThat(second.texts()).containsExactly("for the second");
    }

    @Test
    void theEndOfTheLeadershipEndsReadersAndLinks() throws InterruptedException {
        var one = new FakeNode("node1");
        var reader = new Reader(WEB, FOLLOW);
        one.asked();

        term.close();
        reader.awaitEnd();

        assertThat(reader.warnings).singleElement().asString().contains("the manager lost its leadership");
        assertThat(one.endOfLink).isEqualTo("this manager is not the leader");
        var late = new Reader(WEB, FOLLOW);
        late.awaitEnd();
        assertThat(late.warnings).containsExactly("no logs: this manager is not the leader");
    }

    private void node(String id, NodeState state) {
        var node = log.states().current().node(id).orElseThrow();
        propose(changes()
                .update(node.toBuilder()
                        .setStatus(NodeStatus.newBuilder().setState(state))
                        .build()));
    }

    private void put(Task task) {
        propose(changes().create(task));
    }

    private static ChangeSetBuilder changes() {
        return new ChangeSetBuilder(NOW, "test");
    }

    private void propose(ChangeSetBuilder changes) {
        var result = log.propose(changes.build());
        assertThat(result.accepted()).as(result.message()).isTrue();
    }

    private static ClusterState initial() {
        var builder = new ClusterStateBuilder();
        for (int i = 1; i <= 3; i++) {
            builder.put(Node.newBuilder()
                    .setId("node" + i)
                    .setDescription(NodeDescription.newBuilder().setHostname("host" + i))
                    .setStatus(NodeStatus.newBuilder().setState(NodeState.NODE_READY))
                    .build());
        }
        return builder.put(Service.newBuilder().setId("0web").build())
                .put(task("web1", "node1"))
                .put(task("web2", "node2"))
                .build();
    }

    private static Task task(String id, String nodeId) {
        return Task.newBuilder()
                .setId(id)
                .setServiceId("0web")
                .setRevision(1)
                .setNodeId(nodeId)
                .setDesiredState(TaskState.TASK_RUNNING)
                .setStatus(TaskStatus.newBuilder().setState(TaskState.TASK_RUNNING))
                .build();
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError(what + " did not come within " + PATIENCE);
            }
            LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
        }
    }
}
