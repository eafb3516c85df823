package dev.muster.manager.state;

import dev.muster.api.Resources;
import java.util.SortedMap;
import org.pcollections.TreePMap;

/**
 * What the active tasks of a node add up to. Immutable.
 *
 * @param activeTasks tasks that run, or are to run, on the node
 * @param nanoCpus reserved by them
 * @param memoryBytes reserved by them
 * @param activeByService how many of them each service has; services without any are absent
 */
public record NodeLoad(int activeTasks, long nanoCpus, long memoryBytes, SortedMap<String, Integer> activeByService) {
    public static final NodeLoad NONE = new NodeLoad(0, 0, 0, TreePMap.empty());

    /** Active tasks of the service on the node. */
    public int activeOf(String serviceId) {
        return activeByService.getOrDefault(serviceId, 0);
    }

    NodeLoad plus(String serviceId, Resources reserved) {
        return change(serviceId, reserved, 1);
    }

    NodeLoad minus(String serviceId, Resources reserved) {
        return change(serviceId, reserved, -1);
    }

    private NodeLoad change(String serviceId, Resources reserved, int by) {
        var counts = TreePMap.fromSortedMap(activeByService);
        int count = activeOf(serviceId) + by;
        return new NodeLoad(
                activeTasks + by,
                nanoCpus + by * reserved.getNanoCpus(),
                memoryBytes + by * reserved.getMemoryBytes(),
                count == 0 ? counts.minus(serviceId) : counts.plus(serviceId, count));
    }
}
