package dev.muster.manager.placement;

import dev.muster.api.Availability;
import dev.muster.api.Node;
import dev.muster.api.NodeState;
import java.util.Optional;

/** What a node's state and availability mean for tasks. Pure. */
public final class NodeStanding {
    private NodeStanding() {}

    /** Takes new tasks. */
    public static boolean takesTasks(Node node) {
        return node.getStatus().getState() == NodeState.NODE_READY
                && node.getSpec().getAvailability() == Availability.AVAILABILITY_ACTIVE;
    }

    /** Its tasks have to live elsewhere: it is drained, down, or no longer there. */
    public static boolean evicts(Optional<Node> node) {
        return unreachable(node) || node.orElseThrow().getSpec().getAvailability() == Availability.AVAILABILITY_DRAIN;
    }

    /** Nothing will be heard of its tasks: it is down or no longer there. */
    public static boolean unreachable(Optional<Node> node) {
        return node.isEmpty() || node.get().getStatus().getState() == NodeState.NODE_DOWN;
    }
}
