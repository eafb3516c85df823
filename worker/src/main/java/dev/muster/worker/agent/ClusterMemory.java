package dev.muster.worker.agent;

import dev.muster.api.AssignmentsMessage;
import dev.muster.api.SessionMessage;
import java.util.List;
import java.util.Optional;

/** What managers have last said, across connections. Thread-safe. */
final class ClusterMemory {
    private AssignmentSet assignments = AssignmentSet.EMPTY;
    private Leadership newest = Leadership.NONE;
    private String sessionId = "";
    private SessionMessage session = SessionMessage.getDefaultInstance();
    private boolean connected;

    /** From the journal. */
    synchronized AssignmentSet remember(List<AssignmentsMessage> messages, Optional<SessionMessage> last) {
        for (var message : messages) {
            var leadership = Leadership.of(message.getGeneration());
            newest = newest.olderThan(leadership) ? leadership : newest;
        }
        assignments = messages.isEmpty() ? AssignmentSet.EMPTY : AssignmentSet.EMPTY.apply(messages);
        session = last.orElse(session);
        return assignments;
    }

    /** The set after the messages; empty if they are of an older leadership than one heard before. */
    synchronized Optional<AssignmentSet> apply(List<AssignmentsMessage> messages) {
        var leadership = Leadership.of(messages.getLast().getGeneration());
        if (leadership.olderThan(newest)) {
            return Optional.empty();
        }
        newest = leadership;
        assignments = assignments.apply(messages);
        return Optional.of(assignments);
    }

    /** Returns what it was before. */
    synchronized SessionMessage replaceSession(SessionMessage next) {
        var before = session;
        session = next;
        return before;
    }

    synchronized SessionMessage session() {
        return session;
    }

    synchronized void sessionId(String id) {
        sessionId = id;
    }

    synchronized String sessionId() {
        return sessionId;
    }

    /** True if it was otherwise before. */
    synchronized boolean connected(boolean now) {
        boolean changed = connected != now;
        connected = now;
        return changed;
    }

    synchronized boolean connected() {
        return connected;
    }
}
