package dev.muster.net.plan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The tasks that one address or port stands for, numbered from 0: connection n goes to slot n modulo their number.
 *
 * @param targetPort the tasks' port; 0: the one that the client asked for
 */
public record Slots(List<Ipv4> backends, int targetPort) {
    public Slots {
        backends = List.copyOf(backends);
    }

    /**
     * These slots with other backends: those that stay keep their slot, newcomers fill the holes, the last ones move
     * into what holes remain. So the kernel's map changes by as many elements as backends come and go.
     */
    public Slots follow(Set<Ipv4> desired, int targetPort) {
        var next = new ArrayList<Ipv4>(desired.size());
        var fresh = new TreeSet<>(desired);
        backends.forEach(fresh::remove);
        var newcomers = new ArrayDeque<>(fresh);
        var kept = new ArrayList<>(backends);
        for (int slot = 0; slot < kept.size(); slot++) {
            if (desired.contains(kept.get(slot))) {
                next.add(kept.get(slot));
                continue;
            }
            if (!newcomers.isEmpty()) {
                next.add(newcomers.removeFirst());
                continue;
            }
            int last = kept.size() - 1;
            while (last > slot && !desired.contains(kept.get(last))) {
                kept.remove(last--);
            }
            Ipv4 mover = kept.remove(last);
            if (last > slot) {
                next.add(mover);
            }
        }
        next.addAll(newcomers);
        return new Slots(next, targetPort);
    }
}
