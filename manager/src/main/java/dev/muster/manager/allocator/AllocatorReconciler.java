package dev.muster.manager.allocator;

import dev.muster.api.ChangeSet;
import dev.muster.api.Kind;
import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.loop.Reason;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ObjectKey;
import dev.muster.manager.state.Touched;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Networks, then endpoints with the tasks that wait for them, then nodes. What cannot be had is explained where users
 * look, and tried again whenever something was touched that may have released it, and every few minutes. Addresses are
 * unique because one loop of one leader gives them, one pass after the other.
 */
public final class AllocatorReconciler implements ControlLoop {
    /** Swarm's pause before what could not be had is tried again without cause. */
    private static final Duration RETRY = Duration.ofMinutes(5);

    /** Tasks in one change set. */
    private static final int CHUNK = 200;

    @Override
    public String name() {
        return "allocator";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        var pass = new Pass(state, now);
        var networks = NetworkAllocation.run(state, now, name());
        pass.changeSets.addAll(networks.changeSets());
        pass.failed = networks.failed();
        pass.services(touched);
        pass.nodes(touched);
        pass.changeSets.addAll(pass.addresses.movedCursors(now, name()));
        var decision = new Decision(pass.changeSets, Optional.empty(), pass.reasons);
        return pass.failed ? decision.orWakeAt(now.plus(RETRY)) : decision;
    }

    /** What one pass has given so far. */
    private final class Pass {
        private final ClusterState state;
        private final Instant now;
        private final AddressBook addresses;
        private final EndpointAllocation endpoints;
        private final List<ChangeSet> changeSets = new ArrayList<>();
        private final List<Reason> reasons = new ArrayList<>();
        private boolean failed;

        Pass(ClusterState state, Instant now) {
            this.state = state;
            this.now = now;
            this.addresses = new AddressBook(state);
            this.endpoints = new EndpointAllocation(state, addresses);
        }

        void services(Touched touched) {
            var waiting = new TreeMap<String, List<Task>>();
            for (var task : state.tasksObserved(TaskState.TASK_NEW)) {
                if (TaskStates.order(task.getDesiredState()) <= TaskStates.order(TaskState.TASK_COMPLETE)) {
                    waiting.computeIfAbsent(task.getServiceId(), _ -> new ArrayList<>())
                            .add(task);
                }
            }
            var ids = new TreeSet<>(waiting.keySet());
            ids.addAll(touched.everything() ? state.services().keySet() : touched.services());
            for (var id : ids) {
                state.service(id)
                        .filter(service -> !service.getPendingDelete())
                        .ifPresent(service -> service(service, waiting.getOrDefault(id, List.of())));
            }
        }

        private void service(Service service, List<Task> waiting) {
            var changes = new ChangeSetBuilder(now, name());
            var target = endpoints.target(service);
            if (!target.equals(service.getEndpoint())) {
                changes.update(service.toBuilder().setEndpoint(target).build());
            }
            var problem = target.getErr();
            if (!problem.isEmpty()) {
                failed = true;
                reasons.add(new Reason(ObjectKey.service(service.getId()), problem));
            }
            for (var task : waiting) {
                var allocated = problem.isEmpty()
                        ? TaskAllocation.allocate(state, addresses, task, now)
                        : TaskAllocation.waiting(task, problem, now);
                if (!allocated.equals(task)) {
                    changes.update(allocated);
                }
                if (allocated.getStatus().getState() == TaskState.TASK_NEW) {
                    failed = true;
                }
                if (changes.size() >= CHUNK) {
                    changeSets.add(changes.build());
                    changes = new ChangeSetBuilder(now, name());
                }
            }
            changeSets.add(changes.build());
        }

        void nodes(Touched touched) {
            var ids = new TreeSet<>(touched.everything() ? state.nodes().keySet() : touched.nodes());
            if (touched.touches(Kind.KIND_NETWORK)) {
                state.nodes().values().stream()
                        .filter(node -> NodeAllocation.differsFromNetworks(state, addresses, node))
                        .forEach(node -> ids.add(node.getId()));
            }
            for (var id : ids) {
                state.node(id).ifPresent(node -> {
                    var result = NodeAllocation.allocate(state, addresses, node);
                    if (!result.node().equals(node)) {
                        changeSets.add(new ChangeSetBuilder(now, name())
                                .update(result.node())
                                .build());
                    }
                    for (var problem : result.problems()) {
                        failed = true;
                        reasons.add(new Reason(ObjectKey.node(id), problem));
                    }
                });
            }
        }
    }
}
