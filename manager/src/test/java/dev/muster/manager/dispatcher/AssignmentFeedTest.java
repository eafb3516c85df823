package dev.muster.manager.dispatcher;

import static dev.muster.manager.dispatcher.Cluster3.BACK;
import static dev.muster.manager.dispatcher.Cluster3.FRONT;
import static dev.muster.manager.dispatcher.Cluster3.INGRESS;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.muster.api.Annotations;
import dev.muster.api.Assignment;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.api.Generation;
import dev.muster.api.Kind;
import dev.muster.api.NodeState;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.state.ClusterStates;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AssignmentFeedTest {
    private final Cluster3 cluster = new Cluster3();
    private final ClusterStates.Subscription updates = cluster.log.states().subscribe();
    private final Generations generations = new Generations(0, 7);
    private final AssignmentFeed feed = new AssignmentFeed("node1", cluster.state(), new StopOrder(), generations);
    private SortedMap<ItemKey, Assignment> agent = new TreeMap<>();

    @BeforeEach
    void takeTheWhole() {
        var messages = take();
        assertThat(messages).hasSize(1);
        assertThat(messages.getFirst().getType()).isEqualTo(AssignmentsMessage.Type.COMPLETE);
        assertThat(agent).isEqualTo(AssignmentSets.of(cluster.state(), "node1"));
    }

    @Test
    void saysNothingWhenNothingOfItsNodeChanges() {
        cluster.task("db1", task -> task.setStatus(Cluster3.status(TaskState.TASK_FAILED)));
        cluster.network(FRONT, network -> network.setAddressCursor("10.0.1.99"));
        cluster.task("web1", task -> task.getStatusBuilder().setMessage("echo"));

        assertThat(take()).isEmpty();
    }

    @Test
    void saysOnlyTheDifference() {
        cluster.task("web2", task -> task.setStatus(Cluster3.status(TaskState.TASK_FAILED)));

        var messages = take();

        assertThat(messages).hasSize(1);
        assertThat(messages.getFirst().getType()).isEqualTo(AssignmentsMessage.Type.INCREMENTAL);
        assertThat(messages.getFirst().getChangesList())
                .containsExactlyInAnyOrder(
                        AssignmentMessages.remove(ItemKey.endpoint(FRONT, "web2")),
                        AssignmentMessages.remove(ItemKey.endpoint(INGRESS, "web2")));
    }

    @Test
    void changesThatUndoEachOtherWhileNobodyTakesAreNotSent() {
        cluster.node("node2", node -> node.getStatusBuilder().setState(NodeState.NODE_DOWN));
        mark();
        cluster.node("node2", node -> node.getStatusBuilder().setState(NodeState.NODE_READY));
        mark();

        assertThat(take()).isEmpty();
    }

    @Test
    void manyChangesWhileNobodyTakesAreOneSet() {
        for (int i = 0; i < 50; i++) {
            var address = "192.168.9." + i;
            cluster.node("node2", node -> node.getStatusBuilder().setAddress(address));
            mark();
        }

        var messages = take();

        assertThat(messages).hasSize(1);
        assertThat(messages.getFirst().getChangesList()).hasSize(4);
        assertThat(agent.get(ItemKey.peer(FRONT, "node2")).getPeer().getUnderlayAddress())
                .isEqualTo("192.168.9.49");
    }

    @Test
    void aNodeThatEntersANetworkGetsAllOfItAndOneThatLeavesLosesAllOfIt() {
        cluster.node("node1", node -> node.addAttachments(Cluster3.attachment(BACK, "10.0.2.11/24")));
        take();
        assertThat(agent)
                .containsKeys(ItemKey.network(BACK), ItemKey.peer(BACK, "node2"), ItemKey.endpoint(BACK, "db1"));

        cluster.task("db1", task -> task.setStatus(Cluster3.status(TaskState.TASK_FAILED)));
        cluster.node("node1", node -> node.removeAttachments(2));
        take();
        assertThat(agent).isEqualTo(AssignmentSets.of(cluster.state(), "node1"));
    }

    @Test
    void generationsGrowWithEveryMessageAndNameTheLeadership() {
        var seen = new ArrayList<Generation>();
        for (int i = 0; i < 3; i++) {
            var address = "192.168.9." + i;
            cluster.node("node2", node -> node.getStatusBuilder().setAddress(address));
            take().forEach(message -> seen.add(message.getGeneration()));
        }

        assertThat(seen).extracting(Generation::getNumber).containsExactly(2L, 3L, 4L);
        assertThat(seen).extracting(Generation::getTerm).containsOnly(7L);
    }

    @Test
    void largeSetsAreCutIntoMessagesThatBelongTogether() {
        var changes = cluster.state().revisions().get(Cluster3.revision("0db")).toBuilder();
        var payload = ByteString.copyFrom(new byte[900_000]);
        for (int i = 0; i < 3; i++) {
            cluster.create(Config.newBuilder()
                    .setId("big" + i)
                    .setSpec(ConfigSpec.newBuilder()
                            .setAnnotations(Annotations.newBuilder().setName("big" + i))
                            .setData(payload))
                    .build());
            changes.getTaskBuilder().getContainerBuilder().addConfigsBuilder().setConfigId("big" + i);
        }
        cluster.create(changes.setId("0db.2").setRevision(2).clearMeta().build());
        cluster.create(Cluster3.databaseTask("db2", "node1").toBuilder()
                .setRevision(2)
                .clearNetworks()
                .build());

        var messages = take();

        assertThat(messages).hasSizeGreaterThanOrEqualTo(3);
        assertThat(messages.subList(0, messages.size() - 1)).allMatch(AssignmentsMessage::getMore);
        assertThat(messages.getLast().getMore()).isFalse();
        assertThat(messages).allMatch(message -> message.getSerializedSize() < AssignmentMessages.MAX_BYTES + 1000);
        assertThat(agent).containsKeys(ItemKey.config("big0"), ItemKey.config("big1"), ItemKey.config("big2"));
    }

    @Test
    void aVersionIsConfirmedWhenTheSetThatCarriedItIsAcknowledged() {
        cluster.node("node2", node -> node.getStatusBuilder().setAddress("192.168.9.9"));
        var messages = take();
        long version = cluster.state().version();
        assertThat(feed.confirmed(version)).isFalse();

        feed.acknowledge(Generation.newBuilder().setTerm(6).setNumber(99).build());
        assertThat(feed.confirmed(version)).as("of another leadership").isFalse();

        feed.acknowledge(messages.getLast().getGeneration());
        assertThat(feed.confirmed(version)).isTrue();

        cluster.task("db1", task -> task.setStatus(Cluster3.status(TaskState.TASK_FAILED)));
        mark();
        assertThat(feed.confirmed(cluster.state().version()))
                .as("nothing in it concerns the node")
                .isTrue();
    }

    /** Random changes, taken at random times: each take leads the agent exactly to what the state says. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void incrementsLeadToTheSameAsTheWhole(long seed) {
        var random = new Random(seed);
        var others = new TreeMap<String, AssignmentFeed>();
        var agents = new TreeMap<String, SortedMap<ItemKey, Assignment>>();
        for (var nodeId : List.of("node1", "node2", "node3")) {
            others.put(nodeId, new AssignmentFeed(nodeId, cluster.state(), new StopOrder(), generations));
            agents.put(nodeId, new TreeMap<>());
        }
        for (int step = 0; step < 400; step++) {
            randomChange(random, step);
            if (random.nextInt(3) == 0) {
                updates.poll().ifPresent(update -> {
                    var changes = TableChanges.of(update);
                    others.values().forEach(other -> other.mark(update, changes));
                });
                for (var nodeId : others.keySet()) {
                    if (random.nextInt(3) == 0) {
                        agents.put(
                                nodeId,
                                Cluster3.apply(
                                        agents.get(nodeId), others.get(nodeId).poll()));
                        assertThat(stable(agents.get(nodeId)))
                                .as("seed %d, step %d, %s", seed, step, nodeId)
                                .isEqualTo(stable(AssignmentSets.of(cluster.state(), nodeId)));
                    }
                }
            }
        }
    }

    private void randomChange(Random random, int step) {
        var nodeId = "node" + (1 + random.nextInt(3));
        switch (random.nextInt(8)) {
            case 0 -> {
                int slot = 1 + random.nextInt(9);
                var task = random.nextBoolean()
                        ? Cluster3.webTask("task" + step, slot, nodeId)
                        : Cluster3.databaseTask("task" + step, nodeId);
                cluster.create(task.toBuilder()
                        .setStatus(Cluster3.status(TaskState.TASK_ASSIGNED))
                        .build());
            }
            case 1, 2, 3 -> randomTask(random).ifPresent(id -> cluster.task(id, task -> advance(random, task)));
            case 4 -> randomTask(random).ifPresent(id -> cluster.delete(Kind.KIND_TASK, id));
            case 5 ->
                cluster.node(
                        nodeId,
                        node -> node.getStatusBuilder()
                                .setState(random.nextBoolean() ? NodeState.NODE_DOWN : NodeState.NODE_READY)
                                .setAddress("192.168.7." + random.nextInt(3)));
            case 6 ->
                cluster.node(nodeId, node -> {
                    var network = List.of(INGRESS, FRONT, BACK).get(random.nextInt(3));
                    var kept = node.getAttachmentsList().stream()
                            .filter(attachment -> !attachment.getNetworkId().equals(network))
                            .toList();
                    boolean enters = kept.size() == node.getAttachmentsCount();
                    node.clearAttachments().addAllAttachments(kept);
                    if (enters) {
                        node.addAttachments(Cluster3.attachment(network, "10.0.9." + random.nextInt(200) + "/24"));
                    }
                });
            default ->
                cluster.service(
                        "0web",
                        service ->
                                service.getSpecBuilder().getAnnotationsBuilder().setName("web" + random.nextInt(4)));
        }
    }

    private Optional<String> randomTask(Random random) {
        var ids = List.copyOf(cluster.state().tasks().keySet());
        return ids.isEmpty() ? Optional.empty() : Optional.of(ids.get(random.nextInt(ids.size())));
    }

    private static void advance(Random random, Task.Builder task) {
        var states = List.of(
                TaskState.TASK_PREPARING,
                TaskState.TASK_RUNNING,
                TaskState.TASK_RUNNING,
                TaskState.TASK_FAILED,
                TaskState.TASK_ORPHANED);
        var next = states.get(random.nextInt(states.size()));
        if (TaskStates.mayObserve(task.getStatus().getState(), next)) {
            task.setStatus(Cluster3.status(next));
        }
        if (random.nextInt(4) == 0 && task.getDesiredState() != TaskState.TASK_REMOVE) {
            task.setDesiredState(random.nextBoolean() ? TaskState.TASK_SHUTDOWN : TaskState.TASK_REMOVE);
        }
    }

    /** Without what agents are not told again. */
    private static SortedMap<ItemKey, Assignment> stable(SortedMap<ItemKey, Assignment> items) {
        var stable = new TreeMap<ItemKey, Assignment>();
        items.forEach((key, item) -> {
            var builder = item.toBuilder();
            if (item.hasTask()) {
                builder.getTaskBuilder().clearMeta().clearStatus();
            }
            stable.put(key, builder.build());
        });
        return stable;
    }

    private void mark() {
        updates.poll().ifPresent(update -> feed.mark(update, TableChanges.of(update)));
    }

    private List<AssignmentsMessage> take() {
        mark();
        var messages = feed.poll();
        agent = Cluster3.apply(agent, messages);
        return messages;
    }
}
