package dev.muster.manager.state;

import dev.muster.api.Task;

/**
 * A place for one task of a service: a replica number, counted from 1, or, for global services, a node. Ordered by
 * service, number, node.
 *
 * @param number 0 for global services
 * @param nodeId empty where the number names the slot
 */
public record Slot(String serviceId, long number, String nodeId) implements Comparable<Slot> {
    public static Slot replica(String serviceId, long number) {
        return new Slot(serviceId, number, "");
    }

    public static Slot global(String serviceId, String nodeId) {
        return new Slot(serviceId, 0, nodeId);
    }

    public static Slot of(Task task) {
        return task.getSlot() == 0
                ? global(task.getServiceId(), task.getNodeId())
                : replica(task.getServiceId(), task.getSlot());
    }

    @Override
    public int compareTo(Slot other) {
        int byService = serviceId.compareTo(other.serviceId);
        if (byService != 0) {
            return byService;
        }
        int byNumber = Long.compareUnsigned(number, other.number);
        return byNumber != 0 ? byNumber : nodeId.compareTo(other.nodeId);
    }
}
