package dev.muster.manager.simulation.faults;

import dev.muster.api.Assignment;
import dev.muster.api.AssignmentKey;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Durations;
import dev.muster.api.Generation;
import dev.muster.api.Ids;
import dev.muster.api.NodeDescription;
import dev.muster.api.ServiceRevision;
import dev.muster.api.SessionMessage;
import dev.muster.api.SessionRequest;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.TaskStatus;
import dev.muster.api.UpdateTaskStatusRequest;
import dev.muster.manager.dispatcher.DispatcherDriver;
import io.grpc.Status;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A worker: its host, its containers, and its agent, which keeps to the rules of the real one. The journal (what it was
 * told and how far its tasks have come) outlives the agent; containers outlive the agent but not the host's power.
 */
final class SimulatedWorker {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);
    private static final Duration REGISTRATION_PATIENCE = Duration.ofSeconds(5);
    private static final Duration CALL_PATIENCE = Duration.ofSeconds(10);
    private static final double JITTER = 0.2;

    private final Host host;
    private final NodeDescription description;
    private final Network network;
    private final Map<String, SimulatedManager> managers;
    private final Containers containers;

    // The journal
    private Map<AssignmentKey, Assignment> assigned = new TreeMap<>(DispatcherDriver.KEYS);
    private Generation newest = Generation.getDefaultInstance();
    private final Map<String, SimulatedTask> tasks = new TreeMap<>();

    // Of one life of the agent
    private final Map<String, TaskStatus> outbox = new LinkedHashMap<>();
    private final Set<String> stepping = new HashSet<>();
    private @Nullable Session session;
    private Optional<String> hint = Optional.empty();
    private Duration pause = FIRST_PAUSE;

    SimulatedWorker(
            Host host,
            NodeDescription description,
            Network network,
            Map<String, SimulatedManager> managers,
            Containers containers) {
        this.host = host;
        this.description = description;
        this.network = network;
        this.managers = managers;
        this.containers = containers;
        host.afterAtMost(LONGEST_PAUSE, this::connect);
    }

    Host host() {
        return host;
    }

    String nodeId() {
        return host.name();
    }

    Map<AssignmentKey, Assignment> assigned() {
        return assigned;
    }

    boolean connected() {
        return session != null && !session.id.isEmpty();
    }

    /** The agent dies; containers go on. */
    void kill() {
        host.kill();
        session = null;
        outbox.clear();
        stepping.clear();
    }

    /** The host loses its power. */
    void powerOff() {
        kill();
        containers.endAllOn(host.name());
    }

    /** The agent begins anew, with its journal. */
    void start() {
        host.start();
        hint = Optional.empty();
        pause = FIRST_PAUSE;
        for (var task : tasks.values()) {
            boolean began = !TaskStates.before(task.state(), TaskState.TASK_STARTING);
            if (began && !task.ended() && !containers.runs(task.task().getId())) {
                reach(task, TaskState.TASK_FAILED);
            }
            carryOn(task);
        }
        connect();
    }

    // Sessions

    private void connect() {
        var name = hint.orElseGet(
                () -> List.copyOf(managers.keySet()).get(host.random().nextInt(managers.size())));
        hint = Optional.empty();
        var manager = managers.get(name);
        var next = new Session(manager);
        session = next;
        next.stream.register(
                SessionRequest.newBuilder().setDescription(description).build());
        next.endUnless(REGISTRATION_PATIENCE, () -> !next.id.isEmpty());
    }

    private void lost(Session ended, Optional<String> leader) {
        if (session != ended) {
            return;
        }
        session = null;
        ended.stream.hangUp();
        if (leader.filter(managers::containsKey).isPresent()) {
            hint = leader;
        }
        long nanos = pause.toNanos();
        host.after(Duration.ofNanos(nanos / 2 + host.random().nextLong(nanos / 2)), this::connect);
        var doubled = pause.multipliedBy(2);
        pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }

    /** One registration. */
    private final class Session implements AgentStream.Agent {
        private final AgentStream stream;
        private String id = "";
        private Duration period = Duration.ofSeconds(5);
        private Generation last = Generation.getDefaultInstance();
        private boolean reporting;
        private long beats;

        private Session(SimulatedManager manager) {
            stream = new AgentStream(nodeId(), manager, network.connect(host, manager.host()), this);
        }

        private boolean current() {
            return session == this;
        }

        private void endUnless(Duration within, BooleanSupplier reached) {
            host.after(within, () -> {
                if (current() && !reached.getAsBoolean()) {
                    lost(this, Optional.empty());
                }
            });
        }

        @Override
        public void told(SessionMessage message) {
            if (!current()) {
                return;
            }
            period = Durations.positive(message.getHeartbeatPeriod(), period);
            if (id.isEmpty()) {
                id = message.getSessionId();
                pause = FIRST_PAUSE;
                beatLater();
                stream.openAssignments(id);
                flush();
            }
        }

        private void beatLater() {
            double part = 1 - JITTER * host.random().nextDouble();
            host.after(Duration.ofNanos((long) (period.toNanos() * part)), () -> {
                if (current()) {
                    long beat = ++beats;
                    stream.heartbeat(id);
                    endUnless(period, () -> beats != beat);
                }
            });
        }

        @Override
        public void beaten(Duration given) {
            beats++;
            period = given;
            if (current()) {
                beatLater();
            }
        }

        @Override
        public void assigned(List<AssignmentsMessage> messages) {
            if (!current()) {
                return;
            }
            var generation = messages.getLast().getGeneration();
            int order = compareLeadership(generation, newest);
            boolean first = last.equals(Generation.getDefaultInstance());
            if (order < 0) {
                // A leader that does not know yet that it is none.
                lost(this, Optional.empty());
                return;
            }
            if (order == 0 && generation.getNumber() <= newest.getNumber()) {
                throw new Violation(Rule.GENERATIONS, nodeId() + " is sent " + generation + " after " + newest);
            }
            if (first && messages.getFirst().getType() != AssignmentsMessage.Type.COMPLETE) {
                throw new Violation(Rule.GENERATIONS, nodeId() + " is sent a part before the whole");
            }
            last = generation;
            newest = generation;
            SimulatedWorker.this.assigned = DispatcherDriver.apply(SimulatedWorker.this.assigned, messages);
            take();
            if (first) {
                sayAgain();
            }
            stream.acknowledge(generation);
        }

        private void flush() {
            if (current() && !id.isEmpty() && !reporting && !outbox.isEmpty()) {
                reporting = true;
                var reports = outbox.entrySet().stream()
                        .map(entry -> UpdateTaskStatusRequest.Update.newBuilder()
                                .setTaskId(entry.getKey())
                                .setStatus(entry.getValue())
                                .build())
                        .toList();
                stream.report(id, reports);
                endUnless(
                        CALL_PATIENCE,
                        () -> reports.stream()
                                .noneMatch(report -> report.getStatus().equals(outbox.get(report.getTaskId()))));
            }
        }

        @Override
        public void recorded(List<UpdateTaskStatusRequest.Update> reports) {
            reporting = false;
            reports.forEach(report -> outbox.remove(report.getTaskId(), report.getStatus()));
            flush();
        }

        @Override
        public void ended(Status status, Optional<String> leader) {
            lost(this, leader);
        }
    }

    private static int compareLeadership(Generation left, Generation right) {
        int byEpoch = Long.compare(left.getEpoch(), right.getEpoch());
        return byEpoch != 0 ? byEpoch : Long.compare(left.getTerm(), right.getTerm());
    }

    // Tasks

    /** Brings the tasks in line with what is assigned. */
    private void take() {
        var named = new TreeMap<String, SimulatedTask>();
        for (var item : assigned.values()) {
            if (item.hasTask()) {
                var task = item.getTask();
                var revision = revision(Ids.revision(task));
                var known = tasks.computeIfAbsent(task.getId(), _ -> new SimulatedTask(task, revision));
                known.assign(task, revision);
                named.put(task.getId(), known);
            }
        }
        for (var task : List.copyOf(tasks.values())) {
            if (!named.containsKey(task.task().getId())) {
                task.unassign();
            }
            carryOn(task);
        }
    }

    private ServiceRevision revision(String id) {
        return assigned.values().stream()
                .filter(Assignment::hasRevision)
                .map(Assignment::getRevision)
                .filter(revision -> revision.getId().equals(id))
                .findFirst()
                .orElseThrow(() ->
                        new Violation(Rule.CONVERGENCE, nodeId() + " is assigned a task without its revision " + id));
    }

    /** What managers were told last may be older than what is so. */
    private void sayAgain() {
        for (var task : tasks.values()) {
            if (task.wanted() && TaskStates.before(task.task().getStatus().getState(), task.state())) {
                offer(task);
            }
        }
    }

    /** One step of a task at a time; a stop does not wait for the end of what a container does. */
    private void carryOn(SimulatedTask task) {
        var id = task.task().getId();
        if (task.ended()) {
            if (!task.wanted()) {
                tasks.remove(id);
                outbox.remove(id);
            }
            return;
        }
        var key = task.stopping() ? id + " stop" : id;
        if (stepping.contains(key)) {
            return;
        }
        task.next(host.random()).ifPresent(step -> {
            stepping.add(key);
            host.after(step.after(), () -> {
                stepping.remove(key);
                if (!task.ended() && TaskStates.mayObserve(task.state(), step.state())) {
                    boolean overtaken = task.stopping() && !key.endsWith(" stop") && !TaskStates.terminal(step.state());
                    if (!overtaken) {
                        reach(task, step.state());
                    }
                }
                carryOn(task);
            });
        });
    }

    private void reach(SimulatedTask task, TaskState state) {
        var id = task.task().getId();
        if (state == TaskState.TASK_STARTING) {
            containers.start(host.name(), task.task());
        } else if (TaskStates.terminal(state)) {
            containers.end(id);
        }
        task.reach(state, host);
        if (task.wanted()) {
            offer(task);
        }
    }

    private void offer(SimulatedTask task) {
        outbox.put(task.task().getId(), task.status());
        if (session != null) {
            session.flush();
        }
    }
}
