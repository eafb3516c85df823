package dev.muster.manager.simulation;

import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.scheduler.Schedulers;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStateBuilder;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import dev.muster.manager.state.Touched;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/** What passes cost in a large cluster: 1,000 nodes, 1,000 services, 100,000 tasks. For benchmarks; asserts nothing. */
public final class LoopBench {
    private static final int NODES = 1_000;
    private static final int SERVICES = 1_000;
    private static final int REPLICAS = 100;
    private static final int WAITING = 10_000;

    private final LongSupplier nanoTime;
    private final StringBuilder report = new StringBuilder();

    public LoopBench(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Runs it and tells the times. */
    public String run() {
        for (int round = 1; round <= 3; round++) {
            placement(round);
        }
        var large = large();
        for (var loop : Simulation.loops()) {
            passes(loop, large);
        }
        return report.toString();
    }

    /** 10,000 tasks that wait, placed on 1,000 empty nodes. */
    private void placement(int round) {
        var builder = nodes();
        var service = put(builder, "web", 0);
        for (int slot = 1; slot <= WAITING; slot++) {
            builder.put(task(service, slot, "", TaskState.TASK_PENDING));
        }
        var log = new LocalLog(new ClusterStates(builder.build()));
        var scheduler = Schedulers.loops().getFirst();
        long decided = 0;
        long start = nanoTime.getAsLong();
        while (true) {
            long before = nanoTime.getAsLong();
            var decision = scheduler.decide(
                    log.states().current(), Simulation.START, new SplittableRandom(1), Touched.EVERYTHING);
            decided += nanoTime.getAsLong() - before;
            if (decision.changeSets().isEmpty()) {
                break;
            }
            log.propose(decision.changeSets());
        }
        line("scheduler, " + WAITING + " tasks on " + NODES + " nodes, round " + round + ": decided", decided);
        line("  with the reducer, one entry for each task", nanoTime.getAsLong() - start);
    }

    private void passes(ControlLoop loop, ClusterState large) {
        var log = new LocalLog(new ClusterStates(large));
        time(loop, large, Touched.EVERYTHING, "full pass");
        var task = large.tasks().get("s500.50");
        try (var subscription = log.states().subscribe()) {
            log.propose(new ChangeSetBuilder(Simulation.START, "bench")
                    .update(task.toBuilder()
                            .setStatus(task.getStatus().toBuilder().setMessage("touched"))
                            .build())
                    .build());
            var update = subscription.poll().orElseThrow();
            time(loop, update.after(), update.touched(), "one task touched");
        }
    }

    private void time(ControlLoop loop, ClusterState state, Touched touched, String what) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long before = nanoTime.getAsLong();
            loop.decide(state, Simulation.START, new SplittableRandom(1), touched);
            best = Math.min(best, nanoTime.getAsLong() - before);
        }
        line(loop.name() + ", " + what, best);
    }

    private ClusterState large() {
        var builder = nodes();
        for (int number = 0; number < SERVICES; number++) {
            var service = put(builder, "s" + number, REPLICAS);
            for (int slot = 1; slot <= REPLICAS; slot++) {
                builder.put(task(service, slot, "n" + (number * REPLICAS + slot) % NODES, TaskState.TASK_RUNNING));
            }
        }
        return builder.build();
    }

    private static ClusterStateBuilder nodes() {
        var builder = new ClusterStateBuilder();
        for (int i = 0; i < NODES; i++) {
            builder.put(Specs.node("n" + i).build());
        }
        return builder;
    }

    private static Service put(ClusterStateBuilder builder, String name, long replicas) {
        var service = Service.newBuilder()
                .setId(name)
                .setRevision(1)
                .setSpec(Specs.constrained(Specs.replicated(name, replicas), "node.role == worker"))
                .build();
        builder.put(service);
        return service;
    }

    private static Task task(Service service, int slot, String node, TaskState state) {
        return Task.newBuilder()
                .setId(service.getId() + "." + slot)
                .setServiceId(service.getId())
                .setRevision(1)
                .setSlot(slot)
                .setNodeId(node)
                .setDesiredState(TaskState.TASK_RUNNING)
                .setStatus(TaskStatus.newBuilder().setState(state))
                .build();
    }

    private void line(String what, long nanos) {
        report.append("%-70s %10.2f ms%n".formatted(what, nanos / 1e6));
    }
}
