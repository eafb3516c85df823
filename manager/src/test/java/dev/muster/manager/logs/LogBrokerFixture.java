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

/**
 * A broker that leads, readers, and scripted nodes, with a clock that the tests move. Service web has a task on node 1
 * and one on node 2.
 */
final class LogBrokerFixture {
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private final LocalLog log = new LocalLog(new ClusterStates(initial()));
    final AtomicLong nanos = new AtomicLong();
    final LogBroker broker = new LogBroker(log.states(), nanos::get, new SplittableRandom(8));
    final LeaderTerm term = new LeaderTerm(log.elect(), log.states(), () -> NOW, new SplittableRandom(9));
    private final List<Reader> readers = new ArrayList<>();

    LogBrokerFixture() {
        broker.begin(term);
    }

    void stop() throws InterruptedException {
        term.close();
        for (var reader : readers) {
            reader.thread.interrupt();
            assertThat(reader.thread.join(PATIENCE)).isTrue();
        }
    }

    Reader read(LogSelector selector, LogOptions options) {
        return new Reader(selector, options);
    }

    FakeNode connect(String nodeId) {
        return new FakeNode(nodeId);
    }

    /** Who reads, in a thread of its own. */
    final class Reader {
        final List<LogMessage> lines = new CopyOnWriteArrayList<>();
        final List<String> warnings = new CopyOnWriteArrayList<>();
        final AtomicInteger pulses = new AtomicInteger();
        volatile boolean gone;
        volatile @Nullable Throwable failure;
        final Thread thread;

        private Reader(LogSelector selector, LogOptions options) {
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
    final class FakeNode implements AgentLink, NodeFeed {
        final String nodeId;
        final List<SubscriptionMessage> told = new CopyOnWriteArrayList<>();
        final AtomicInteger granted = new AtomicInteger();
        volatile boolean ended;
        volatile String endOfLink = "";

        private FakeNode(String nodeId) {
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

    void node(String id, NodeState state) {
        var node = log.states().current().node(id).orElseThrow();
        propose(changes()
                .update(node.toBuilder()
                        .setStatus(NodeStatus.newBuilder().setState(state))
                        .build()));
    }

    void put(Task task) {
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

    static Task task(String id, String nodeId) {
        return Task.newBuilder()
                .setId(id)
                .setServiceId("0web")
                .setRevision(1)
                .setNodeId(nodeId)
                .setDesiredState(TaskState.TASK_RUNNING)
                .setStatus(TaskStatus.newBuilder().setState(TaskState.TASK_RUNNING))
                .build();
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError(what + " did not come within " + PATIENCE);
            }
            LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
        }
    }
}
