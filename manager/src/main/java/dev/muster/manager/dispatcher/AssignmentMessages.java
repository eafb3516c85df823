package dev.muster.manager.dispatcher;

import dev.muster.api.Assignment;
import dev.muster.api.AssignmentChange;
import dev.muster.api.AssignmentsMessage;
import java.util.ArrayList;
import java.util.List;

/** Cuts a set of changes into messages of bounded size. Pure but for the numbers it takes. */
final class AssignmentMessages {
    /** A message is handled by the agent in one go: enough to carry an ordinary change whole. */
    static final int MAX_CHANGES = 1000;

    /** A quarter of what gRPC takes by default. A config alone may have about as much: it has a message to itself then. */
    static final int MAX_BYTES = 1024 * 1024;

    private AssignmentMessages() {}

    static AssignmentChange set(Assignment item) {
        return AssignmentChange.newBuilder().setSet(item).build();
    }

    static AssignmentChange remove(ItemKey key) {
        return AssignmentChange.newBuilder().setRemove(key.message()).build();
    }

    /** At least one message, each with its own generation; all but the last say that more follows. */
    static List<AssignmentsMessage> of(
            AssignmentsMessage.Type type, List<AssignmentChange> changes, Generations generations) {
        var messages = new ArrayList<AssignmentsMessage>();
        var message = AssignmentsMessage.newBuilder().setType(type);
        int bytes = 0;
        for (var change : changes) {
            int size = change.getSerializedSize();
            if (message.getChangesCount() > 0
                    && (message.getChangesCount() == MAX_CHANGES || bytes + size > MAX_BYTES)) {
                messages.add(
                        message.setGeneration(generations.next()).setMore(true).build());
                message = AssignmentsMessage.newBuilder().setType(type);
                bytes = 0;
            }
            message.addChanges(change);
            bytes += size;
        }
        messages.add(message.setGeneration(generations.next()).build());
        return messages;
    }
}
