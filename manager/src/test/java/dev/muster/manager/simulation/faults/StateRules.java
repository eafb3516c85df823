package dev.muster.manager.simulation.faults;

import dev.muster.api.Kind;
import dev.muster.api.PublishMode;
import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.api.TaskStates;
import dev.muster.api.UpdateConfig;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import dev.muster.manager.state.ClusterReducer;
import dev.muster.manager.state.ClusterState;
import java.util.HashSet;
import java.util.Set;

/** What must hold in every committed state, and from each to the next. */
final class StateRules implements History.Observer {
    @Override
    public void committed(ClusterState before, ClusterReducer.Applied step) {
        if (step.touched().nothing()) {
            return;
        }
        var after = step.state();
        for (var id : step.touched().ids(Kind.KIND_TASK)) {
            var earlier = before.task(id);
            var later = after.task(id);
            if (earlier.isPresent() && later.isPresent()) {
                forward(earlier.get(), later.get());
            }
        }
        for (var id : step.touched().services()) {
            after.service(id).ifPresent(service -> slots(after, service));
        }
        addresses(after);
        ports(after);
        reservations(after);
    }

    private static void forward(Task before, Task after) {
        var from = before.getStatus().getState();
        var to = after.getStatus().getState();
        if (!TaskStates.mayObserve(from, to)) {
            throw new Violation(Rule.FORWARD, "task " + after.getId() + " was " + from + " and is " + to);
        }
        if (!TaskStates.mayDesire(before.getDesiredState(), after.getDesiredState())) {
            throw new Violation(
                    Rule.FORWARD,
                    "task " + after.getId() + " was desired " + before.getDesiredState() + " and is "
                            + after.getDesiredState());
        }
    }

    /** How many tasks may be wanted in a slot at once. */
    static int mostInSlot(Service service) {
        return service.getSpec().getUpdate().getOrder() == UpdateConfig.Order.START_FIRST ? 2 : 1;
    }

    private static void slots(ClusterState state, Service service) {
        if (service.getPendingDelete()) {
            return;
        }
        for (var slot : SlotTasks.all(state, service.getId())) {
            if (slot.living().size() > mostInSlot(service)) {
                throw new Violation(
                        Rule.SLOTS,
                        slot.living().size() + " tasks live in " + slot.slot() + ": "
                                + slot.living().stream().map(Task::getId).toList());
            }
        }
    }

    private static void addresses(ClusterState state) {
        var taken = new HashSet<String>();
        for (var task : state.tasks().values()) {
            if (!TaskStates.ended(task)) {
                task.getNetworksList().forEach(attached -> take(taken, attached.getNetworkId(), attached.getAddress()));
            }
        }
        for (var service : state.services().values()) {
            service.getEndpoint()
                    .getVirtualIpsList()
                    .forEach(address -> take(taken, address.getNetworkId(), address.getAddress()));
        }
        for (var node : state.nodes().values()) {
            node.getAttachmentsList().forEach(attached -> take(taken, attached.getNetworkId(), attached.getAddress()));
        }
    }

    private static void take(Set<String> taken, String network, String address) {
        if (!address.isEmpty() && !taken.add(network + " " + address)) {
            throw new Violation(Rule.ADDRESSES, address + " is given twice in network " + network);
        }
    }

    private static void ports(ClusterState state) {
        var published = new HashSet<String>();
        for (var service : state.services().values()) {
            if (service.getPendingDelete()) {
                continue;
            }
            for (var port : service.getEndpoint().getPortsList()) {
                if (port.getPublishMode() == PublishMode.PUBLISH_INGRESS
                        && !published.add(port.getProtocol() + " " + port.getPublishedPort())) {
                    throw new Violation(Rule.PORTS, "port " + port.getPublishedPort() + " is published twice");
                }
            }
        }
        var onHosts = new HashSet<String>();
        for (var task : state.tasks().values()) {
            if (TaskStates.active(task) && !task.getNodeId().isEmpty()) {
                for (var port : state.revision(task).getEndpoint().getPortsList()) {
                    if (port.getPublishMode() == PublishMode.PUBLISH_HOST
                            && port.getPublishedPort() != 0
                            && !onHosts.add(task.getNodeId() + " " + port.getPublishedPort())) {
                        throw new Violation(
                                Rule.PORTS,
                                "port " + port.getPublishedPort() + " of " + task.getNodeId() + " is taken twice");
                    }
                }
            }
        }
    }

    private static void reservations(ClusterState state) {
        for (var node : state.nodes().values()) {
            long reserved = state.load(node.getId()).memoryBytes();
            long there = node.getDescription().getResources().getMemoryBytes();
            if (reserved > there) {
                throw new Violation(
                        Rule.RESERVATIONS,
                        reserved + " bytes are reserved on " + node.getId() + ", which has " + there);
            }
        }
    }
}
