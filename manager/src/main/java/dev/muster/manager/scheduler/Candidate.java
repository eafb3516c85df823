package dev.muster.manager.scheduler;

import dev.muster.api.GenericResource;
import dev.muster.api.Node;
import dev.muster.api.PortConfig;
import dev.muster.api.PublishMode;
import dev.muster.api.Resources;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.placement.FreeResources;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.NodeLoad;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A node with what it carries, including what this pass has placed on it. What only some groups ask for is read when one
 * does. Mutable, one thread, one pass.
 */
final class Candidate {
    private final ClusterState state;
    private final Node node;
    private final NodeLoad load;
    private final FreeResources free;
    private final Map<String, Integer> placedByService = new HashMap<>();
    private int placed;
    private boolean genericRead;
    private @Nullable Set<HostPort> hostPorts;

    private record HostPort(int protocol, int number) {}

    Candidate(ClusterState state, Node node) {
        this.state = state;
        this.node = node;
        this.load = state.load(node.getId());
        this.free = FreeResources.of(node);
        free.take(load.nanoCpus(), load.memoryBytes());
    }

    Node node() {
        return node;
    }

    int activeTasks() {
        return load.activeTasks() + placed;
    }

    int activeOf(String serviceId) {
        return load.activeOf(serviceId) + placedByService.getOrDefault(serviceId, 0);
    }

    boolean covers(Resources reserved) {
        readGeneric(reserved);
        return free.covers(reserved);
    }

    /** Whether none of the ports, where they are published on the node itself, is in use there. */
    boolean hasFree(List<PortConfig> ports) {
        return ports.stream()
                .filter(Candidate::isOnHost)
                .noneMatch(port -> hostPorts().contains(hostPort(port)));
    }

    /** Counts a task that this pass puts here, and answers the generic resources that it holds from now on. */
    List<GenericResource> place(TaskGroup group) {
        var reserved = group.reservations();
        readGeneric(reserved);
        placed++;
        placedByService.merge(group.serviceId(), 1, Integer::sum);
        if (group.hasHostPorts()) {
            group.ports().stream()
                    .filter(Candidate::isOnHost)
                    .forEach(port -> hostPorts().add(hostPort(port)));
        }
        return free.claim(reserved)
                .orElseThrow(() -> new IllegalStateException(
                        "a task was placed on node " + node.getId() + " that has no room for it"));
    }

    private void readGeneric(Resources reserved) {
        if (genericRead || reserved.getGenericCount() == 0) {
            return;
        }
        genericRead = true;
        state.tasksByNode(node.getId()).values().stream()
                .filter(Candidate::isLetIn)
                .forEach(task -> free.takeGeneric(task.getAssignedResourcesList()));
    }

    private Set<HostPort> hostPorts() {
        var ports = hostPorts;
        if (ports == null) {
            var read = new HashSet<HostPort>();
            state.tasksByNode(node.getId()).values().stream()
                    .filter(Candidate::isLetIn)
                    .forEach(task -> state.revision(task).getEndpoint().getPortsList().stream()
                            .filter(Candidate::isOnHost)
                            .forEach(port -> read.add(hostPort(port))));
            hostPorts = read;
            ports = read;
        }
        return ports;
    }

    private static boolean isLetIn(Task task) {
        return TaskStates.active(task) && !TaskStates.before(task.getStatus().getState(), TaskState.TASK_ASSIGNED);
    }

    static boolean isOnHost(PortConfig port) {
        return port.getPublishMode() == PublishMode.PUBLISH_HOST && port.getPublishedPort() != 0;
    }

    private static HostPort hostPort(PortConfig port) {
        return new HostPort(port.getProtocol().getNumber(), port.getPublishedPort());
    }
}
