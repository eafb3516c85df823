package dev.muster.manager.simulation.faults;

import dev.muster.api.NodeState;
import dev.muster.api.Service;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.dispatcher.DispatcherDriver;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.orchestrator.slot.Mode;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Touched;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** Whether a cluster in which nothing fails any more has come to rest as its users want it, and if not, what is missing. */
final class Convergence {
    private final History history;
    private final Collection<SimulatedManager> managers;
    private final Collection<SimulatedWorker> workers;
    private final Containers containers;
    private final List<ControlLoop> loops;

    Convergence(
            History history,
            Collection<SimulatedManager> managers,
            Collection<SimulatedWorker> workers,
            Containers containers,
            List<ControlLoop> loops) {
        this.history = history;
        this.managers = managers;
        this.workers = workers;
        this.containers = containers;
        this.loops = loops;
    }

    /** Empty if all is well. */
    Optional<String> missing() {
        var state = history.current();
        return managers(state)
                .or(() -> workers(state))
                .or(() -> services(state))
                .or(() -> rest(state));
    }

    private Optional<String> managers(ClusterState state) {
        if (managers.stream().filter(SimulatedManager::leads).count() != 1) {
            return Optional.of("there is not one leader");
        }
        return managers.stream()
                .filter(manager -> manager.states().current().version() != state.version())
                .findFirst()
                .map(manager -> manager.host().name() + " is behind");
    }

    private Optional<String> workers(ClusterState state) {
        for (var worker : members(state)) {
            var node = state.node(worker.nodeId()).orElseThrow();
            if (node.getStatus().getState() != NodeState.NODE_READY || !worker.connected()) {
                return Optional.of(
                        node.getId() + " is " + node.getStatus().getState() + ", connected: " + worker.connected());
            }
            var difference = DispatcherDriver.difference(state, worker.nodeId(), worker.assigned());
            if (difference.isPresent()) {
                return difference;
            }
        }
        return Optional.empty();
    }

    private Optional<String> services(ClusterState state) {
        var wanted = new TreeSet<String>();
        for (var service : state.services().values()) {
            if (service.getPendingDelete()) {
                return Optional.of("service " + service.getId() + " is still being removed");
            }
            var living = state.tasksByService(service.getId()).stream()
                    .filter(SlotTasks::alive)
                    .toList();
            living.forEach(task -> wanted.add(task.getId()));
            boolean asWanted = living.size() == replicas(state, service)
                    && living.stream()
                            .allMatch(task -> task.getStatus().getState() == TaskState.TASK_RUNNING
                                    && task.getRevision() == service.getRevision());
            if (!asWanted) {
                return Optional.of(
                        "service " + service.getSpec().getAnnotations().getName() + " at revision "
                                + service.getRevision() + ", "
                                + service.getUpdateStatus().getState() + ", of "
                                + replicas(state, service) + " replicas has "
                                + living.stream()
                                        .map(task -> task.getId() + " of revision " + task.getRevision() + " on "
                                                + task.getNodeId() + " "
                                                + task.getStatus().getState() + " "
                                                + task.getStatus().getErr())
                                        .toList());
            }
        }
        for (var task : state.tasks().values()) {
            boolean began = !TaskStates.before(task.getStatus().getState(), TaskState.TASK_ASSIGNED);
            if (!SlotTasks.alive(task) && !TaskStates.ended(task) && began) {
                return Optional.of("task " + task.getId() + " on " + task.getNodeId() + " is to stop and is "
                        + task.getStatus().getState());
            }
        }
        var running = new TreeSet<String>();
        // What a removed node still runs is for its owner to end.
        containers.all().stream()
                .filter(one -> state.node(one.host()).isPresent())
                .forEach(one -> running.add(one.task().getId()));
        return running.equals(wanted)
                ? Optional.empty()
                : Optional.of("containers run for " + running + " instead of " + wanted);
    }

    private List<SimulatedWorker> members(ClusterState state) {
        return workers.stream()
                .filter(worker -> state.node(worker.nodeId()).isPresent())
                .toList();
    }

    private long replicas(ClusterState state, Service service) {
        return Mode.of(service) == Mode.GLOBAL ? members(state).size() : Mode.replicas(service);
    }

    /** Whatever a loop looks at, nothing is left to do. */
    private Optional<String> rest(ClusterState state) {
        var now = managers.iterator().next().host().wallClock();
        for (var loop : loops) {
            var changes = loop.decide(state, now, new SplittableRandom(0), Touched.EVERYTHING)
                    .changeSets();
            if (!changes.isEmpty()) {
                return Optional.of("loop " + loop.name() + " still wants " + changes.size() + " changes");
            }
        }
        return Optional.empty();
    }
}
