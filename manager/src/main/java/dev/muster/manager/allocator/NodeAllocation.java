package dev.muster.manager.allocator;

import dev.muster.api.NetworkAttachment;
import dev.muster.api.Node;
import dev.muster.api.TaskStates;
import dev.muster.manager.state.ClusterState;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Gives a node an address of its own in each network that it takes part in: the ingress network, and those of its tasks
 * that have not ended. Pure but for the addresses taken.
 */
final class NodeAllocation {
    private NodeAllocation() {}

    /**
     * @param node as it should be
     * @param problems networks it could not get an address in, and why
     */
    record Result(Node node, List<String> problems) {}

    /** Whether a look at the networks alone tells that the node's addresses are not what they should be. */
    static boolean differsFromNetworks(ClusterState state, AddressBook addresses, Node node) {
        var present = node.getAttachmentsList().stream()
                .map(NetworkAttachment::getNetworkId)
                .toList();
        boolean lacksIngress = addresses
                .ingress()
                .filter(ingress -> !present.contains(ingress.getId()))
                .isPresent();
        return lacksIngress || present.stream().anyMatch(id -> state.network(id).isEmpty());
    }

    static Result allocate(ClusterState state, AddressBook addresses, Node node) {
        var wanted = new TreeSet<String>();
        addresses.ingress().ifPresent(ingress -> wanted.add(ingress.getId()));
        for (var task : state.tasksByNode(node.getId()).values()) {
            if (!TaskStates.ended(task)) {
                task.getNetworksList().stream()
                        .map(NetworkAttachment::getNetworkId)
                        .filter(id ->
                                state.network(id).filter(AddressBook::isOverlay).isPresent())
                        .forEach(wanted::add);
            }
        }
        var attachments = new ArrayList<NetworkAttachment>();
        for (var present : node.getAttachmentsList()) {
            if (wanted.remove(present.getNetworkId())) {
                attachments.add(present);
            }
        }
        var problems = new ArrayList<String>();
        for (var networkId : wanted) {
            // A network without a subnet is waited for; its tasks have no address yet either.
            addresses
                    .pool(networkId)
                    .ifPresent(pool -> pool.next()
                            .ifPresentOrElse(
                                    address -> attachments.add(NetworkAttachment.newBuilder()
                                            .setNetworkId(networkId)
                                            .setAddress(address)
                                            .build()),
                                    () -> problems.add(pool.exhaustion())));
        }
        return new Result(
                node.toBuilder()
                        .clearAttachments()
                        .addAllAttachments(attachments)
                        .build(),
                problems);
    }
}
