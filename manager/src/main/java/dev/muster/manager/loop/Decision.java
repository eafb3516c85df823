package dev.muster.manager.loop;

import dev.muster.api.ChangeSet;
import dev.muster.manager.state.ChangeSetBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a loop wants after one look at the state.
 *
 * @param changeSets to propose, each taken or left out alone; none may rely on another
 * @param nextWakeup when to look again though nothing was touched; of a pass that looked at a part only, for that part:
 *     an earlier wakeup stays
 * @param reasons for users
 */
public record Decision(List<ChangeSet> changeSets, Optional<Instant> nextWakeup, List<Reason> reasons) {
    public static final Decision NOTHING = new Decision(List.of(), Optional.empty(), List.of());

    /** Leaves change sets that change nothing out. */
    public Decision {
        changeSets = changeSets.stream()
                .filter(changeSet -> changeSet.getChangesCount() > 0)
                .toList();
        reasons = List.copyOf(reasons);
    }

    public static Decision propose(ChangeSetBuilder changeSet) {
        return NOTHING.with(changeSet.build());
    }

    public static Decision wakeAt(Instant instant) {
        return NOTHING.orWakeAt(instant);
    }

    public Decision with(ChangeSet changeSet) {
        return new Decision(
                Stream.concat(changeSets.stream(), Stream.of(changeSet)).toList(), nextWakeup, reasons);
    }

    public Decision with(Reason reason) {
        return new Decision(
                changeSets,
                nextWakeup,
                Stream.concat(reasons.stream(), Stream.of(reason)).toList());
    }

    /** The same, woken at this time if not before. */
    public Decision orWakeAt(Instant instant) {
        return new Decision(changeSets, earlier(nextWakeup, Optional.of(instant)), reasons);
    }

    /** Both together. */
    public Decision and(Decision other) {
        return new Decision(
                Stream.concat(changeSets.stream(), other.changeSets.stream()).toList(),
                earlier(nextWakeup, other.nextWakeup),
                Stream.concat(reasons.stream(), other.reasons.stream()).toList());
    }

    static Optional<Instant> earlier(Optional<Instant> left, Optional<Instant> right) {
        if (left.isEmpty() || right.isEmpty()) {
            return left.or(() -> right);
        }
        return left.get().isBefore(right.get()) ? left : right;
    }
}
