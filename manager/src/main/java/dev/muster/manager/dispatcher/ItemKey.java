package dev.muster.manager.dispatcher;

import dev.muster.api.Assignment;
import dev.muster.api.AssignmentKey;

/** Names one item of what a node is assigned. Sorted by type, then id. */
record ItemKey(AssignmentKey.Type type, String id) implements Comparable<ItemKey> {
    static ItemKey task(String id) {
        return new ItemKey(AssignmentKey.Type.TASK, id);
    }

    static ItemKey revision(String id) {
        return new ItemKey(AssignmentKey.Type.REVISION, id);
    }

    static ItemKey secret(String id) {
        return new ItemKey(AssignmentKey.Type.SECRET, id);
    }

    static ItemKey config(String id) {
        return new ItemKey(AssignmentKey.Type.CONFIG, id);
    }

    static ItemKey network(String id) {
        return new ItemKey(AssignmentKey.Type.NETWORK, id);
    }

    static ItemKey peer(String networkId, String nodeId) {
        return new ItemKey(AssignmentKey.Type.NETWORK_PEER, networkId + "/" + nodeId);
    }

    static ItemKey endpoint(String networkId, String taskId) {
        return new ItemKey(AssignmentKey.Type.NETWORK_ENDPOINT, networkId + "/" + taskId);
    }

    static ItemKey service(String networkId, String serviceId) {
        return new ItemKey(AssignmentKey.Type.NETWORK_SERVICE, networkId + "/" + serviceId);
    }

    /** The key that agents know the item by. */
    static ItemKey of(Assignment item) {
        return switch (item.getItemCase()) {
            case TASK -> task(item.getTask().getId());
            case REVISION -> revision(item.getRevision().getId());
            case SECRET -> secret(item.getSecret().getId());
            case CONFIG -> config(item.getConfig().getId());
            case NETWORK -> network(item.getNetwork().getNetwork().getId());
            case PEER -> peer(item.getPeer().getNetworkId(), item.getPeer().getNodeId());
            case ENDPOINT ->
                endpoint(item.getEndpoint().getNetworkId(), item.getEndpoint().getTaskId());
            case SERVICE ->
                service(item.getService().getNetworkId(), item.getService().getServiceId());
            case ITEM_NOT_SET -> throw new IllegalArgumentException("an assignment without an item");
        };
    }

    AssignmentKey message() {
        return AssignmentKey.newBuilder().setType(type).setId(id).build();
    }

    @Override
    public int compareTo(ItemKey other) {
        int byType = Integer.compare(type.getNumber(), other.type.getNumber());
        return byType != 0 ? byType : id.compareTo(other.id);
    }
}
