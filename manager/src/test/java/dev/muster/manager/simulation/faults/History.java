package dev.muster.manager.simulation.faults;

import dev.muster.api.LogEntry;
import dev.muster.manager.simulation.faults.RaftMessage.Entry;
import dev.muster.manager.state.ClusterReducer;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Touched;
import java.util.ArrayList;
import java.util.List;

/**
 * What the cluster has agreed on, entry by entry: the first member that applies an entry has it reduced here and looked
 * at by the rules, the others must apply the very same one.
 */
final class History {
    private final List<Entry> entries = new ArrayList<>();
    private final List<ClusterReducer.Applied> applied = new ArrayList<>();
    private final List<Observer> observers = new ArrayList<>();
    private final Coverage coverage = new Coverage();
    private final Plant plant;
    private ClusterState current = ClusterState.EMPTY;

    /** Looks at each step of the cluster's state. */
    @FunctionalInterface
    interface Observer {
        void committed(ClusterState before, ClusterReducer.Applied step);
    }

    History(Plant plant) {
        this.plant = plant;
        observe(coverage);
    }

    Coverage coverage() {
        return coverage;
    }

    void observe(Observer observer) {
        observers.add(observer);
    }

    /** After everything that any member has applied. */
    ClusterState current() {
        return current;
    }

    int length() {
        return entries.size();
    }

    /**
     * What applying the entry does. An entry travels from log to log as one object, so it is the same only if it is that.
     *
     * @param index from 1
     */
    @SuppressWarnings("ReferenceEquality")
    ClusterReducer.Applied apply(int index, Entry entry) {
        if (index <= entries.size()) {
            if (entries.get(index - 1) != entry) {
                throw new Violation(
                        Rule.ONE_LOG,
                        "entry " + index + " is " + describe(entry) + " on one manager and "
                                + describe(entries.get(index - 1)) + " on another");
            }
            return applied.get(index - 1);
        }
        if (index != entries.size() + 1) {
            throw new IllegalStateException("entry " + index + " is applied after " + entries.size());
        }
        var before = current;
        var step = entry.payload()
                .map(payload -> plant.reduce(before, payload, entry.term()))
                .orElseGet(() -> new ClusterReducer.Applied(before, List.of(), Touched.NOTHING));
        entries.add(entry);
        coverage.applied(entry);
        applied.add(step);
        current = step.state();
        observers.forEach(observer -> observer.committed(before, step));
        return step;
    }

    /** The whole log again: the same entries make the same state, whoever applies them. */
    void replay() {
        var state = ClusterState.EMPTY;
        for (var entry : entries) {
            if (entry.payload().isPresent()) {
                state = plant.reduce(state, entry.payload().get(), entry.term()).state();
            }
        }
        if (state.version() != current.version()
                || !state.tasks().equals(current.tasks())
                || !state.services().equals(current.services())
                || !state.nodes().equals(current.nodes())) {
            throw new Violation(Rule.ONE_LOG, "the log makes another state when it is applied again");
        }
    }

    private static String describe(Entry entry) {
        return "of term " + entry.term()
                + entry.payload()
                        .map(LogEntry::getChangeSetsList)
                        .map(changes -> " with " + changes.size() + " change sets")
                        .orElse("");
    }
}
