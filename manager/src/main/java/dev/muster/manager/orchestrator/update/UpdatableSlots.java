package dev.muster.manager.orchestrator.update;

import dev.muster.api.Availability;
import dev.muster.api.Service;
import dev.muster.manager.orchestrator.slot.Mode;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import dev.muster.manager.placement.Constraints;
import dev.muster.manager.placement.NodeStanding;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Slot;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The slots of a service that an update may touch. Pure. */
final class UpdatableSlots {
    private UpdatableSlots() {}

    /** The slots, in order; empty while there are more than the service wants: it is scaled down first. */
    static Optional<Map<Slot, SlotTasks>> of(ClusterState state, Service service) {
        var mode = Mode.of(service);
        var slots = new TreeMap<Slot, SlotTasks>();
        for (var slot : SlotTasks.all(state, service.getId())) {
            boolean usable = !mode.perNode() || isOnUsableNode(state, service, slot);
            if (usable && slot.isHeld(state, service)) {
                slots.put(slot.slot(), slot);
            }
        }
        if (mode == Mode.REPLICATED && Long.compareUnsigned(slots.size(), Mode.replicas(service)) > 0) {
            return Optional.empty();
        }
        return Optional.of(slots);
    }

    /** Whether nothing can be outdated: a cheap answer for most services, most of the time. */
    static boolean allOfPresentRevision(ClusterState state, Service service) {
        return state.revisions(service.getId()).values().stream()
                .allMatch(revision -> revision.getRevision() == service.getRevision()
                        || state.tasksOfRevision(revision.getId()) == 0);
    }

    static List<SlotTasks> dirty(ClusterState state, Service service, Map<Slot, SlotTasks> slots) {
        return slots.values().stream()
                .filter(slot -> slot.isDirty(state, service))
                .toList();
    }

    /** Elsewhere the global orchestrator stops the task, or, on a paused node, leaves it as it is. */
    private static boolean isOnUsableNode(ClusterState state, Service service, SlotTasks slot) {
        var node = state.node(slot.slot().nodeId());
        return !NodeStanding.evicts(node)
                && node.orElseThrow().getSpec().getAvailability() == Availability.AVAILABILITY_ACTIVE
                && Constraints.of(service.getSpec().getTask().getPlacement().getConstraintsList())
                        .matches(node.orElseThrow());
    }
}
