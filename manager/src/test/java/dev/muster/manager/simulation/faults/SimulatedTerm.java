package dev.muster.manager.simulation.faults;

import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Generation;
import dev.muster.manager.dispatcher.DispatcherDriver;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.LoopDriver;
import dev.muster.manager.simulation.Simulation;
import dev.muster.manager.state.ClusterStates;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One leadership of a manager: the real loops and the real dispatcher, each as if on a thread of its own. It is what
 * {@code LeaderTerm} is to the product, with fibers for threads.
 */
final class SimulatedTerm {
    /** As of the product: how long a loop or the dispatcher waits at most before it looks at its clock again. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private static final Duration HEARTBEAT_WAIT = Duration.ofSeconds(1);
    private static final Duration STOPS_WAIT = Duration.ofMillis(250);

    /** How long a thread may take to run when it is woken. */
    private static final Duration WAKING = Duration.ofMillis(3);

    /** One pass in so many finds an agent's stream unable to take anything. */
    private static final int FULL_STREAM = 5;

    private final long term;
    private final Host host;
    private final SimulatedLog.Queue queue;
    private final List<Runner> runners;
    private final DispatcherDriver dispatcher;
    private final List<Stream> streams = new ArrayList<>();
    private boolean passing;
    private boolean closed;

    SimulatedTerm(
            long term,
            Host host,
            ClusterStates states,
            SimulatedLog.Queue queue,
            Plant plant,
            Supplier<Optional<String>> leader) {
        this.term = term;
        this.host = host;
        this.queue = queue;
        this.runners = plant.loops(Simulation.loops()).stream()
                .map(loop -> new Runner(loop, states))
                .toList();
        this.dispatcher = new DispatcherDriver(
                states,
                queue,
                plant.toldTerm(term),
                host::wallClock,
                host::nanoTime,
                host.random().split(),
                leader);
        wake();
        host.fork("heartbeats", this::watchHeartbeats);
        host.every(STOPS_WAIT, this::passUpdatesUnlessClosed);
    }

    long term() {
        return term;
    }

    SimulatedLog.Queue queue() {
        return queue;
    }

    DispatcherDriver dispatcher() {
        return dispatcher;
    }

    /** The state is another. */
    void wake() {
        runners.forEach(Runner::plan);
        if (!passing && !closed) {
            passing = true;
            host.afterAtMost(WAKING, () -> {
                passing = false;
                passUpdatesUnlessClosed();
            });
        }
    }

    /** Nothing of it acts on the cluster from here on. */
    void close() {
        closed = true;
        queue.close();
        dispatcher.close();
        streams.forEach(stream -> stream.assignments().close());
        streams.clear();
    }

    /** Whether nothing of it is left running. */
    boolean idle() {
        return runners.stream().noneMatch(runner -> runner.busy);
    }

    private void watchHeartbeats() {
        dispatcher.markUnheard();
        while (!closed) {
            dispatcher.passHeartbeats();
            host.fibers().promise(HEARTBEAT_WAIT, true).await();
        }
    }

    private void passUpdatesUnlessClosed() {
        if (!closed) {
            dispatcher.passUpdates();
            pollStreams();
        }
    }

    /** Where an agent's assignments go. */
    record Stream(DispatcherDriver.Assignments assignments, Receiver receiver) {}

    /** Takes the messages of a set. */
    @FunctionalInterface
    interface Receiver {
        void take(List<AssignmentsMessage> messages);
    }

    Stream open(String nodeId, String sessionId, Receiver receiver) {
        var stream = new Stream(dispatcher.openAssignments(nodeId, sessionId), receiver);
        streams.add(stream);
        pollStreams();
        return stream;
    }

    void acknowledge(Stream stream, Generation applied) {
        stream.assignments().acknowledge(applied);
        pollStreams();
    }

    /** The agent has gone. */
    void leave(Stream stream) {
        stream.assignments().close();
        streams.remove(stream);
    }

    private void pollStreams() {
        for (var stream : List.copyOf(streams)) {
            if (host.random().nextInt(FULL_STREAM) > 0) {
                var messages = stream.assignments().poll();
                if (!messages.isEmpty()) {
                    stream.receiver().take(messages);
                }
            }
        }
    }

    /** A loop as its thread runs it. */
    private final class Runner {
        private final LoopDriver driver;
        private boolean busy;
        private long plans;

        private Runner(ControlLoop loop, ClusterStates states) {
            driver = new LoopDriver(
                    loop, states, queue, host::wallClock, host.random().split());
        }

        private void plan() {
            if (closed || busy) {
                return;
            }
            long plan = ++plans;
            if (driver.due()) {
                host.afterAtMost(WAKING, () -> run(plan));
            } else {
                var wait = driver.nextWakeup()
                        .map(at -> untilWall(at).plusMillis(1))
                        .orElse(LONGEST_WAIT);
                host.after(wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT, () -> run(plan));
            }
        }

        private void run(long plan) {
            if (closed || busy || plan != plans) {
                return;
            }
            if (!driver.due()) {
                plan();
                return;
            }
            busy = true;
            host.fork(driver.loop().name(), () -> {
                driver.pass();
                busy = false;
                host.after(Duration.ZERO, this::plan);
            });
        }

        private Duration untilWall(Instant at) {
            // A loop that has never been rejected has no time before which it must not run.
            var wait = at.equals(Instant.MIN) ? Duration.ZERO : Duration.between(host.wallClock(), at);
            return wait.isNegative() ? Duration.ZERO : wait;
        }
    }
}
