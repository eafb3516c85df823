package dev.muster.manager.membership;

import java.time.Duration;
import java.util.List;

/**
 * The Raft group as its leader sees and changes it. A boundary: Raft is behind it in a manager. Calls that change it block
 * until the change is committed, and throw a runtime exception if it is not.
 */
public interface RaftGroup {
    /**
     * A member.
     *
     * @param id its name in the group
     * @param nodeId the node it belongs to
     * @param address HOST:PORT of its Raft
     * @param silence for how long nothing was heard of it; zero for the leader itself
     */
    record Member(String id, String nodeId, String address, Duration silence) {
        /** Three elections' time: a busy machine is silent for a second now and then. */
        private static final Duration LOST = Duration.ofSeconds(4);

        public boolean reachable() {
            return silence.compareTo(LOST) < 0;
        }
    }

    /** This manager's own member. */
    String self();

    List<Member> members();

    /** Adds a member that waits to be added: it gets all there is and then votes. */
    void add(String id, String address);

    /** Removes a member that is not this manager's. */
    void remove(String id);

    /** Hands leadership to a member. */
    void handOver(String id);
}
