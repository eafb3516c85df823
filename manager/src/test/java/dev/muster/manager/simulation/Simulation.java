package dev.muster.manager.simulation;

import com.google.protobuf.Message;
import dev.muster.api.Annotations;
import dev.muster.api.Availability;
import dev.muster.api.ChangeSet;
import dev.muster.api.Cluster;
import dev.muster.api.Ids;
import dev.muster.api.Network;
import dev.muster.api.NetworkSpec;
import dev.muster.api.Node;
import dev.muster.api.NodeState;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.Timestamps;
import dev.muster.manager.allocator.Allocators;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.LoopDriver;
import dev.muster.manager.orchestrator.Orchestrators;
import dev.muster.manager.revision.SpecChange;
import dev.muster.manager.scheduler.Schedulers;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import dev.muster.manager.state.Touched;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The cluster itself: loops, log, clock and agents, and what users do with it. One thread. */
public final class Simulation {
    public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    /** Steps at one instant: more means that loops undo each other's work. */
    private static final int MAX_STEPS = 20_000;

    private final SplittableRandom random;
    private final LocalLog log = new LocalLog(new ClusterStates());
    private final ToyAgents agents = new ToyAgents();
    private final Trace trace;
    private final List<Runnable> checks = new ArrayList<>();
    private List<LoopDriver> drivers = List.of();
    private Instant now = START;

    public Simulation(long seed) {
        random = new SplittableRandom(seed);
        trace = new Trace(log.states());
        put(Cluster.newBuilder().setId("cluster").setFeatureLevel(1).build());
        put(Network.newBuilder()
                .setId("ingress")
                .setSpec(NetworkSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName("ingress"))
                        .setIngress(true))
                .build());
        changeLeader();
    }

    public ToyAgents agents() {
        return agents;
    }

    public Trace trace() {
        return trace;
    }

    public ClusterState state() {
        return log.states().current();
    }

    public Instant now() {
        return now;
    }

    /** Runs after every step; throws if something does not hold. */
    public void always(Runnable check) {
        checks.add(check);
    }

    /** New drivers, which know nothing: what a new leader begins with. */
    public void changeLeader() {
        drivers.forEach(LoopDriver::close);
        var leadership = log.elect();
        drivers = loops().stream()
                .map(loop -> new LoopDriver(loop, log.states(), leadership.proposer(), () -> now, random.split()))
                .toList();
    }

    /** One of each loop. */
    public static List<ControlLoop> loops() {
        return Stream.of(Orchestrators.loops(), Allocators.loops(), Schedulers.loops())
                .flatMap(List<ControlLoop>::stream)
                .toList();
    }

    public void nodes(int count) {
        for (int i = 1; i <= count; i++) {
            put(Specs.node("node" + i).build());
        }
    }

    public void network(String name) {
        put(Network.newBuilder()
                .setId(name)
                .setSpec(NetworkSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName(name)))
                .build());
    }

    /** Creates an object as it is. */
    public void put(Message object) {
        commit(new ChangeSetBuilder(now, "test").create(object));
    }

    public void node(String id, UnaryOperator<Node.Builder> change) {
        commit(new ChangeSetBuilder(now, "test")
                .update(change.apply(state().node(id).orElseThrow().toBuilder()).build()));
    }

    public void availability(String id, Availability availability) {
        node(id, node -> {
            node.getSpecBuilder().setAvailability(availability);
            return node;
        });
    }

    public void nodeState(String id, NodeState nodeState) {
        node(id, node -> {
            node.getStatusBuilder().setState(nodeState).setSince(Timestamps.of(now));
            return node;
        });
    }

    /** What the control API does: the node goes, and its tasks are given up, in one change. */
    public void removeNode(String id) {
        var changes = new ChangeSetBuilder(now, "test").delete(state().node(id).orElseThrow());
        for (var task : state().tasksByNode(id).values()) {
            if (!TaskStates.ended(task)) {
                changes.update(task.toBuilder()
                        .setStatus(task.getStatus().toBuilder()
                                .setState(TaskState.TASK_ORPHANED)
                                .setMessage("Task belonged to a node that has been deleted"))
                        .build());
            }
        }
        commit(changes);
    }

    public String create(ServiceSpec.Builder spec) {
        var id = Ids.create(random);
        var change = SpecChange.created(id, spec.build(), now);
        commit(new ChangeSetBuilder(now, "test")
                .create(change.service())
                .create(change.revision().orElseThrow()));
        return id;
    }

    public void update(String name, UnaryOperator<ServiceSpec.Builder> spec) {
        var service = service(name);
        apply(SpecChange.updated(
                service, spec.apply(service.getSpec().toBuilder()).build(), now));
    }

    public void scale(String name, long replicas) {
        update(name, spec -> {
            spec.getReplicatedBuilder().setReplicas(replicas);
            return spec;
        });
    }

    public void rollBack(String name) {
        apply(SpecChange.rolledBack(service(name), now).orElseThrow());
    }

    public void remove(String name) {
        commit(new ChangeSetBuilder(now, "test")
                .update(service(name).toBuilder().setPendingDelete(true).build()));
    }

    public void removeNetwork(String name) {
        commit(new ChangeSetBuilder(now, "test")
                .update(state().network(name).orElseThrow().toBuilder()
                        .setPendingDelete(true)
                        .build()));
    }

    public Service service(String name) {
        return state().serviceNamed(name).orElseThrow();
    }

    public List<Task> tasks(String name) {
        return state().tasksByService(service(name).getId());
    }

    /**
     * All loops decide on the same state, then their changes arrive in any order: what threads do at worst. What is
     * rejected is lost, as the next pass of a real loop would decide anew.
     */
    public void race() {
        var state = state();
        var changeSets = new ArrayList<ChangeSet>();
        for (var loop : loops()) {
            changeSets.addAll(
                    loop.decide(state, now, random.split(), Touched.EVERYTHING).changeSets());
        }
        Collections.shuffle(changeSets, Random.from(random));
        log.propose(changeSets);
        trace.collect(now);
        checks.forEach(Runnable::run);
    }

    /** Lets everything happen that is due now. */
    public void settle() {
        for (int steps = 0; step(); steps++) {
            checks.forEach(Runnable::run);
            if (steps > MAX_STEPS) {
                throw new AssertionError("the loops do not come to rest at " + now);
            }
        }
    }

    /** Lets time pass, from one event to the next. */
    public void run(Duration duration) {
        var end = now.plus(duration);
        settle();
        for (var next = nextEvent(); next.isPresent() && !next.get().isAfter(end); next = nextEvent()) {
            now = next.get().isAfter(now) ? next.get() : now.plusMillis(1);
            settle();
        }
        now = end;
        settle();
    }

    private boolean step() {
        boolean acted = false;
        for (var driver : drivers) {
            acted |= driver.step();
            trace.collect(now);
        }
        acted |= agents.act(state(), log, now);
        trace.collect(now);
        return acted;
    }

    private Optional<Instant> nextEvent() {
        return Stream.concat(
                        drivers.stream().map(LoopDriver::nextWakeup).flatMap(Optional::stream),
                        agents.nextEvent(state()).stream())
                .min(Instant::compareTo);
    }

    private void apply(SpecChange change) {
        var changes = new ChangeSetBuilder(now, "test").update(change.service());
        change.revision().ifPresent(changes::create);
        commit(changes);
    }

    private void commit(ChangeSetBuilder changes) {
        var result = log.propose(changes.build());
        if (!result.accepted()) {
            throw new AssertionError(result.message());
        }
        trace.collect(now);
    }
}
