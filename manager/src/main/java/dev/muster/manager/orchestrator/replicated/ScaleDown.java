package dev.muster.manager.orchestrator.replicated;

import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Which slots to give up: those that do not run before those that do, and of either those on the fullest nodes, so that
 * what stays is spread. Pure.
 */
final class ScaleDown {
    /** Behind every slot that has a node. */
    private static final int NO_NODE = Integer.MAX_VALUE;

    private ScaleDown() {}

    /** The slots, those worth keeping first. */
    static List<SlotTasks> byWorth(List<SlotTasks> slots) {
        var ordered = new ArrayList<>(slots);
        ordered.sort(Comparator.comparing((SlotTasks slot) -> !runs(slot))
                .thenComparing(slot -> slot.slot().number(), Long::compareUnsigned));
        // A slot's place among those of its node: 1 is the node's first, worth more than any node's second.
        Map<String, Integer> onNode = new HashMap<>();
        Map<Long, Integer> place = new HashMap<>();
        for (var slot : ordered) {
            var nodes = slot.living().stream()
                    .map(Task::getNodeId)
                    .filter(node -> !node.isEmpty())
                    .collect(Collectors.toSet());
            place.put(
                    slot.slot().number(),
                    nodes.isEmpty() ? NO_NODE : onNode.merge(nodes.iterator().next(), 1, Integer::sum));
        }
        ordered.sort(Comparator.comparing((SlotTasks slot) -> !runs(slot))
                .thenComparing(slot -> place.get(slot.slot().number()))
                .thenComparing(slot -> slot.slot().number(), Long::compareUnsigned));
        return ordered;
    }

    private static boolean runs(SlotTasks slot) {
        return slot.living().stream().anyMatch(task -> task.getStatus().getState() == TaskState.TASK_RUNNING);
    }
}
