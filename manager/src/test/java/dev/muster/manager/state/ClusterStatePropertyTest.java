package dev.muster.manager.state;

import static dev.muster.manager.state.Objects.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.muster.api.Ids;
import dev.muster.api.Kind;
import dev.muster.api.LogEntry;
import dev.muster.api.StoredObject;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterStatePropertyTest {
    private static final int ENTRIES = 400;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theSameLogGivesTheSameStateEverywhere(long seed) {
        var log = randomLog(seed);
        assertThat(contents(replay(ClusterState.EMPTY, log)))
                .isEqualTo(contents(replay(ClusterState.EMPTY, reread(log))));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aSnapshotAndTheRestOfTheLogGiveTheStateOfTheWholeLog(long seed) {
        var log = randomLog(seed);
        int cut = log.size() / 2;
        var half = replay(ClusterState.EMPTY, log.subList(0, cut));
        var loader = new ClusterStateLoader();
        ClusterStateLoader.write(half, loader::add);
        var loaded = loader.load(half.version());
        requireIndexesMatch(loaded);
        assertThat(contents(replay(loaded, log.subList(cut, log.size()))))
                .isEqualTo(contents(replay(ClusterState.EMPTY, log)));
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void indexesSayWhatASearchWouldFind(long seed) {
        var changes = new RandomChanges(new SplittableRandom(seed));
        var state = ClusterState.EMPTY;
        int accepted = 0;
        int rejected = 0;
        for (int i = 0; i < ENTRIES; i++) {
            var before = state;
            var applied = ClusterReducer.apply(state, entry(0, 1, changes.next(state)), 1);
            state = applied.state();
            if (applied.verdicts().getFirst() instanceof Verdict.Accepted) {
                accepted++;
                requireTouched(before, state, applied.touched());
            } else {
                rejected++;
                assertThat(state).isSameAs(before);
            }
            if (i % 10 == 0) {
                requireIndexesMatch(state);
            }
        }
        requireIndexesMatch(state);
        assertThat(accepted).isGreaterThan(ENTRIES / 4);
        assertThat(rejected).isGreaterThan(ENTRIES / 20);
    }

    private static List<LogEntry> randomLog(long seed) {
        var changes = new RandomChanges(new SplittableRandom(seed));
        var log = new ArrayList<LogEntry>();
        var state = ClusterState.EMPTY;
        for (int i = 0; i < ENTRIES; i++) {
            var entry = entry(0, 1, changes.next(state), changes.next(state));
            log.add(entry);
            state = ClusterReducer.apply(state, entry, 1).state();
        }
        return log;
    }

    /** The log as another manager gets it: from bytes. */
    private static List<LogEntry> reread(List<LogEntry> log) {
        return log.stream()
                .map(entry -> {
                    try {
                        return LogEntry.parseFrom(entry.toByteArray());
                    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .toList();
    }

    private static ClusterState replay(ClusterState from, List<LogEntry> log) {
        var state = from;
        for (var entry : log) {
            state = ClusterReducer.apply(state, entry, 1).state();
        }
        return state;
    }

    private static List<StoredObject> contents(ClusterState state) {
        var objects = new ArrayList<StoredObject>();
        ClusterStateLoader.write(state, objects::add);
        assertThat(objects).isNotEmpty();
        return objects;
    }

    private static void requireTouched(ClusterState before, ClusterState after, Touched touched) {
        for (var kind : Kind.values()) {
            var ids = new TreeSet<>(before.objects(kind).keySet());
            ids.addAll(after.objects(kind).keySet());
            for (var id : ids) {
                boolean same = java.util.Objects.equals(
                        before.objects(kind).get(id), after.objects(kind).get(id));
                boolean told = touched.keys().contains(key(kind, id));
                assertThat(told).as("%s %s", kind, id).isEqualTo(!same);
            }
        }
    }

    private static ObjectKey key(Kind kind, String id) {
        return new ObjectKey(kind, id);
    }

    private static void requireIndexesMatch(ClusterState state) {
        var tasks = List.copyOf(state.tasks().values());
        assertThat(grouped(tasks, Slot::of)).isEqualTo(slots(state));
        for (var node : nodesNamed(state)) {
            var there =
                    tasks.stream().filter(task -> task.getNodeId().equals(node)).toList();
            assertThat(List.copyOf(state.tasksByNode(node).values())).isEqualTo(there);
            var active = there.stream()
                    .filter(TaskStates::active)
                    .filter(task -> !TaskStates.before(task.getStatus().getState(), TaskState.TASK_ASSIGNED))
                    .toList();
            assertThat(state.load(node).activeTasks()).isEqualTo(active.size());
            assertThat(state.load(node).activeByService())
                    .isEqualTo(active.stream()
                            .collect(Collectors.groupingBy(
                                    Task::getServiceId, TreeMap::new, Collectors.summingInt(_ -> 1))));
        }
        for (var desired : TaskState.values()) {
            for (var observed : TaskState.values()) {
                if (desired != TaskState.UNRECOGNIZED && observed != TaskState.UNRECOGNIZED) {
                    assertThat(List.copyOf(state.tasksIn(desired, observed).values()))
                            .isEqualTo(tasks.stream()
                                    .filter(task -> task.getDesiredState() == desired
                                            && task.getStatus().getState() == observed)
                                    .toList());
                }
            }
        }
        for (var service : state.services().values()) {
            assertThat(state.tasksByService(service.getId()))
                    .containsExactlyInAnyOrderElementsOf(tasks.stream()
                            .filter(task -> task.getServiceId().equals(service.getId()))
                            .toList());
            assertThat(state.revisions(service.getId()).keySet()).containsExactly(Ids.revision(service.getId(), 1));
            assertThat(state.tasksOfRevision(Ids.revision(service.getId(), 1)))
                    .isEqualTo(state.tasksByService(service.getId()).size());
            var named = service.getPendingDelete()
                    ? state.serviceNamed("svc-" + service.getId()).isEmpty()
                    : state.serviceNamed("SVC-" + service.getId()).isPresent();
            assertThat(named).isTrue();
        }
        for (var network : state.networks().keySet()) {
            assertThat(List.copyOf(state.tasksByNetwork(network).values()))
                    .isEqualTo(tasks.stream()
                            .filter(task -> !TaskStates.ended(task)
                                    && task.getNetworksList().stream()
                                            .anyMatch(at -> at.getNetworkId().equals(network)))
                            .toList());
            assertThat(List.copyOf(
                            state.servicesUsing(ObjectKey.network(network)).values()))
                    .isEqualTo(state.services().values().stream()
                            .filter(service -> service.getSpec().getTask().getNetworksList().stream()
                                    .anyMatch(at -> at.getTarget().equals(network)))
                            .toList());
        }
    }

    private static Set<String> nodesNamed(ClusterState state) {
        var nodes = new TreeSet<>(state.nodes().keySet());
        state.tasks().values().stream()
                .map(Task::getNodeId)
                .filter(id -> !id.isEmpty())
                .forEach(nodes::add);
        return nodes;
    }

    private static Map<Slot, List<Message>> slots(ClusterState state) {
        var slots = new TreeMap<Slot, List<Message>>();
        var services = new TreeSet<>(state.services().keySet());
        services.forEach(id -> state.slots(id).forEach((slot, found) -> slots.put(slot, List.copyOf(found.values()))));
        return slots;
    }

    private static <K> Map<K, List<Task>> grouped(List<Task> tasks, Function<Task, K> key) {
        return tasks.stream().collect(Collectors.groupingBy(key, TreeMap::new, Collectors.toList()));
    }
}
