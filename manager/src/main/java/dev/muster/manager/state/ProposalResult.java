package dev.muster.manager.state;

import java.util.List;
import java.util.Optional;

/** What became of a proposal. */
public sealed interface ProposalResult {
    /** It is committed and in this manager's {@link ClusterStates}; the version is that of every object it wrote. */
    record Accepted(long version) implements ProposalResult {}

    /** The reducer left it out: nothing changed. At least one reason. */
    record Rejected(List<Rejection> reasons) implements ProposalResult {
        public Rejected {
            reasons = List.copyOf(reasons);
        }

        @Override
        public String message() {
            return String.join("; ", reasons.stream().map(Rejection::message).toList());
        }
    }

    /** This manager does not lead: nothing changed. Try the leader, if one is known. */
    record NotLeader(Optional<String> leaderId) implements ProposalResult {
        @Override
        public String message() {
            return leaderId.map(id -> "this manager is not the leader; the leader is " + id)
                    .orElse("The swarm does not have a leader. It's possible that too few managers are online."
                            + " Make sure more than half of the managers are online.");
        }
    }

    /** It is larger than a log entry may be: nothing changed. */
    record TooLarge(long bytes, long limit, List<String> largestObjects) implements ProposalResult {
        public TooLarge {
            largestObjects = List.copyOf(largestObjects);
        }

        @Override
        public String message() {
            return "the change has " + bytes + " bytes, more than the " + limit + " that one change may have; largest: "
                    + String.join(", ", largestObjects);
        }
    }

    /** This leadership or this manager has ended, or too much is waiting: it was never sent, nothing changed. */
    record Refused(String why) implements ProposalResult {
        @Override
        public String message() {
            return why;
        }
    }

    /** Whether it is committed or ever will be is not known: read the state to find out. */
    record Unknown(String why) implements ProposalResult {
        @Override
        public String message() {
            return "the outcome of the change is not known: " + why;
        }
    }

    /** For people: what happened and why. */
    default String message() {
        return "accepted";
    }

    default boolean accepted() {
        return this instanceof Accepted;
    }
}
