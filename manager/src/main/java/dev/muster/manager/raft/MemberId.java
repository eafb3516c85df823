package dev.muster.manager.raft;

import dev.muster.api.Ids;
import java.util.random.RandomGenerator;

/**
 * A member of the Raft group: a node, and which of its logs. A node whose log was lost has forgotten what it voted for
 * and acknowledged, so it comes back under another name, as a member that has to catch up before it counts.
 *
 * @param nodeId the node's id
 * @param log unlike that of any other log the node ever had
 */
public record MemberId(String nodeId, String log) {
    private static final char BETWEEN = '.';
    private static final int LOG_CHARACTERS = 8;

    public MemberId {
        if (nodeId.isEmpty() || log.isEmpty() || nodeId.indexOf(BETWEEN) >= 0) {
            throw new IllegalArgumentException(
                    "a member has a node id and the name of a log, not '" + nodeId + "' and '" + log + "'");
        }
    }

    /** For a log that is about to be. */
    public static MemberId create(String nodeId, RandomGenerator random) {
        return new MemberId(nodeId, Ids.create(random).substring(0, LOG_CHARACTERS));
    }

    public static MemberId parse(String text) {
        int between = text.indexOf(BETWEEN);
        if (between < 0) {
            throw new IllegalArgumentException("'" + text + "' does not name a member: NODE.LOG");
        }
        return new MemberId(text.substring(0, between), text.substring(between + 1));
    }

    public String text() {
        return nodeId + BETWEEN + log;
    }

    @Override
    public String toString() {
        return text();
    }
}
