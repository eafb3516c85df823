package dev.muster.manager.dispatcher;

import dev.muster.api.Assignment;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Generation;
import dev.muster.api.NodeDescription;
import dev.muster.api.SessionMessage;
import dev.muster.api.SessionRequest;
import dev.muster.api.TaskState;
import dev.muster.manager.state.Proposer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** The dispatcher of one leadership over {@link Cluster3}, in one thread with a clock that stands, and its agents. */
final class DispatcherFixture {
    final Cluster3 cluster = new Cluster3();
    final AtomicLong nanos = new AtomicLong(1);
    final Dispatcher dispatcher = dispatcher(cluster.log);

    /** An agent that applies what it is sent and acknowledges when told to. */
    final class FakeAgent {
        final String nodeId;
        final FakeStream<SessionMessage> stream = new FakeStream<>();
        final AgentSession session;
        final AssignmentFeed feed;
        SortedMap<ItemKey, Assignment> has = new TreeMap<>();
        List<AssignmentsMessage> last = List.of();
        Generation generation = Generation.getDefaultInstance();

        private FakeAgent(String nodeId) {
            this.nodeId = nodeId;
            session = dispatcher.register(
                    nodeId, "192.168.0." + nodeId.substring(4), request(nodeId), new LatestOutlet<>(stream));
            dispatcher.passUpdates();
            feed = dispatcher.openFeed(session);
            take();
            acknowledge();
        }

        void take() {
            dispatcher.passUpdates();
            last = feed.poll();
            has = Cluster3.apply(has, last);
            if (!last.isEmpty()) {
                generation = last.getLast().getGeneration();
            }
        }

        void acknowledge() {
            dispatcher.acknowledge(feed, generation);
        }

        TaskState desired(String taskId) {
            return has.get(ItemKey.task(taskId)).getTask().getDesiredState();
        }

        boolean serving(String network, String taskId) {
            return has.get(ItemKey.endpoint(network, taskId)).getEndpoint().getServing();
        }
    }

    FakeAgent agent(String nodeId) {
        return new FakeAgent(nodeId);
    }

    Dispatcher dispatcher(Proposer proposer) {
        return new Dispatcher(
                cluster.log.states(),
                proposer,
                2,
                () -> Cluster3.NOW,
                nanos::get,
                new SplittableRandom(4),
                () -> Optional.of("10.9.9.9:2377"));
    }

    void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
        dispatcher.passHeartbeats();
        dispatcher.passUpdates();
    }

    static SessionRequest request(String nodeId) {
        return SessionRequest.newBuilder()
                .setDescription(NodeDescription.newBuilder().setHostname("registered-" + nodeId))
                .build();
    }
}
