package dev.muster.manager.simulation.faults;

import dev.muster.api.Annotations;
import dev.muster.api.Availability;
import dev.muster.api.Cluster;
import dev.muster.api.NetworkSpec;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeSpec;
import dev.muster.api.NodeState;
import dev.muster.api.NodeStatus;
import dev.muster.api.Platform;
import dev.muster.api.Resources;
import dev.muster.manager.control.ControlFailure;
import dev.muster.manager.simulation.Simulation;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterReducer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * A cluster with its hosts, network, users and mishaps, all out of one seed. A run is: set up, a time in which things
 * fail while users go on, then healing, and the time until all is as it should be. One run is one object.
 */
final class World {
    private static final Duration SET_UP_BOUND = Duration.ofSeconds(60);
    private static final Duration SHORTEST_TROUBLE = Duration.ofSeconds(60);
    private static final Duration LONGEST_TROUBLE = Duration.ofSeconds(150);

    /**
     * How long after healing at most. Clocks that were ahead have left times in the state that are up to 90 s away; a new
     * leader waits 30 s for nodes; and an update goes on slot by slot, 5 s of monitoring and 2 s of delay each.
     */
    private static final Duration CONVERGENCE_BOUND = Duration.ofMinutes(5);

    private static final Duration CHECK_EVERY = Duration.ofSeconds(1);
    private static final int WORKERS = 5;

    private final Timeline timeline = new Timeline();
    private final Fibers fibers = new Fibers(timeline);
    private final Events events = new Events(timeline);
    private final Containers containers = new Containers();
    private final SplittableRandom random;
    private final Network network;
    private final Plant plant;
    private final History history;
    private final Map<String, SimulatedManager> managers = new TreeMap<>();
    private final List<SimulatedWorker> workers = new ArrayList<>();
    private final List<Operator> operators = new ArrayList<>();
    private final Mishaps mishaps;
    private final Ledger ledger = new Ledger();

    World(long seed, Plant plant) {
        this.random = new SplittableRandom(seed);
        this.plant = plant;
        this.network = new Network(timeline, random.split());
        this.history = new History(plant);
        var rule = new ContainerRule(history);
        history.observe(new TaskTrace(events));
        history.observe(new StateRules());
        history.observe(rule);
        history.observe(ledger);
        containers.observe(rule);
        // Mostly three, as users have.
        addManagers(random.nextInt(4) == 0 ? 5 : 3);
        addWorkers();
        var all = List.copyOf(managers.values());
        this.mishaps = new Mishaps(timeline, network, all, workers, random.split(), events);
        var nodes = workers.stream().map(SimulatedWorker::nodeId).toList();
        addOperator("anna", List.of("svc-a", "svc-b"), nodes);
        addOperator("bert", List.of("svc-c", "svc-d"), List.of());
    }

    private void addManagers(int count) {
        var names = IntStream.rangeClosed(1, count).mapToObj(i -> "manager" + i).toList();
        for (var name : names) {
            var host = host(name);
            var others = names.stream().filter(other -> !other.equals(name)).toList();
            managers.put(
                    name,
                    new SimulatedManager(
                            host, others, (to, message) -> post(host, to, message), history, plant, events));
        }
    }

    private void post(Host from, String to, RaftMessage message) {
        var manager = managers.get(to);
        network.send(from, manager.host(), () -> manager.member().receive(from.name(), message));
    }

    private void addWorkers() {
        for (int i = 1; i <= WORKERS; i++) {
            var host = host("worker" + i);
            workers.add(new SimulatedWorker(host, description(host.name()), network, managers, containers));
        }
    }

    private void addOperator(String name, List<String> services, List<String> nodes) {
        operators.add(new Operator(
                name,
                services,
                nodes,
                List.copyOf(managers.values()),
                timeline,
                history,
                ledger,
                events,
                random.split()));
    }

    private Host host(String name) {
        return new Host(name, timeline, fibers, random.split());
    }

    private static NodeDescription description(String name) {
        return NodeDescription.newBuilder()
                .setHostname(name)
                .setPlatform(Platform.newBuilder().setOs("linux").setArchitecture("x86_64"))
                .setResources(
                        Resources.newBuilder().setNanoCpus(4_000_000_000L).setMemoryBytes(RandomSpecs.NODE_MEMORY))
                .build();
    }

    /**
     * Runs all of it.
     *
     * @throws Violation if something does not hold
     */
    void run() {
        try {
            setUp();
            mishaps.begin();
            operators.forEach(Operator::begin);
            runFor(Duration.ofNanos(random.nextLong(SHORTEST_TROUBLE.toNanos(), LONGEST_TROUBLE.toNanos())));
            operators.forEach(Operator::end);
            mishaps.heal();
            converge();
            history.replay();
        } finally {
            // Threads of fibers that still wait would wait for ever.
            managers.values().forEach(manager -> manager.host().kill());
            workers.forEach(worker -> worker.host().kill());
        }
    }

    List<String> lastEvents() {
        return events.last();
    }

    Map<Coverage.Seen, Integer> seen() {
        return history.coverage().counts();
    }

    /** Equal for equal runs. */
    long digest() {
        return events.digest() * 31 + history.current().version();
    }

    /** How much has happened. */
    int entries() {
        return history.length();
    }

    Duration time() {
        return Duration.ofNanos(timeline.nanos());
    }

    private void setUp() {
        onLeader(this::create, () -> history.current().nodes().size() == WORKERS);
        await(
                SET_UP_BOUND,
                () -> history.current().nodes().values().stream()
                        .allMatch(node -> node.getStatus().getState() == NodeState.NODE_READY));
        events.add("the cluster is set up");
    }

    private void create(SimulatedManager leader) {
        var changes = new ChangeSetBuilder(leader.host().wallClock(), "test");
        changes.create(Cluster.newBuilder()
                .setId("cluster")
                .setFeatureLevel(ClusterReducer.FEATURE_LEVEL)
                .build());
        for (var name : List.of("ingress", "front", "back")) {
            changes.create(dev.muster.api.Network.newBuilder()
                    .setId(name)
                    .setSpec(NetworkSpec.newBuilder()
                            .setAnnotations(Annotations.newBuilder().setName(name))
                            .setIngress(name.equals("ingress")))
                    .build());
        }
        for (var worker : workers) {
            changes.create(Node.newBuilder()
                    .setId(worker.nodeId())
                    .setSpec(NodeSpec.newBuilder()
                            .setAnnotations(Annotations.newBuilder().setName(worker.nodeId()))
                            .setAvailability(Availability.AVAILABILITY_ACTIVE))
                    .setDescription(description(worker.nodeId()))
                    .setStatus(NodeStatus.newBuilder().setState(NodeState.NODE_DOWN))
                    .build());
        }
        var _ = leader.proposer().propose(changes.build());
    }

    private void converge() {
        var asked = new ArrayList<Operator>();
        for (var operator : operators) {
            onLeader(
                    leader -> {
                        try {
                            operator.putRight(leader.control());
                            asked.add(operator);
                        } catch (ControlFailure e) {
                            events.add("not yet put right: " + e.getMessage());
                        }
                    },
                    () -> asked.contains(operator));
        }
        events.add("all is put right");
        var convergence =
                new Convergence(history, managers.values(), workers, containers, plant.loops(Simulation.loops()));
        long deadline = timeline.nanos() + CONVERGENCE_BOUND.toNanos();
        var missing = convergence.missing();
        while (missing.isPresent()) {
            if (timeline.nanos() > deadline) {
                throw new Violation(
                        Rule.CONVERGENCE,
                        "not within " + CONVERGENCE_BOUND.toSeconds() + " s of healing: " + missing.get());
            }
            runFor(CHECK_EVERY);
            missing = convergence.missing();
        }
        events.add("all is well");
    }

    /** Does something on whoever leads, inside a fiber, until it has had its effect. */
    private void onLeader(Consumer<SimulatedManager> action, BooleanSupplier done) {
        long deadline = timeline.nanos() + SET_UP_BOUND.toNanos();
        while (!done.getAsBoolean()) {
            if (timeline.nanos() > deadline) {
                throw new Violation(
                        Rule.CONVERGENCE, "no leader took a change within " + SET_UP_BOUND.toSeconds() + " s");
            }
            managers.values().stream()
                    .filter(SimulatedManager::leads)
                    .findFirst()
                    .ifPresent(leader -> leader.host().fork("test", () -> action.accept(leader)));
            runFor(CHECK_EVERY);
        }
    }

    private void await(Duration bound, BooleanSupplier condition) {
        long deadline = timeline.nanos() + bound.toNanos();
        while (!condition.getAsBoolean()) {
            if (timeline.nanos() > deadline) {
                throw new Violation(Rule.CONVERGENCE, "the cluster was not set up within " + bound.toSeconds() + " s");
            }
            runFor(CHECK_EVERY);
        }
    }

    private void runFor(Duration time) {
        long end = timeline.nanos() + time.toNanos();
        while (timeline.hasEventBefore(end)) {
            timeline.step();
        }
        timeline.advanceTo(end);
    }
}
