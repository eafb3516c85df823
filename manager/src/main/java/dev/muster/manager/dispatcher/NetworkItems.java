package dev.muster.manager.dispatcher;

import dev.muster.api.Assignment;
import dev.muster.api.NetworkAttachment;
import dev.muster.api.NetworkEndpoint;
import dev.muster.api.NetworkPeer;
import dev.muster.api.NetworkService;
import dev.muster.api.Node;
import dev.muster.api.NodeState;
import dev.muster.api.PublishMode;
import dev.muster.api.Service;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ObjectKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What every node in a network is told about it, the same for all of them: who else takes part, where its tasks are, and
 * which services it has. Pure.
 */
final class NetworkItems {
    private NetworkItems() {}

    /** All of a network. */
    static SortedMap<ItemKey, Assignment> table(ClusterState state, String networkId) {
        var items = new TreeMap<ItemKey, Assignment>();
        for (var nodeId : state.nodes().keySet()) {
            peer(state, networkId, nodeId).ifPresent(item -> items.put(ItemKey.peer(networkId, nodeId), item));
        }
        for (var taskId : state.tasksByNetwork(networkId).keySet()) {
            endpoint(state, networkId, taskId).ifPresent(item -> items.put(ItemKey.endpoint(networkId, taskId), item));
        }
        boolean ingress = isIngress(state, networkId);
        var services = ingress ? state.services() : state.servicesUsing(ObjectKey.network(networkId));
        for (var serviceId : services.keySet()) {
            service(state, networkId, serviceId)
                    .ifPresent(item -> items.put(ItemKey.service(networkId, serviceId), item));
        }
        return items;
    }

    /** A node that has an address in the network and says where it is reached. */
    static Optional<Assignment> peer(ClusterState state, String networkId, String nodeId) {
        return state.node(nodeId)
                .filter(node -> !node.getStatus().getAddress().isEmpty())
                .flatMap(node -> attachment(node.getAttachmentsList(), networkId)
                        .map(attachment -> Assignment.newBuilder()
                                .setPeer(NetworkPeer.newBuilder()
                                        .setNetworkId(networkId)
                                        .setNodeId(nodeId)
                                        .setUnderlayAddress(node.getStatus().getAddress())
                                        .setAddress(attachment.getAddress()))
                                .build()));
    }

    /** A task with an address in the network, as soon as it has a node too, until it has ended. */
    static Optional<Assignment> endpoint(ClusterState state, String networkId, String taskId) {
        var task = state.task(taskId)
                .filter(found -> !TaskStates.ended(found) && !found.getNodeId().isEmpty());
        if (task.isEmpty()) {
            return Optional.empty();
        }
        var attachment = attachment(task.get().getNetworksList(), networkId);
        var node = state.node(task.get().getNodeId());
        if (attachment.isEmpty() || node.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Assignment.newBuilder()
                .setEndpoint(NetworkEndpoint.newBuilder()
                        .setNetworkId(networkId)
                        .setTaskId(taskId)
                        .setServiceId(task.get().getServiceId())
                        .setNodeId(task.get().getNodeId())
                        .setUnderlayAddress(node.get().getStatus().getAddress())
                        .setAddress(attachment.get().getAddress())
                        .setServing(serving(task.get(), node.get()))
                        .addAllNames(names(task.get(), state.revision(task.get()))))
                .build());
    }

    /** A service of the network; one that is being removed has given up its name and its ports. */
    static Optional<Assignment> service(ClusterState state, String networkId, String serviceId) {
        var service = state.service(serviceId).filter(found -> !found.getPendingDelete());
        if (service.isEmpty() || !takesPart(state, service.get(), networkId)) {
            return Optional.empty();
        }
        var spec = service.get().getSpec();
        var item = NetworkService.newBuilder()
                .setNetworkId(networkId)
                .setServiceId(serviceId)
                .setName(spec.getAnnotations().getName());
        for (var config : spec.getTask().getNetworksList()) {
            if (config.getTarget().equals(networkId)) {
                item.addAllAliases(config.getAliasesList());
            }
        }
        for (var address : service.get().getEndpoint().getVirtualIpsList()) {
            if (address.getNetworkId().equals(networkId)) {
                item.setVirtualIp(withoutPrefixLength(address.getAddress()));
            }
        }
        if (isIngress(state, networkId)) {
            for (var port : service.get().getEndpoint().getPortsList()) {
                if (port.getPublishMode() == PublishMode.PUBLISH_INGRESS) {
                    item.addPorts(port);
                }
            }
        }
        return Optional.of(Assignment.newBuilder().setService(item).build());
    }

    private static boolean takesPart(ClusterState state, Service service, String networkId) {
        if (isIngress(state, networkId)) {
            // The ingress network is in no spec: what publishes a port has an address in it.
            return service.getEndpoint().getVirtualIpsList().stream()
                    .anyMatch(address -> address.getNetworkId().equals(networkId));
        }
        return service.getSpec().getTask().getNetworksList().stream()
                .anyMatch(config -> config.getTarget().equals(networkId));
    }

    /** The networks whose tables a service may be in. */
    static Set<String> networks(Service service) {
        var networks = new TreeSet<String>();
        service.getSpec().getTask().getNetworksList().forEach(config -> networks.add(config.getTarget()));
        service.getEndpoint().getVirtualIpsList().forEach(address -> networks.add(address.getNetworkId()));
        return networks;
    }

    /** The networks in which a task or node has an address. */
    static Set<String> networks(List<NetworkAttachment> attachments) {
        var networks = new TreeSet<String>();
        for (var attachment : attachments) {
            if (!attachment.getAddress().isEmpty()) {
                networks.add(attachment.getNetworkId());
            }
        }
        return networks;
    }

    /**
     * Whether clients are to be sent to the task. The desired state of a job's task is COMPLETE from its birth, so only
     * what comes after that says stop. A node that is merely unknown still serves: a new leader has not heard of it yet.
     */
    private static boolean serving(Task task, Node node) {
        return task.getStatus().getState() == TaskState.TASK_RUNNING
                && TaskStates.before(task.getDesiredState(), TaskState.TASK_SHUTDOWN)
                && node.getStatus().getState() != NodeState.NODE_DOWN;
    }

    /** Names of this task alone: its container's, and its hostname unless that is a template, which only its node fills in. */
    private static List<String> names(Task task, ServiceRevision revision) {
        var names = new ArrayList<String>();
        var position = task.getSlot() == 0 ? task.getNodeId() : Long.toUnsignedString(task.getSlot());
        names.add(task.getServiceName() + "." + position + "." + task.getId());
        var hostname = revision.getTask().getContainer().getHostname();
        if (!hostname.isEmpty() && !hostname.contains("{{")) {
            names.add(hostname);
        }
        return names;
    }

    private static boolean isIngress(ClusterState state, String networkId) {
        return state.network(networkId)
                .filter(network -> network.getSpec().getIngress())
                .isPresent();
    }

    private static Optional<NetworkAttachment> attachment(List<NetworkAttachment> attachments, String networkId) {
        return attachments.stream()
                .filter(attachment -> attachment.getNetworkId().equals(networkId)
                        && !attachment.getAddress().isEmpty())
                .findFirst();
    }

    private static String withoutPrefixLength(String address) {
        int slash = address.indexOf('/');
        return slash < 0 ? address : address.substring(0, slash);
    }
}
