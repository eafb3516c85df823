package dev.muster.manager.orchestrator.replicated;

import dev.muster.api.ChangeSet;
import dev.muster.api.Service;
import dev.muster.api.TaskState;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.orchestrator.slot.Mode;
import dev.muster.manager.orchestrator.slot.NewTasks;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Touched;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Makes the slots of each replicated service as many as its replicas. New tasks are of the service's present revision;
 * outdated ones are the update's concern, ended ones the restart's. Slots that are no longer alive and hold nobody's
 * place are swept out with their history.
 */
public final class ReplicatedReconciler implements ControlLoop {
    /** Tasks in one change set: large enough to be few, small enough that a conflict costs little. */
    private static final int CHUNK = 500;

    @Override
    public String name() {
        return "replicated";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        var changeSets = new ArrayList<ChangeSet>();
        for (var service : Mode.touched(state, touched, Mode.REPLICATED)) {
            reconcile(state, service, now, random, changeSets);
        }
        return new Decision(changeSets, Optional.empty(), List.of());
    }

    private void reconcile(
            ClusterState state, Service service, Instant now, RandomGenerator random, List<ChangeSet> changeSets) {
        var held = new ArrayList<SlotTasks>();
        var dead = new TreeMap<Long, SlotTasks>(Long::compareUnsigned);
        for (var slot : SlotTasks.all(state, service.getId())) {
            if (slot.isHeld(state, service)) {
                held.add(slot);
            } else {
                dead.put(slot.slot().number(), slot);
            }
        }
        long replicas = Mode.replicas(service);
        List<SlotTasks> surplus = List.of();
        if (Long.compareUnsigned(held.size(), replicas) < 0) {
            fill(service, held, dead, replicas, now, random, changeSets);
        } else if (Long.compareUnsigned(held.size(), replicas) > 0) {
            surplus = ScaleDown.byWorth(held).subList((int) replicas, held.size());
        }
        remove(service, surplus, now, changeSets);
        remove(service, List.copyOf(dead.values()), now, changeSets);
    }

    /** Creates what is missing in the lowest free slots. A dead slot that is used again keeps its history. */
    private void fill(
            Service service,
            List<SlotTasks> held,
            Map<Long, SlotTasks> dead,
            long replicas,
            Instant now,
            RandomGenerator random,
            List<ChangeSet> changeSets) {
        var taken = new HashSet<Long>();
        held.forEach(slot -> taken.add(slot.slot().number()));
        var changes = new ChangeSetBuilder(now, name()).require(service);
        long missing = replicas - held.size();
        for (long number = 1; missing > 0; number++) {
            if (taken.contains(number)) {
                continue;
            }
            var leaving = Optional.ofNullable(dead.remove(number));
            changes.create(NewTasks.inSlot(service, leaving, random, now)
                    .setSlot(number)
                    .build());
            missing--;
            if (changes.size() == CHUNK) {
                changeSets.add(changes.build());
                changes = new ChangeSetBuilder(now, name()).require(service);
            }
        }
        changeSets.add(changes.build());
    }

    private void remove(Service service, List<SlotTasks> slots, Instant now, List<ChangeSet> changeSets) {
        var changes = new ChangeSetBuilder(now, name()).require(service);
        for (var slot : slots) {
            for (var task : slot.tasks()) {
                if (task.getDesiredState() != TaskState.TASK_REMOVE) {
                    changes.update(NewTasks.desire(task, TaskState.TASK_REMOVE));
                }
            }
            if (changes.size() >= CHUNK) {
                changeSets.add(changes.build());
                changes = new ChangeSetBuilder(now, name()).require(service);
            }
        }
        changeSets.add(changes.build());
    }
}
