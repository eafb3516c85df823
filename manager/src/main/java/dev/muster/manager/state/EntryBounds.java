package dev.muster.manager.state;

import dev.muster.api.Change;
import dev.muster.api.ChangeSet;
import java.util.Comparator;
import java.util.List;

/** How much one log entry may hold. Pure. */
public final class EntryBounds {
    /** Change sets in one entry: bounds the time that applying it takes, and so the pause between two states. */
    public static final int MAX_CHANGE_SETS = 4096;

    /** What an entry adds around its change sets: format, fence, and a tag and length for each. */
    private static final int ENTRY_OVERHEAD = 64;

    private static final int CHANGE_SET_OVERHEAD = 8;
    private static final int LARGEST_SHOWN = 3;

    private EntryBounds() {}

    /** Bytes that the change set takes in an entry. */
    public static int bytes(ChangeSet changeSet) {
        return changeSet.getSerializedSize() + CHANGE_SET_OVERHEAD;
    }

    /** Bytes that change sets may take together. */
    public static int limit() {
        return Proposer.MAX_ENTRY_BYTES - ENTRY_OVERHEAD;
    }

    public static boolean tooLarge(ChangeSet changeSet) {
        return bytes(changeSet) > limit();
    }

    /** The refusal that names what takes the most. */
    public static ProposalResult.TooLarge refusal(ChangeSet changeSet) {
        var largest = changeSet.getChangesList().stream()
                .sorted(Comparator.comparingInt(Change::getSerializedSize).reversed())
                .limit(LARGEST_SHOWN)
                .map(EntryBounds::describe)
                .toList();
        return new ProposalResult.TooLarge(bytes(changeSet), limit(), List.copyOf(largest));
    }

    private static String describe(Change change) {
        if (!change.hasObject()) {
            return change.getId() + " (" + change.getSerializedSize() + " bytes)";
        }
        var object = StoredObjects.unwrap(change.getObject());
        var name = StoredObjects.uniqueName(object);
        return StoredObjects.key(object) + (name.isEmpty() ? "" : " " + name) + " (" + change.getSerializedSize()
                + " bytes)";
    }
}
