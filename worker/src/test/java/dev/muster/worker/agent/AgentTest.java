package dev.muster.worker.agent;

import static dev.muster.api.TaskState.TASK_RUNNING;
import static dev.muster.api.TaskState.TASK_SHUTDOWN;
import static dev.muster.worker.task.TaskLab.await;
import static dev.muster.worker.task.TaskLab.container;
import static dev.muster.worker.task.TaskLab.id;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.muster.api.Assignment;
import dev.muster.api.AssignmentChange;
import dev.muster.api.AssignmentKey;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Generation;
import dev.muster.api.LogOptions;
import dev.muster.api.LogSelector;
import dev.muster.api.LogStream;
import dev.muster.api.Network;
import dev.muster.api.NetworkAssignment;
import dev.muster.api.NetworkEndpoint;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeRole;
import dev.muster.api.Peer;
import dev.muster.api.PublishRequest;
import dev.muster.api.SubscriptionMessage;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.UpdateTaskStatusRequest;
import dev.muster.net.OverlayException;
import dev.muster.worker.task.AssignedTask;
import dev.muster.worker.task.TaskLab;
import dev.muster.worker.task.TaskNames;
import io.grpc.Status;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent against played managers, on real TLS connections and a fake runtime. */
class AgentTest {
    private static MultiThreadIoEventLoopGroup loops;
    private static FakeManager.Cluster cluster;

    @TempDir
    Path directory;

    private final List<FakeManager> managers = new ArrayList<>();
    private TaskLab lab;
    private Agent agent;
    private volatile NodeDescription description =
            NodeDescription.newBuilder().setHostname("host-1").build();
    private final Heard heard = new Heard();

    /** What the daemon is told. */
    private static final class Heard implements ClusterListener {
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

    @BeforeAll
    static void openLoops() {
        loops = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
        cluster = new FakeManager.Cluster();
    }

    @AfterAll
    static void closeLoops() {
        loops.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS);
    }

    @BeforeEach
    void open() {
        lab = new TaskLab(directory);
        newAgent();
    }

    private void newAgent() {
        agent = new Agent(lab.services, (address, port) -> lab.network, () -> description, new Random(1));
        agent.start();
    }

    @AfterEach
    void close() {
        agent.close();
        managers.forEach(FakeManager::close);
        lab.close();
    }

    private FakeManager manager() throws Exception {
        return manager(0);
    }

    private FakeManager manager(int port) throws Exception {
        var manager = new FakeManager(cluster, port);
        managers.add(manager);
        return manager;
    }

    private void connect(String... addresses) {
        agent.connect(
                new ManagerLinks(cluster.tls("node1", NodeRole.ROLE_WORKER), loops),
                new AgentConfig(List.of(addresses), ""),
                heard);
    }

    private static void awaitSession(FakeManager manager) {
        await("session", manager::hasAssignments);
    }

    private static Generation generation(long term, long number) {
        return Generation.newBuilder().setTerm(term).setNumber(number).build();
    }

    private static AssignmentsMessage.Builder complete(long term, long number, AssignmentChange... changes) {
        return AssignmentsMessage.newBuilder()
                .setType(AssignmentsMessage.Type.COMPLETE)
                .setGeneration(generation(term, number))
                .addAllChanges(List.of(changes));
    }

    private static AssignmentsMessage.Builder incremental(long term, long number, AssignmentChange... changes) {
        return complete(term, number, changes).setType(AssignmentsMessage.Type.INCREMENTAL);
    }

    private static AssignmentChange set(Assignment.Builder item) {
        return AssignmentChange.newBuilder().setSet(item).build();
    }

    private static AssignmentChange task(AssignedTask task) {
        return set(Assignment.newBuilder().setTask(task.task()));
    }

    private static AssignmentChange revision(AssignedTask task) {
        return set(Assignment.newBuilder().setRevision(task.revision().orElseThrow()));
    }

    private static AssignmentChange remove(AssignmentKey.Type type, String id) {
        return AssignmentChange.newBuilder()
                .setRemove(AssignmentKey.newBuilder().setType(type).setId(id))
                .build();
    }

    private static AssignedTask web(int number) {
        return TaskLab.task(number, TASK_RUNNING, container().build());
    }

    private static Optional<TaskState> lastState(FakeManager manager, int number) {
        return manager.statuses.stream()
                .flatMap(request -> request.getUpdatesList().stream())
                .filter(update -> update.getTaskId().equals(id(number)))
                .map(update -> update.getStatus().getState())
                .reduce((first, second) -> second);
    }

    private static void awaitState(FakeManager manager, int number, TaskState state) {
        await("task " + number + " " + state, () -> lastState(manager, number).equals(Optional.of(state)));
    }

    @Test
    void runsWhatTheManagerAssignsAndReportsIt() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);
        assertThat(manager.sessions.getFirst().getDescription()).isEqualTo(description);

        manager.assign(complete(1, 1, task(web(1)), revision(web(1))).build());

        awaitState(manager, 1, TASK_RUNNING);
        await("acknowledged", () -> manager.acknowledged.contains(generation(1, 1)));
        assertThat(heard.connections).containsExactly(true);
        await("heartbeats", () -> manager.heartbeats.get() >= 2);
    }

    @Test
    void actsOnlyOnWholeSets() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);

        manager.assign(complete(1, 1, task(web(1))).setMore(true).build());
        manager.assign(complete(1, 2, revision(web(1))).setMore(true).build());
        assertThat(agent.roster().ids()).isEmpty();
        manager.assign(complete(1, 3, task(web(2))).build());

        awaitState(manager, 1, TASK_RUNNING);
        awaitState(manager, 2, TASK_RUNNING);
        assertThat(manager.acknowledged).containsExactly(generation(1, 3));
    }

    @Test
    void changesAndRemovalsFollowTheWhole() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);
        manager.assign(
                complete(1, 1, task(web(1)), task(web(2)), revision(web(1))).build());
        awaitState(manager, 1, TASK_RUNNING);
        awaitState(manager, 2, TASK_RUNNING);

        manager.assign(
                incremental(1, 2, task(TaskLab.desired(web(1), TASK_SHUTDOWN)), remove(AssignmentKey.Type.TASK, id(2)))
                        .build());

        awaitState(manager, 1, TASK_SHUTDOWN);
        await("task 2 erased", () -> agent.roster().ids().equals(java.util.Set.of(id(1))));
        await("acknowledged", () -> manager.acknowledged.contains(generation(1, 2)));
    }

    @Test
    void acknowledgesOnlyWhenTheNetworksAreInForce() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);
        lab.network.refuse(Optional.of(OverlayException.temporary("nft is away")));

        manager.assign(complete(1, 1, network("net1"), endpoint("net1", "t9", true), task(web(1)), revision(web(1)))
                .build());
        awaitState(manager, 1, TASK_RUNNING);
        assertThat(manager.acknowledged).isEmpty();
        lab.network.refuse(Optional.empty());

        await("acknowledged", () -> manager.acknowledged.contains(generation(1, 1)));
        assertThat(lab.network.programmed().getLast().networks()).containsOnlyKeys("net1");
        assertThat(lab.network.programmed().getLast().endpoints())
                .singleElement()
                .satisfies(endpoint -> assertThat(endpoint.getServing()).isTrue());
    }

    private static AssignmentChange network(String id) {
        return set(Assignment.newBuilder()
                .setNetwork(NetworkAssignment.newBuilder()
                        .setNetwork(Network.newBuilder().setId(id))
                        .setNodeAddress("10.0.1.2/24")));
    }

    private static AssignmentChange endpoint(String network, String task, boolean serving) {
        return set(Assignment.newBuilder()
                .setEndpoint(NetworkEndpoint.newBuilder()
                        .setNetworkId(network)
                        .setTaskId(task)
                        .setAddress("10.0.1.9/24")
                        .setServing(serving)));
    }

    @Test
    void losesNoStatusWhileTheManagerFailsOrIsGone() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);
        manager.failingStatusCalls.set(2);
        manager.assign(complete(1, 1, task(web(1)), revision(web(1))).build());
        await("second session", () -> manager.sessions.size() >= 3);
        awaitState(manager, 1, TASK_RUNNING);

        int port = manager.port();
        manager.close();
        await("connection lost", () -> !agent.connected());
        lab.runtime.end(TaskNames.containerId(id(1)), 4, false);
        await("failed", () -> agent.roster().status(id(1)).orElseThrow().getState() == TaskState.TASK_FAILED);
        var next = manager(port);

        awaitState(next, 1, TaskState.TASK_FAILED);
    }

    @Test
    void tellsAManagerThatKnowsLessWhatIsSo() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);
        manager.assign(complete(1, 1, task(web(1)), revision(web(1))).build());
        awaitState(manager, 1, TASK_RUNNING);

        manager.statuses.clear();
        manager.dropSession();
        awaitSession(manager);
        // It lost the reports: its task is still ASSIGNED.
        manager.assign(complete(2, 1, task(web(1)), revision(web(1))).build());

        awaitState(manager, 1, TASK_RUNNING);
    }

    @Test
    void sendsOneNewestStatusPerTaskWhileACallIsUnderWay() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);
        var changes = new ArrayList<AssignmentChange>();
        changes.add(revision(web(1)));
        for (int i = 1; i <= 40; i++) {
            changes.add(task(web(i)));
        }
        manager.assign(complete(1, 1, changes.toArray(AssignmentChange[]::new)).build());

        for (int i = 1; i <= 40; i++) {
            awaitState(manager, i, TASK_RUNNING);
        }
        assertThat(manager.statuses.stream().mapToInt(UpdateTaskStatusRequest::getUpdatesCount))
                .anyMatch(size -> size > 1);
        for (int i = 1; i <= 40; i++) {
            int number = i;
            var order = manager.statuses.stream()
                    .flatMap(request -> request.getUpdatesList().stream())
                    .filter(update -> update.getTaskId().equals(id(number)))
                    .map(update -> update.getStatus().getState().getNumber())
                    .toList();
            assertThat(order).isSorted();
        }
    }

    @Test
    void dropsTheWordOfALeadershipThatIsOver() throws Exception {
        var old = manager();
        var current = manager();
        connect(current.address());
        awaitSession(current);
        current.assign(complete(5, 1, task(web(1)), revision(web(1))).build());
        awaitState(current, 1, TASK_RUNNING);
        agent.disconnect();

        connect(old.address());
        awaitSession(old);
        old.assign(complete(4, 99).build());

        await("turned away", () -> old.sessions.size() >= 2);
        assertThat(old.acknowledged).isEmpty();
        assertThat(agent.roster().status(id(1)).orElseThrow().getState()).isEqualTo(TASK_RUNNING);
    }

    @Test
    void remembersTheLeadershipAcrossRestarts() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);
        manager.assign(complete(5, 1, task(web(1)), revision(web(1))).build());
        awaitState(manager, 1, TASK_RUNNING);
        agent.close();
        manager.dropSession();
        lab = lab.restarted(directory);
        newAgent();

        connect(manager.address());
        awaitSession(manager);
        manager.assign(complete(4, 99).build());

        await("turned away", () -> manager.sessions.size() >= 3);
        assertThat(agent.roster().ids()).containsExactly(id(1));
    }

    @Test
    void followsTheLeaderAtOnce() throws Exception {
        var follower = manager();
        var leader = manager();
        follower.redirect = Optional.of(leader.address());

        connect(follower.address());

        awaitSession(leader);
        assertThat(follower.sessions).hasSize(1);
    }

    @Test
    void triesOneManagerAfterTheOtherAndLearnsNewOnes() throws Exception {
        var third = manager();
        var second = manager();
        second.managers = List.of(
                Peer.newBuilder().setNodeId("m2").setAddress(second.address()).build(),
                Peer.newBuilder().setNodeId("m3").setAddress(third.address()).build());
        connect("127.0.0.1:1", second.address());
        awaitSession(second);
        assertThat(heard.managers).containsExactly(second.managers);
        assertThat(agent.managers()).isEqualTo(second.managers);

        second.close();

        awaitSession(third);
    }

    @Test
    void givesUpOnAManagerThatDoesNotAnswerARegistration() throws Exception {
        var deaf = manager();
        deaf.silent = true;
        var other = manager();

        connect(deaf.address(), other.address());

        awaitSession(other);
    }

    @Test
    void saysThatTheManagersRefuseTheNode() throws Exception {
        var manager = manager();
        manager.refusal = Optional.of(Status.NOT_FOUND.withDescription("node node1 is not part of the cluster"));

        connect(manager.address());

        await("refused", () -> !heard.refusals.isEmpty());
        assertThat(heard.refusals.getFirst()).contains("node node1 is not part of the cluster");
    }

    @Test
    void aForgottenSessionIsNoRefusal() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);

        manager.dropSession();

        awaitSession(manager);
        assertThat(heard.refusals).isEmpty();
        assertThat(manager.sessions.getLast().getSessionId()).isEqualTo("session-1");
    }

    @Test
    void doesNotTrustAManagerOfAnotherCluster() throws Exception {
        var foreign = new FakeManager(new FakeManager.Cluster(), 0);
        managers.add(foreign);
        var own = manager();

        connect(foreign.address(), own.address());

        awaitSession(own);
        assertThat(foreign.sessions).isEmpty();
    }

    @Test
    void describesTheNodeAnewWhenItHasChanged() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);

        description = description.toBuilder().setHostname("renamed").build();

        await("described", () -> !manager.descriptions.isEmpty());
        assertThat(manager.descriptions.getFirst().getDescription()).isEqualTo(description);
    }

    @Test
    void passesOnWhatTheManagerSaysOfNodeAndRoot() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);

        manager.tell(manager.message().setRootCaPem(ByteString.copyFromUtf8("pem")));

        await("root", () -> heard.roots.contains(ByteString.copyFromUtf8("pem")));
        assertThat(heard.nodes)
                .singleElement()
                .satisfies(node -> assertThat(node.getId()).isEqualTo("node1"));
        assertThat(lab.journal.session().orElseThrow().getRootCaPem()).isEqualTo(ByteString.copyFromUtf8("pem"));
    }

    @Test
    void aRestartedAgentTakesUpContainersAndNetworksWithoutManagers() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);
        manager.assign(complete(1, 1, network("net1"), endpoint("net1", "t9", true), task(web(1)), revision(web(1)))
                .build());
        awaitState(manager, 1, TASK_RUNNING);
        await("acknowledged", () -> !manager.acknowledged.isEmpty());
        agent.close();
        manager.close();
        int programs = lab.network.programmed().size();
        lab = lab.restarted(directory);

        newAgent();

        assertThat(lab.network.programmed()).hasSize(programs + 1);
        assertThat(lab.network.programmed().getLast().endpoints()).hasSize(1);
        lab.runtime.end(TaskNames.containerId(id(1)), 9, false);
        await("watched", () -> agent.roster().status(id(1)).orElseThrow().getState() == TaskState.TASK_FAILED);
        var next = manager();
        connect(next.address());
        awaitState(next, 1, TaskState.TASK_FAILED);
    }

    @Test
    void removesContainersThatTheManagersDoNotKnow() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);
        manager.assign(
                complete(1, 1, task(web(1)), task(web(2)), revision(web(1))).build());
        awaitState(manager, 1, TASK_RUNNING);
        awaitState(manager, 2, TASK_RUNNING);
        agent.close();
        manager.dropSession();
        lab.journal.clear();
        lab = lab.restarted(directory);
        newAgent();
        connect(manager.address());
        awaitSession(manager);
        assertThat(lab.runtime.list())
                .as("nothing is removed before managers speak")
                .hasSize(2);

        manager.assign(complete(1, 2, task(web(2)), revision(web(1))).build());

        await("stranger removed", () -> lab.runtime.list().size() == 1);
        awaitState(manager, 2, TASK_RUNNING);
        assertThat(lab.runtime.calls()).noneMatch(call -> call.startsWith("create"));
    }

    @Test
    void sendsLogsOfMatchingTasksAndFollowsNewOnes() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);
        await("subscriptions", manager::hasSubscriptions);
        manager.assign(complete(1, 1, task(web(1)), revision(web(1))).build());
        awaitState(manager, 1, TASK_RUNNING);
        lab.logs.write(TaskNames.containerId(id(1)), LogStream.LOG_STDOUT, "one\n");
        lab.logs.write(TaskNames.containerId(id(1)), LogStream.LOG_STDERR, "unwanted\n");
        var selector = LogSelector.newBuilder().addServiceIds("service1");
        manager.subscribe(SubscriptionMessage.newBuilder()
                .setId("s1")
                .setSelector(selector)
                .setOptions(LogOptions.newBuilder().setStdout(true).setFollow(true))
                .build());
        await("first line", () -> lines(manager, "s1").contains("one\n"));

        manager.assign(incremental(1, 2, task(web(2))).build());
        awaitState(manager, 2, TASK_RUNNING);
        lab.logs.write(TaskNames.containerId(id(2)), LogStream.LOG_STDOUT, "two\n");

        await("line of the new task", () -> lines(manager, "s1").contains("two\n"));
        assertThat(lines(manager, "s1")).containsExactly("one\n", "two\n");
        var last = manager.published.getLast().getMessages(0);
        assertThat(last.getContext().getTaskId()).isEqualTo(id(2));
        assertThat(last.getContext().getNodeId()).isEqualTo("node1");
        assertThat(last.getStream()).isEqualTo(LogStream.LOG_STDOUT);
    }

    @Test
    void endsASubscriptionThatDoesNotFollow() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);
        await("subscriptions", manager::hasSubscriptions);
        manager.assign(complete(1, 1, task(web(1)), revision(web(1))).build());
        awaitState(manager, 1, TASK_RUNNING);
        for (int i = 0; i < 5000; i++) {
            lab.logs.write(
                    TaskNames.containerId(id(1)), LogStream.LOG_STDOUT, "line " + i + " " + "x".repeat(100) + "\n");
        }

        manager.subscribe(SubscriptionMessage.newBuilder()
                .setId("s1")
                .setSelector(LogSelector.newBuilder().addTaskIds(id(1)))
                .setOptions(LogOptions.newBuilder().setStdout(true).setStderr(true))
                .build());

        await("done", () -> manager.published.stream().anyMatch(PublishRequest::getDone));
        var lines = lines(manager, "s1");
        assertThat(lines).hasSize(5000);
        assertThat(lines.getLast()).startsWith("line 4999 ");
        assertThat(manager.published).hasSizeLessThan(500);
        assertThat(manager.published.stream().mapToInt(PublishRequest::getSerializedSize))
                .allMatch(size -> size < 80 * 1024);
    }

    @Test
    void aSubscriptionForNothingIsDoneAtOnce() throws Exception {
        var manager = manager();
        connect(manager.address());
        await("subscriptions", manager::hasSubscriptions);

        manager.subscribe(SubscriptionMessage.newBuilder()
                .setId("s1")
                .setSelector(LogSelector.newBuilder().addTaskIds("none"))
                .setOptions(LogOptions.newBuilder().setStdout(true))
                .build());

        await("done", () -> manager.published.stream().anyMatch(PublishRequest::getDone));
        assertThat(lines(manager, "s1")).isEmpty();
    }

    private static List<String> lines(FakeManager manager, String subscription) {
        return manager.published.stream()
                .filter(request -> request.getSubscriptionId().equals(subscription))
                .flatMap(request -> request.getMessagesList().stream())
                .map(message -> message.getLine().toStringUtf8())
                .toList();
    }

    @Test
    void neverStartsATaskThatEndedForTheManagers() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);
        var ended = web(1).task().toBuilder();
        ended.getStatusBuilder().setState(TaskState.TASK_FAILED);
        Task task = ended.build();

        manager.assign(complete(1, 1, set(Assignment.newBuilder().setTask(task)), revision(web(1)))
                .build());

        await("acknowledged", () -> manager.acknowledged.contains(generation(1, 1)));
        await("released", () -> lab.runtime.calls().stream().anyMatch(call -> call.startsWith("delete")));
        assertThat(lab.runtime.calls()).noneMatch(call -> call.startsWith("create"));
        assertThat(manager.statuses).isEmpty();
    }

    @Test
    void disconnectingEndsTheSessionAndLeavesContainers() throws Exception {
        var manager = manager();
        connect(manager.address());
        awaitSession(manager);
        manager.assign(complete(1, 1, task(web(1)), revision(web(1))).build());
        awaitState(manager, 1, TASK_RUNNING);

        agent.disconnect();

        assertThat(agent.connected()).isFalse();
        assertThat(heard.connections).containsExactly(true, false);
        int beats = manager.heartbeats.get();
        assertThat(lab.runtime.list()).hasSize(1);
        java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofMillis(600).toNanos());
        assertThat(manager.heartbeats.get()).isEqualTo(beats);
    }
}
