package dev.muster.worker.agent;

import static dev.muster.api.TaskState.TASK_RUNNING;
import static dev.muster.worker.task.TaskLab.await;
import static dev.muster.worker.task.TaskLab.container;
import static dev.muster.worker.task.TaskLab.id;

import com.google.protobuf.ByteString;
import dev.muster.api.Assignment;
import dev.muster.api.AssignmentChange;
import dev.muster.api.AssignmentKey;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Generation;
import dev.muster.api.Network;
import dev.muster.api.NetworkAssignment;
import dev.muster.api.NetworkEndpoint;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeRole;
import dev.muster.api.Peer;
import dev.muster.api.TaskState;
import dev.muster.worker.task.AssignedTask;
import dev.muster.worker.task.TaskLab;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** An agent on a fake runtime, what its daemon hears, played managers, and what they say. */
final class AgentLab implements AutoCloseable {
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    static final FakeManager.Cluster CLUSTER = new FakeManager.Cluster();

    private final Path directory;

    final List<FakeManager> managers = new ArrayList<>();
    TaskLab lab;
    Agent agent;
    volatile NodeDescription description =
            NodeDescription.newBuilder().setHostname("host-1").build();
    final Heard heard = new Heard();

    /** What the daemon is told. */
    static final class Heard implements ClusterListener {
        final List<List<Peer>> managers = new CopyOnWriteArrayList<>();
        final List<ByteString> roots = new CopyOnWriteArrayList<>();
        final List<Node> nodes = new CopyOnWriteArrayList<>();
        final List<Boolean> connections = new CopyOnWriteArrayList<>();
        final List<String> refusals = new CopyOnWriteArrayList<>();

        @Override
        public void managersChanged(List<Peer> now) {
            managers.add(now);
        }

        @Override
        public void rootChanged(ByteString rootCaPem) {
            roots.add(rootCaPem);
        }

        @Override
        public void nodeChanged(Node node) {
            nodes.add(node);
        }

        @Override
        public void connectionChanged(boolean connected, String detail) {
            connections.add(connected);
        }

        @Override
        public void refused(String reason) {
            refusals.add(reason);
        }
    }

    AgentLab(Path directory) {
        this.directory = directory;
        this.lab = new TaskLab(directory);
        newAgent();
    }

    /** The next process on the same node. */
    void restart() {
        agent.close();
        lab = lab.restarted(directory);
        newAgent();
    }

    void newAgent() {
        agent = new Agent(lab.services, (address, port) -> lab.network, () -> description, new Random(1));
        agent.start();
    }

    @Override
    public void close() {
        agent.close();
        managers.forEach(FakeManager::close);
        lab.close();
        var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    FakeManager manager() throws Exception {
        return manager(0);
    }

    FakeManager manager(int port) throws Exception {
        var manager = new FakeManager(CLUSTER, port);
        managers.add(manager);
        return manager;
    }

    void connect(String... addresses) {
        agent.connect(
                new ManagerLinks(CLUSTER.tls("node1", NodeRole.ROLE_WORKER), loops),
                new AgentConfig(List.of(addresses), ""),
                heard);
    }

    static void awaitSession(FakeManager manager) {
        await("session", manager::hasAssignments);
    }

    static Generation generation(long term, long number) {
        return Generation.newBuilder().setTerm(term).setNumber(number).build();
    }

    static AssignmentsMessage.Builder complete(long term, long number, AssignmentChange... changes) {
        return AssignmentsMessage.newBuilder()
                .setType(AssignmentsMessage.Type.COMPLETE)
                .setGeneration(generation(term, number))
                .addAllChanges(List.of(changes));
    }

    static AssignmentsMessage.Builder incremental(long term, long number, AssignmentChange... changes) {
        return complete(term, number, changes).setType(AssignmentsMessage.Type.INCREMENTAL);
    }

    static AssignmentChange set(Assignment.Builder item) {
        return AssignmentChange.newBuilder().setSet(item).build();
    }

    static AssignmentChange task(AssignedTask task) {
        return set(Assignment.newBuilder().setTask(task.task()));
    }

    static AssignmentChange revision(AssignedTask task) {
        return set(Assignment.newBuilder().setRevision(task.revision().orElseThrow()));
    }

    static AssignmentChange remove(AssignmentKey.Type type, String id) {
        return AssignmentChange.newBuilder()
                .setRemove(AssignmentKey.newBuilder().setType(type).setId(id))
                .build();
    }

    static AssignedTask web(int number) {
        return TaskLab.task(number, TASK_RUNNING, container().build());
    }

    static Optional<TaskState> lastState(FakeManager manager, int number) {
        return manager.statuses.stream()
                .flatMap(request -> request.getUpdatesList().stream())
                .filter(update -> update.getTaskId().equals(id(number)))
                .map(update -> update.getStatus().getState())
                .reduce((first, second) -> second);
    }

    static void awaitState(FakeManager manager, int number, TaskState state) {
        await("task " + number + " " + state, () -> lastState(manager, number).equals(Optional.of(state)));
    }

    static AssignmentChange network(String id) {
        return set(Assignment.newBuilder()
                .setNetwork(NetworkAssignment.newBuilder()
                        .setNetwork(Network.newBuilder().setId(id))
                        .setNodeAddress("10.0.1.2/24")));
    }

    static AssignmentChange endpoint(String network, String task, boolean serving) {
        return set(Assignment.newBuilder()
                .setEndpoint(NetworkEndpoint.newBuilder()
                        .setNetworkId(network)
                        .setTaskId(task)
                        .setAddress("10.0.1.9/24")
                        .setServing(serving)));
    }
}
